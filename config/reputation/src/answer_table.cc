#include "config/reputation/answer_table.h"

namespace sekisho::reputation {
namespace {

constexpr std::uint8_t kBestScore = 100;

std::uint64_t packed(const Answer& answer) noexcept {
  return std::uint64_t{answer.expires_s} << 32 | std::uint64_t{answer.category} << 16 |
         std::uint64_t{answer.score} << 8 | static_cast<std::uint64_t>(answer.source);
}

Answer unpacked(std::uint64_t value) noexcept {
  const auto score = static_cast<std::uint8_t>(value >> 8);
  const auto source = static_cast<std::uint8_t>(value);
  constexpr auto kLastSource = static_cast<std::uint8_t>(AnswerSource::failed);
  return {.expires_s = static_cast<std::uint32_t>(value >> 32),
          .category = static_cast<std::uint16_t>(value >> 16),
          .score = score <= kBestScore ? score : Answer::kUnrated,
          .source = source <= kLastSource ? static_cast<AnswerSource>(source) : AnswerSource::none};
}

std::uint32_t expiry_of(std::uint64_t value) noexcept {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::optional<Answer> AnswerTable::find(std::uint64_t key, std::uint32_t now_s) const noexcept {
  for (const auto& entry : bucket_of(key).ways) {
    const auto value = entry.value.load(std::memory_order_relaxed);
    if ((entry.guard.load(std::memory_order_relaxed) ^ value) != key) continue;
    if (expiry_of(value) <= now_s) return std::nullopt;
    return unpacked(value);
  }
  return std::nullopt;
}

void AnswerTable::put(std::uint64_t key, const Answer& answer, std::uint32_t now_s) noexcept {
  auto& ways = bucket_of(key).ways;
  auto* place = &ways[0];
  std::uint32_t least = ~std::uint32_t{0};
  for (auto& entry : ways) {
    const auto value = entry.value.load(std::memory_order_relaxed);
    if ((entry.guard.load(std::memory_order_relaxed) ^ value) == key) {
      place = &entry;
      break;
    }
    const auto expiry = expiry_of(value) <= now_s ? 0 : expiry_of(value);
    if (expiry >= least) continue;
    least = expiry;
    place = &entry;
  }
  const auto value = packed(answer);
  place->guard.store(key ^ value, std::memory_order_relaxed);
  place->value.store(value, std::memory_order_release);
}

void AnswerTable::clear() noexcept {
  for (std::uint64_t i = 0; i <= mask_; ++i)
    for (auto& entry : first_[i].ways) {
      entry.value.store(0, std::memory_order_relaxed);
      entry.guard.store(0, std::memory_order_relaxed);
    }
}

}  // namespace sekisho::reputation
