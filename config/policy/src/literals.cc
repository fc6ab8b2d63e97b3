#include "literals.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace sekisho::policy {
namespace {

struct Protocol {
  std::string_view name;
  std::uint8_t number;   // IANA
  std::uint16_t last;    // largest port or ICMP type
  std::uint16_t lowest;  // smallest one
};
constexpr std::array<Protocol, 5> kProtocols{{{"tcp", 6, 65535, 1},
                                              {"udp", 17, 65535, 1},
                                              {"sctp", 132, 65535, 1},
                                              {"icmp", 1, 255, 0},
                                              {"icmpv6", 58, 255, 0}}};

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 3> kDayGroups{
    {{"weekdays", 0x1f}, {"weekend", 0x60}, {"everyday", 0x7f}}};

std::optional<std::uint32_t> decimal(std::string_view digits) {
  std::uint32_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || problem != std::errc{} || stop != end) return std::nullopt;
  return value;
}

/// Bytes of the control character that `text` begins with; 0 when it begins with another.
std::size_t control_length(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x20 || lead == 0x7f) return 1;
  return lead == 0xc2 && text.size() > 1 && static_cast<std::uint8_t>(text[1]) < 0xa0 ? 2 : 0;
}

Error bad_service(std::string_view text) {
  return refused(text,
                 "is not a service like tcp/443, udp/5000-5100, icmp/8, icmpv6/any, ip/47 or any");
}

Result<ServiceEntry> parse_ip_protocol(std::string_view text, std::string_view value) {
  if (value == "any") return ServiceEntry{};
  const auto number = decimal(value);
  if (!number || *number < 1 || *number > 255)
    return refused(text, "has an IP protocol number outside 1-255");
  return ServiceEntry{static_cast<std::uint8_t>(*number), 0, 65535};
}

Result<ServiceEntry> parse_ports(std::string_view text, std::string_view value,
                                 const Protocol& protocol) {
  if (value == "any") return ServiceEntry{protocol.number, 0, protocol.last};
  const auto dash = value.find('-');
  const auto first = decimal(trim(value.substr(0, dash)));
  const auto last = dash == value.npos ? first : decimal(trim(value.substr(dash + 1)));
  const bool icmp = protocol.last == 255;
  if (!first || !last)
    return refused(text, icmp ? "needs an ICMP type, a range of them or any after the slash"
                              : "needs a port, a range of ports or any after the slash");
  if (*first < protocol.lowest || *first > protocol.last || *last < protocol.lowest ||
      *last > protocol.last)
    return refused(text, icmp ? "has an ICMP type outside 0-255" : "has a port outside 1-65535");
  if (*last < *first) return refused(text, "ends before it begins");
  return ServiceEntry{protocol.number, static_cast<std::uint16_t>(*first),
                      static_cast<std::uint16_t>(*last)};
}

}  // namespace

bool has_control_character(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (control_length(text.substr(i)) > 0) return true;
  return false;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string shown;
  while (!text.empty() && shown.size() < max_bytes) {
    const std::size_t control = control_length(text);
    std::size_t length = std::max<std::size_t>(control, 1);
    while (length < text.size() && (static_cast<std::uint8_t>(text[length]) & 0xc0) == 0x80)
      ++length;
    shown.append(control > 0 ? "?" : text.substr(0, length));
    text.remove_prefix(length);
  }
  return text.empty() ? shown : shown + "...";
}

Error refused(std::string_view text, std::string_view why) {
  constexpr std::size_t kShown = 80;  // bytes of the text
  return {Error::Code::invalid_input, "'" + printable(text, kShown) + "' " + std::string(why)};
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::vector<std::string_view> split_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(trim(text.substr(0, comma)));
    if (comma == text.npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

Result<ServiceEntry> parse_service(std::string_view text) {
  if (text == "any") return ServiceEntry{};
  const auto slash = text.find('/');
  if (slash == text.npos) return bad_service(text);
  const auto name = lower_case(trim(text.substr(0, slash)));
  const auto value = trim(text.substr(slash + 1));
  if (name == "ip") return parse_ip_protocol(text, value);
  for (const auto& protocol : kProtocols)
    if (name == protocol.name) return parse_ports(text, value, protocol);
  return bad_service(text);
}

std::string to_string(const ServiceEntry& entry) {
  if (entry.protocol == 0) return "any";
  for (const auto& protocol : kProtocols) {
    if (entry.protocol != protocol.number) continue;
    std::string text = std::string(protocol.name) + '/';
    if (entry.first == 0 && entry.last >= protocol.last) return text + "any";
    text += std::to_string(entry.first);
    return entry.first == entry.last ? text : text + '-' + std::to_string(entry.last);
  }
  return "ip/" + std::to_string(entry.protocol);
}

Result<std::chrono::minutes> parse_time_of_day(std::string_view text, bool is_end) {
  const auto hours = text.size() == 5 && text[2] == ':' ? decimal(text.substr(0, 2)) : std::nullopt;
  const auto minutes = hours ? decimal(text.substr(3)) : std::nullopt;
  const std::uint32_t time = hours && minutes ? *hours * 60 + *minutes : 0;
  if (!minutes || *minutes > 59 || time > (is_end ? 24U * 60 : 24U * 60 - 1))
    return refused(
        text, is_end ? "is not a time from 00:00 to 24:00" : "is not a time from 00:00 to 23:59");
  return std::chrono::minutes(time);
}

std::string time_of_day(std::chrono::minutes time) {
  const auto two_digits = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return two_digits(time.count() / 60) + ':' + two_digits(time.count() % 60);
}

Result<std::uint8_t> parse_days(std::string_view text) {
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if (text == kDays[i]) return static_cast<std::uint8_t>(1U << i);
  for (const auto& [name, bits] : kDayGroups)
    if (text == name) return bits;
  return refused(text,
                 "is not a day: write mon, tue, wed, thu, fri, sat, sun, weekdays, weekend or "
                 "everyday");
}

std::string days_text(std::uint8_t days) {
  for (const auto& [name, bits] : kDayGroups)
    if (days == bits) return std::string(name);
  std::string text;
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if ((days >> i & 1) != 0) text.append(text.empty() ? "" : ", ").append(kDays[i]);
  return text;
}

}  // namespace sekisho::policy
