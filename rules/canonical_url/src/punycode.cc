#include "punycode.h"

#include <algorithm>
#include <cstdint>

namespace sekisho::rules {
namespace {

// RFC 3492 §5.
constexpr std::uint32_t kBase = 36, kTMin = 1, kTMax = 26, kSkew = 38, kDamp = 700;
constexpr std::uint32_t kInitialBias = 72, kInitialN = 0x80;
constexpr std::uint32_t kMost = 0x7fffffff;

std::uint32_t adapt(std::uint32_t delta, std::uint32_t num_points, bool first) noexcept {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / num_points;
  std::uint32_t k = 0;
  for (; delta > ((kBase - kTMin) * kTMax) / 2; k += kBase) delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) noexcept {
  return k <= bias ? kTMin : std::min(k - bias, kTMax);
}

/// kBase when it is no digit.
std::uint32_t digit_of(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a');
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0') + 26;
  return kBase;
}
char char_of(std::uint32_t digit) noexcept {
  return static_cast<char>(digit < 26 ? 'a' + digit : '0' + (digit - 26));
}

/// One generalised variable-length integer, added to `i`; false: malformed or too large.
bool read_delta(std::string_view& text, std::uint32_t bias, std::uint32_t& i) noexcept {
  std::uint32_t weight = 1;
  for (std::uint32_t k = kBase;; k += kBase) {
    if (text.empty()) return false;
    const auto digit = digit_of(text.front());
    text.remove_prefix(1);
    if (digit == kBase || digit > (kMost - i) / weight) return false;
    i += digit * weight;
    const auto t = threshold(k, bias);
    if (digit < t) return true;
    if (weight > kMost / (kBase - t)) return false;
    weight *= kBase - t;
  }
}

void write_delta(std::uint32_t delta, std::uint32_t bias, ByteSink& out) noexcept {
  for (std::uint32_t k = kBase;; k += kBase) {
    const auto t = threshold(k, bias);
    if (delta < t) break;
    out.put(char_of(t + (delta - t) % (kBase - t)));
    delta = (delta - t) / (kBase - t);
  }
  out.put(char_of(delta));
}

}  // namespace

std::size_t decode_punycode(std::string_view text, std::span<char32_t> out) noexcept {
  std::uint32_t count = 0;
  if (const auto dash = text.rfind('-'); dash != text.npos) {
    if (dash > out.size()) return 0;
    for (const char c : text.substr(0, dash)) out[count++] = static_cast<unsigned char>(c);
    text.remove_prefix(dash + 1);
  }
  std::uint32_t n = kInitialN, i = 0, bias = kInitialBias;
  while (!text.empty()) {
    const auto before = i;
    if (!read_delta(text, bias, i) || count >= out.size()) return 0;
    ++count;
    bias = adapt(i - before, count, before == 0);
    n += i / count;
    i %= count;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return 0;
    std::copy_backward(out.begin() + i, out.begin() + (count - 1), out.begin() + count);
    out[i++] = n;
  }
  return count;
}

bool encode_punycode(std::span<const char32_t> label, ByteSink& out) noexcept {
  const auto begin = out.size();
  std::uint32_t handled = 0;
  for (const char32_t c : label)
    if (c < 0x80) out.put(static_cast<char>(c)), ++handled;
  const auto basic = handled;
  if (basic > 0) out.put('-');
  std::uint32_t n = kInitialN, delta = 0, bias = kInitialBias;
  while (handled < label.size()) {
    std::uint32_t next = kMost;
    for (const char32_t c : label)
      if (c >= n) next = std::min<std::uint32_t>(next, c);
    if (next - n > (kMost - delta) / (handled + 1)) return false;
    delta += (next - n) * (handled + 1);
    n = next;
    for (const char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      write_delta(delta, bias, out);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    if (out.size() - begin > kMaxLabelBytes) return false;
    ++delta;
    ++n;
  }
  return !out.overflowed() && out.size() - begin <= kMaxLabelBytes;
}

}  // namespace sekisho::rules
