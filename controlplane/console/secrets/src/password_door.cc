#include <openssl/evp.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "config/base/hex.h"
#include "controlplane/console/secrets/password.h"
#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;

struct Cost {
  std::uint64_t log_n = 15;
  std::uint64_t r = 8;
  std::uint64_t p = 1;
  bool operator==(const Cost&) const = default;
};
constexpr Cost kMost{20, 16, 4};  // of a stored text: 1 GiB and many times today's work
constexpr std::uint64_t kMaxMemory = std::uint64_t{3} << 30;

struct Stored {
  Cost cost;
  std::string salt;
  std::string hash;
};

std::string derive(std::string_view password, std::string_view salt, const Cost& cost) {
  std::string hash(kHashBytes, '\0');
  const int worked = EVP_PBE_scrypt(
      password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
      salt.size(), std::uint64_t{1} << cost.log_n, cost.r, cost.p, kMaxMemory,
      reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  if (worked != 1) std::abort();  // memory ran out
  return hash;
}

/// Takes `prefix` and the number behind it off `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<Stored> parse(std::string_view text) {
  const auto log_n = take_number(text, "$scrypt$ln=");
  const auto r = take_number(text, ",r=");
  const auto p = take_number(text, ",p=");
  if (!log_n || !r || !p || *log_n == 0 || *r == 0 || *p == 0 || *log_n > kMost.log_n ||
      *r > kMost.r || *p > kMost.p || !text.starts_with('$'))
    return std::nullopt;
  text.remove_prefix(1);
  const auto middle = text.find('$');
  if (middle == std::string_view::npos) return std::nullopt;
  const auto salt = from_hex(text.substr(0, middle));
  const auto hash = from_hex(text.substr(middle + 1));
  if (!salt || !hash || salt->empty() || hash->size() != kHashBytes) return std::nullopt;
  return Stored{{*log_n, *r, *p}, *salt, *hash};
}

}  // namespace

std::string hash_password(std::string_view password) {
  const Cost cost;
  const std::string salt = random_bytes(kSaltBytes);
  return "$scrypt$ln=" + std::to_string(cost.log_n) + ",r=" + std::to_string(cost.r) +
         ",p=" + std::to_string(cost.p) + "$" + to_hex(salt) + "$" +
         to_hex(derive(password, salt, cost));
}

PasswordCheck check_password(std::string_view password, std::string_view stored) {
  const auto parsed = parse(stored);
  if (!parsed) {
    derive(password, std::string(kSaltBytes, '\0'), Cost{});
    return {};
  }
  const bool matches =
      equal_in_constant_time(derive(password, parsed->salt, parsed->cost), parsed->hash);
  const bool weaker =
      parsed->cost.log_n < Cost{}.log_n || parsed->cost.r < Cost{}.r || parsed->cost.p < Cost{}.p;
  return {matches, matches && weaker};
}

}  // namespace sekisho::console
