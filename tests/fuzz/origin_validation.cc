// What an origin shows: its certificates, a stapled answer, lists. A length of two bytes before
// each piece: certificates, then an empty one, then one answer and one list.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engines/origin/validation.h"
#include "origin_root.h"

using namespace sekisho::engines::origin;

namespace {

std::string_view take_piece(std::string_view& rest) {
  if (rest.size() < 2) return rest = {};
  const auto size = static_cast<std::size_t>(static_cast<std::uint8_t>(rest[0]) << 8 |
                                             static_cast<std::uint8_t>(rest[1]));
  const auto piece = rest.substr(2, size);
  rest.remove_prefix(2 + piece.size());
  return piece;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kTrusted = TrustStore::from_pem(kFuzzedRoot);
  if (!kTrusted) __builtin_trap();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> chain;
  for (auto piece = take_piece(rest); !piece.empty(); piece = take_piece(rest))
    chain.push_back(piece);
  const auto answer = take_piece(rest), list = take_piece(rest);
  constexpr std::int64_t kNow = 1'796'000'000;  // December 2026
  Validation judged({.chain = chain, .host = "www.example.com", .staple = answer, .now = kNow},
                    *kTrusted);
  static_cast<void>(judged.use_list(list));
  static_cast<void>(judged.pointers());
  if (judged.fault() == Fault::none && judged.valid_until() + Validation::kClockSkewSeconds < kNow)
    __builtin_trap();
  static_cast<void>(TrustStore::from_pem({reinterpret_cast<const char*>(data), size}));
  return 0;
}
