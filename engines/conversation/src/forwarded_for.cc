#include "forwarded_for.h"

#include <algorithm>

#include "config/base/address.h"
#include "config/base/byte_reader.h"

namespace sekisho::engines {
namespace {

constexpr std::uint32_t kMaxHeaders = 256;

bool equals_nocase(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

}  // namespace

std::string_view forwarded_for(const ForwardedFor& settings, const Transaction& transaction,
                               std::span<std::uint8_t> scratch) noexcept {
  if (settings.mode == ForwardedFor::Mode::off) return {};
  for (std::uint32_t i = 0; i < kMaxHeaders; ++i) {
    const auto line =
        transaction.bytes(rules::Field::http_request_header, Direction::to_server, i, scratch);
    if (!line) return {};
    const auto text = as_text(*line);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos ||
        !equals_nocase(trimmed(text.substr(0, colon)), settings.header))
      continue;
    const auto list = text.substr(colon + 1);
    const auto comma = settings.last ? list.rfind(',') : list.find(',');
    const auto one = comma == std::string_view::npos ? list
                     : settings.last                 ? list.substr(comma + 1)
                                                     : list.substr(0, comma);
    const auto address = trimmed(one);
    return parse_ip_address(address) ? address : std::string_view{};
  }
  return {};
}

}  // namespace sekisho::engines
