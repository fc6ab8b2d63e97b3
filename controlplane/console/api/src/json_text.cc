#include "json_text.h"

#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sekisho::console {
namespace {

struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void refuse_zero(const std::string& text) {
  if (text.find('\0') != std::string::npos)
    throw Refused("the character U+0000 is not allowed in a text");
}

/// Looks at a text as the parser goes by and builds nothing: the parser's own callback walks over
/// all that an array has so far, each time that an object in it ends.
class Watch : public Json::json_sax_t {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& text) override {
    refuse_zero(text);
    return true;
  }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    refuse_zero(key);
    if (!open_.back().insert(key).second)
      throw Refused("the member '" + key + "' occurs twice in one object");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& problem) override {
    constexpr int kNumberOverflow = 406;
    if (problem.id == kNumberOverflow) throw Refused("a number is too large");
    throw Refused("not valid JSON at byte " + std::to_string(position));
  }

 private:
  bool open() {
    if (open_.size() >= kMaxJsonDepth)
      throw Refused("nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    open_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> open_;  // the members so far of what is open
};

}  // namespace

std::variant<Json, NoJson> parse_json(std::string_view text) try {
  Watch watch;
  Json::sax_parse(text, &watch);
  return Json::parse(text);
} catch (const Refused& refused) {
  return NoJson{refused.what()};
}

std::string canonical(const Json& value) { return value.dump(); }

std::string pointer_to(const std::string& parent, std::string_view member) {
  std::string pointer = parent + '/';
  for (const char c : member) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

std::string pointer_to(const std::string& parent, std::size_t index) {
  return parent + '/' + std::to_string(index);
}

}  // namespace sekisho::console
