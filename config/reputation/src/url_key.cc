#include "config/reputation/url_key.h"

#include <bit>
#include <cstring>

namespace sekisho::reputation {
namespace {

/// SipHash (Aumasson, Bernstein 2012) with one round a word and three at the end.
struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

std::uint64_t word_at(const char* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

std::uint64_t url_key(const UrlKeySecret& secret, std::string_view text) noexcept {
  SipState state{secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
                 secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573};
  const auto size = text.size();
  while (text.size() >= 8) {
    state.take(word_at(text.data()));
    text.remove_prefix(8);
  }
  std::uint64_t last = std::uint64_t{size} << 56;
  for (std::size_t i = 0; i < text.size(); ++i)
    last |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  state.take(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace sekisho::reputation
