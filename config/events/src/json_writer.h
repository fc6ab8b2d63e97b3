#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace sekisho::events {

/// Appends one JSON text to a string, in the order of the calls; the caller keeps it well-formed
/// (every member has a key, every begin its end). Keys are the program's own constants or checked
/// dotted names and are escaped like values.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) noexcept : out_(out) {}

  JsonWriter& begin_object() {
    separate();
    out_ += '{';
    first_ = true;
    return *this;
  }
  JsonWriter& begin_object(std::string_view key) { return name(key).begin_object(); }
  JsonWriter& end_object() {
    out_ += '}';
    first_ = false;
    return *this;
  }
  JsonWriter& begin_array(std::string_view key) {
    name(key);
    out_ += '[';
    first_ = true;
    return *this;
  }
  JsonWriter& end_array() {
    out_ += ']';
    first_ = false;
    return *this;
  }

  /// The next call writes the value of `key`.
  JsonWriter& name(std::string_view key) {
    separate();
    append_string(key);
    out_ += ':';
    first_ = true;
    return *this;
  }

  JsonWriter& value(std::string_view text) {
    separate();
    append_string(text);
    return *this;
  }
  JsonWriter& value(std::unsigned_integral auto number) {
    separate();
    if constexpr (std::same_as<decltype(number), bool>)
      out_ += number ? "true" : "false";
    else
      append_number(number);
    return *this;
  }
  JsonWriter& member(std::string_view key, std::string_view text) { return name(key).value(text); }
  JsonWriter& member(std::string_view key, std::unsigned_integral auto number) {
    return name(key).value(number);
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  /// Quoted and escaped (RFC 8259 §7); bytes that are not UTF-8 become U+FFFD, one each.
  void append_string(std::string_view text);
  void append_number(std::uint64_t number);

  std::string& out_;
  bool first_ = true;
};

}  // namespace sekisho::events
