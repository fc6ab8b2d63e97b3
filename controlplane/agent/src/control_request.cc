#include "controlplane/agent/control_request.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

/// Receives the parser's tokens; returning false ends the parse with `error`.
class RequestTokens final : public nlohmann::json_sax<json> {
 public:
  ControlRequest request;
  std::string error;

  bool start_object(std::size_t) override {
    return std::exchange(in_object_, true) ? refuse("a value may not be an object") : true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return refuse("a list is not expected"); }
  bool end_array() override { return true; }

  bool key(std::string& name) override {
    if (!seen_.insert(name).second) return refuse("'" + name + "' is given twice");
    key_ = name;
    return true;
  }
  bool string(std::string& value) override {
    if (!in_object_) return refuse("not an object");
    if (key_ == "op") {
      request.op = std::move(value);
    } else if (key_ == "yaml") {
      request.yaml = std::move(value);
      request.has_yaml = true;
    } else if (key_ == "comment" && value.size() <= kMaxCommentBytes) {
      request.comment = std::move(value);
    } else if (key_ == "comment") {
      return refuse("the comment is longer than " + std::to_string(kMaxCommentBytes) + " bytes");
    } else if ((key_ == "console" || key_ == "code") && value.size() <= kMaxConsoleBytes) {
      (key_ == "console" ? request.console : request.code) = std::move(value);
    } else if (key_ == "name" && value.size() <= kMaxNameBytes) {
      request.name = std::move(value);
    } else if (key_ == "name") {
      return refuse("the name is longer than " + std::to_string(kMaxNameBytes) + " bytes");
    } else if (key_ == "url" && value.size() <= kMaxAskedUrlBytes) {
      request.url = std::move(value);
    } else if (key_ == "url") {
      return refuse("the URL is longer than " + std::to_string(kMaxAskedUrlBytes) + " bytes");
    } else if (key_ == "text") {
      request.text = std::move(value);
    } else if ((key_ == "certificate" || key_ == "key") && value.size() <= kMaxAskedPemBytes) {
      (key_ == "key" ? request.key : request.certificate) = std::move(value);
    } else if (key_ == "certificate" || key_ == "key") {
      return refuse("'" + key_ + "' is longer than " + std::to_string(kMaxAskedPemBytes) +
                    " bytes");
    } else if (key_ == "console" || key_ == "code") {
      return refuse("'" + key_ + "' is longer than " + std::to_string(kMaxConsoleBytes) + " bytes");
    } else if (auto* const selector = selector_of(key_); selector == nullptr) {
      return refuse_value();
    } else if (value.size() > kMaxSelectorBytes) {
      return refuse("'" + key_ + "' is longer than " + std::to_string(kMaxSelectorBytes) +
                    " bytes");
    } else {
      *selector = std::move(value);
    }
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (key_ == "seconds" || key_ == "limit") {
      if (value == 0 || value > kMaxAskedNumber)
        return refuse("'" + key_ + "' is from 1 to " + std::to_string(kMaxAskedNumber));
      (key_ == "seconds" ? request.seconds : request.limit) = value;
      return true;
    }
    if (key_ != "serial") return refuse_value();
    if (value == 0 || value > std::numeric_limits<std::uint32_t>::max())
      return refuse("a serial is from 1 to 4294967295");
    request.serial = static_cast<std::uint32_t>(value);
    return true;
  }
  bool null() override { return refuse_value(); }
  bool boolean(bool value) override {
    if (key_ != "again") return refuse_value();
    request.again = value;
    return true;
  }
  bool number_integer(number_integer_t) override { return refuse_value(); }
  bool number_float(number_float_t, const string_t&) override { return refuse_value(); }
  bool binary(binary_t&) override { return refuse_value(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse("not JSON at byte " + std::to_string(position));
  }

 private:
  std::string* selector_of(std::string_view key) {
    if (key == "by") return &request.by;
    if (key == "address") return &request.address;
    if (key == "user") return &request.user;
    if (key == "application") return &request.application;
    if (key == "category") return &request.category;
    if (key == "organization") return &request.organization;
    if (key == "common_name") return &request.common_name;
    if (key == "key_type") return &request.key_type;
    return nullptr;
  }
  bool refuse(std::string why) {
    if (error.empty()) error = std::move(why);
    return false;
  }
  bool refuse_value() {
    if (!in_object_) return refuse("not an object");
    constexpr std::array<std::string_view, 22> kFields{
        "op",    "yaml",         "comment",     "serial",  "console", "code",
        "again", "name",         "text",        "url",     "by",      "address",
        "user",  "application",  "category",    "seconds", "limit",   "certificate",
        "key",   "organization", "common_name", "key_type"};
    if (std::find(kFields.begin(), kFields.end(), key_) == kFields.end())
      return refuse("no field '" + key_ + "'");
    return refuse("'" + key_ + "' has the wrong type");
  }

  bool in_object_ = false;
  std::string key_;
  std::set<std::string> seen_;
};

}  // namespace

Result<ControlRequest> parse_control_request(std::string_view text) {
  RequestTokens tokens;
  const bool parsed = json::sax_parse(text.begin(), text.end(), &tokens);
  if (!parsed || !tokens.error.empty())
    return Error{Error::Code::invalid_input,
                 "request: " + (tokens.error.empty() ? "not JSON" : tokens.error)};
  if (tokens.request.op.empty())
    return Error{Error::Code::invalid_input, "request: 'op' is missing"};
  return std::move(tokens.request);
}

}  // namespace sekisho::controlplane
