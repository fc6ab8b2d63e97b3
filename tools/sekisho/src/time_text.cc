#include "time_text.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace sekisho::tools {
namespace {

/// Makes `zone` the zone of the process for as long as it lives.
class ScopedZone {
 public:
  explicit ScopedZone(const std::string& zone) {
    if (const char* set = std::getenv("TZ")) before_ = set;
    if (!zone.empty()) setenv("TZ", zone.c_str(), 1);
    tzset();
  }
  ~ScopedZone() {
    if (before_)
      setenv("TZ", before_->c_str(), 1);
    else
      unsetenv("TZ");
    tzset();
  }
  ScopedZone(const ScopedZone&) = delete;
  ScopedZone& operator=(const ScopedZone&) = delete;

 private:
  std::optional<std::string> before_;
};

Error bad_time(const std::string& text) {
  return {Error::Code::invalid_input, "'" + text + "' is not a time like 2026-11-21 09:00"};
}

/// Seconds east of UTC of "Z", "+09:00" or "+0900".
std::optional<long> offset_of(const std::string& text) {
  if (text == "Z") return 0;
  std::tm parsed{};
  const char* end = strptime(text.c_str(), "%z", &parsed);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return parsed.tm_gmtoff;
}

}  // namespace

Result<std::time_t> parse_time(const std::string& text, const std::string& zone) {
  constexpr std::array<const char*, 4> kForms{"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
                                              "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"};
  for (const char* form : kForms) {
    std::tm fields{};
    const char* end = strptime(text.c_str(), form, &fields);
    if (end == nullptr) continue;
    const int day = fields.tm_mday;
    fields.tm_isdst = -1;
    std::time_t time = -1;
    if (*end == '\0') {
      const ScopedZone scope(zone);
      time = mktime(&fields);
    } else {
      const auto offset = offset_of(end + std::strspn(end, " "));
      if (!offset) continue;
      time = timegm(&fields) - *offset;
    }
    if (fields.tm_mday != day || time < 0) return bad_time(text);  // the 31st of a short month
    return time;
  }
  return bad_time(text);
}

}  // namespace sekisho::tools
