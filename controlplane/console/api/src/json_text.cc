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

/// Watches the parser go by.
class Watch {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& value) {
    switch (event) {
      case Json::parse_event_t::object_start:
      case Json::parse_event_t::array_start:
        if (open_.size() >= kMaxJsonDepth)
          throw Refused("nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
        open_.emplace_back();
        break;
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        open_.pop_back();
        break;
      case Json::parse_event_t::key:
        take_key(value.get_ref<const std::string&>());
        break;
      case Json::parse_event_t::value:
        if (value.is_string()) refuse_zero(value.get_ref<const std::string&>());
        break;
    }
    return true;
  }

 private:
  void take_key(const std::string& key) {
    refuse_zero(key);
    if (!open_.back().insert(key).second)
      throw Refused("the member '" + key + "' occurs twice in one object");
  }

  std::vector<std::set<std::string>> open_;  // the members so far of what is open
};

}  // namespace

std::variant<Json, NoJson> parse_json(std::string_view text) try {
  Watch watch;
  return Json::parse(text, [&](int depth, Json::parse_event_t event, Json& value) {
    return watch(depth, event, value);
  });
} catch (const Refused& refused) {
  return NoJson{refused.what()};
} catch (const Json::parse_error& problem) {
  return NoJson{"not valid JSON at byte " + std::to_string(problem.byte)};
} catch (const Json::out_of_range&) {
  return NoJson{"a number is too large"};
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
