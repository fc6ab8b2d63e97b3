#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::events {

/// Text in memory that somebody else owns; what does not fit is left out and remembered.
class BoundedText {
 public:
  explicit BoundedText(std::span<char> room) noexcept : room_(room) {}
  BoundedText& append(std::string_view text) noexcept {
    overflowed_ |= text.size() > room_.size() - size_;
    if (overflowed_) return *this;
    if (!text.empty()) std::memcpy(room_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  BoundedText& operator+=(std::string_view text) noexcept { return append(text); }
  BoundedText& operator+=(char c) noexcept { return append({&c, 1}); }
  /// Incomplete once overflowed(): not to be used then.
  std::string_view view() const noexcept { return {room_.data(), size_}; }
  bool overflowed() const noexcept { return overflowed_; }
  void clear() noexcept {
    size_ = 0;
    overflowed_ = false;
  }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

/// Appends one JSON text to `Out`, in the order of the calls; the caller keeps it well-formed
/// (every member has a key, every begin its end). Keys are the program's own constants or checked
/// dotted names and are escaped like values.
template <class Out>
class BasicJsonWriter {
 public:
  using JsonWriter = BasicJsonWriter;
  explicit BasicJsonWriter(Out& out) noexcept : out_(out) {}

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
  JsonWriter& begin_array(std::string_view key) { return name(key).begin_array(); }
  JsonWriter& begin_array() {
    separate();
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
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::signed_integral auto number) {
    separate();
    if (number < 0) out_ += '-';
    append_number(number < 0 ? ~static_cast<std::uint64_t>(number) + 1
                             : static_cast<std::uint64_t>(number));
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
  /// As short as it can be read back; null when it is no number.
  JsonWriter& value(double number) {
    separate();
    append_real(number);
    return *this;
  }
  JsonWriter& member(std::string_view key, double number) { return name(key).value(number); }
  JsonWriter& member(std::string_view key, std::string_view text) { return name(key).value(text); }
  JsonWriter& member(std::string_view key, std::integral auto number) {
    return name(key).value(number);
  }
  /// A value that is JSON already.
  JsonWriter& member_json(std::string_view key, std::string_view json) {
    name(key).separate();
    out_ += json;
    return *this;
  }
  /// Members that are JSON already, without braces.
  JsonWriter& members_json(std::string_view members) {
    separate();
    out_ += members;
    return *this;
  }
  /// Bytes of a conversation as text; when they are not UTF-8, those above 0x7f as "\\xe9".
  JsonWriter& value(std::span<const std::uint8_t> bytes) {
    separate();
    append_bytes(as_text(bytes));
    return *this;
  }
  JsonWriter& member(std::string_view key, std::span<const std::uint8_t> bytes) {
    return name(key).value(bytes);
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  /// Quoted and escaped (RFC 8259 §7); bytes that are not UTF-8 become U+FFFD, one each.
  void append_string(std::string_view text);
  void append_bytes(std::string_view bytes);
  void append_number(std::uint64_t number);
  void append_real(double number);

  Out& out_;
  bool first_ = true;
};

extern template class BasicJsonWriter<std::string>;
extern template class BasicJsonWriter<BoundedText>;

using JsonWriter = BasicJsonWriter<std::string>;
/// For pinned cores: does not allocate.
using BoundedJsonWriter = BasicJsonWriter<BoundedText>;

}  // namespace sekisho::events
