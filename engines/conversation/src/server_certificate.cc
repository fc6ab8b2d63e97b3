#include "server_certificate.h"

#include <strings.h>

#include <array>

#include "config/base/byte_reader.h"

namespace sekisho::engines {
namespace {

constexpr std::uint32_t kMaxNames = 128;  // looked at
constexpr std::size_t kMaxHostBytes = 256, kMaxSubjectBytes = 4 * kMaxHostBytes;

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// "*.example.com" is for one label more (RFC 6125 §6.4.3).
bool is_for(std::string_view certified, std::string_view host) noexcept {
  if (!certified.starts_with("*.")) return equal(certified, host);
  const auto dot = host.find('.');
  return dot != host.npos && equal(certified.substr(1), host.substr(dot));
}

}  // namespace

std::string_view common_name(std::string_view subject) noexcept {
  constexpr std::string_view kKey = "CN=";
  const auto begin = subject.rfind(kKey);
  if (begin == subject.npos || (begin != 0 && subject[begin - 1] != ' ')) return {};
  const auto name = subject.substr(begin + kKey.size());
  return name.substr(0, name.find(','));
}

bool contradicts_server_name(const Transaction& transaction, Direction direction,
                             std::string_view server_name) noexcept {
  using rules::Field;
  if (server_name.ends_with('.')) server_name.remove_suffix(1);
  std::array<std::uint8_t, kMaxSubjectBytes> subject_scratch, issuer_scratch;
  const auto subject = transaction.bytes(Field::tls_cert_subject, direction, 0, subject_scratch);
  const auto issuer = transaction.bytes(Field::tls_cert_issuer, direction, 0, issuer_scratch);
  if (server_name.empty() || !subject || !issuer || as_text(*subject) == as_text(*issuer))
    return false;
  if (is_for(common_name(as_text(*subject)), server_name)) return false;
  for (std::uint32_t i = 0; i < kMaxNames; ++i) {
    std::array<std::uint8_t, kMaxHostBytes> scratch;
    const auto name = transaction.bytes(Field::tls_subjectaltname, direction, i, scratch);
    if (!name) return true;
    if (is_for(as_text(*name), server_name)) return false;
  }
  return false;
}

}  // namespace sekisho::engines
