#include <algorithm>

#include "config/base/hex.h"
#include "config/bundle/keys.h"
#include "layout.h"
#include "signature_door.h"

namespace sekisho::bundle {
namespace {

/// The y coordinates, as encoded, of the curve's points whose order divides 8, also where they are
/// not reduced modulo 2^255-19. The bit of x's sign is left out.
constexpr std::array<std::string_view, 7> kSmallOrder{
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

bool is_of_small_order(std::string_view raw) {
  std::string y(raw);
  y.back() = static_cast<char>(y.back() & 0x7f);
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), to_hex(y)) != kSmallOrder.end();
}

Error bad(std::string why) { return {Error::Code::invalid_input, "public key: " + std::move(why)}; }

}  // namespace

Result<PublicKey> PublicKey::from_bytes(std::string_view raw) {
  if (raw.size() != kKeyBytes)
    return bad(std::to_string(raw.size()) + " bytes, an Ed25519 key has 32");
  if (is_of_small_order(raw)) return bad("anybody can make signatures for it");
  PublicKey key;
  std::copy(raw.begin(), raw.end(), key.bytes_.begin());
  return key;
}

Result<PublicKey> PublicKey::from_hex(std::string_view text) {
  const auto raw = sekisho::from_hex(text);
  if (!raw) return bad("not pairs of hex digits");
  return from_bytes(*raw);
}

std::string PublicKey::to_hex() const { return sekisho::to_hex(bytes()); }

std::string PublicKey::id() const {
  const auto digest = sha256(bytes());
  return {digest.data(), kKeyIdBytes};
}

std::string PublicKey::id_hex() const { return sekisho::to_hex(id()); }

}  // namespace sekisho::bundle
