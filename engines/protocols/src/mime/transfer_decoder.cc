#include "mime/transfer_decoder.h"

#include <algorithm>
#include <array>

namespace sekisho::engines {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> make_base64_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kDigits[i])] = i;
  return values;
}
constexpr auto kBase64Values = make_base64_values();

std::uint8_t hex_value(std::uint8_t c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return kNoDigit;
}

}  // namespace

std::size_t TransferDecoder::decode(std::span<const std::uint8_t> piece, std::size_t line_end,
                                    std::span<std::uint8_t> out) noexcept {
  switch (encoding_) {
    case Encoding::identity:
      return identity(piece, line_end, out);
    case Encoding::base64:
      return base64(piece, out);
    case Encoding::quoted_printable:
      return quoted_printable(piece, line_end, out);
    case Encoding::uuencode:
      return uuencode(piece, out);
  }
  return 0;
}

std::size_t TransferDecoder::put_line_end(std::span<std::uint8_t> out) noexcept {
  const std::size_t count = pending_line_end_;
  if (count == 2) out[0] = '\r';
  if (count != 0) out[count - 1] = '\n';
  pending_line_end_ = 0;
  return count;
}

std::size_t TransferDecoder::identity(std::span<const std::uint8_t> piece, std::size_t line_end,
                                      std::span<std::uint8_t> out) noexcept {
  const auto written = put_line_end(out);
  std::copy(piece.begin(), piece.end(), out.begin() + static_cast<std::ptrdiff_t>(written));
  pending_line_end_ = static_cast<std::uint8_t>(line_end);
  return written + piece.size();
}

std::size_t TransferDecoder::base64(std::span<const std::uint8_t> piece,
                                    std::span<std::uint8_t> out) noexcept {
  std::size_t written = 0;
  for (const auto c : piece) {
    const auto value = kBase64Values[c];
    if (value == kNoDigit) {
      if (c == '=') {  // the padded group is over; a further one may follow
        bits_ = num_bits_ = 0;
        continue;
      }
      invalid_ |= c != ' ' && c != '\t' && c != '\r';
      continue;
    }
    bits_ = bits_ << 6 | value;
    num_bits_ = static_cast<std::uint8_t>(num_bits_ + 6);
    if (num_bits_ < 8) continue;
    num_bits_ = static_cast<std::uint8_t>(num_bits_ - 8);
    out[written++] = static_cast<std::uint8_t>(bits_ >> num_bits_);
    bits_ &= (1U << num_bits_) - 1;
  }
  return written;
}

std::size_t TransferDecoder::quoted_printable(std::span<const std::uint8_t> piece,
                                              std::size_t line_end,
                                              std::span<std::uint8_t> out) noexcept {
  std::size_t written = put_line_end(out);
  for (const auto c : piece) {
    if (num_carried_ == 0) {
      if (c == '=')
        num_carried_ = 1;
      else
        out[written++] = c;
    } else if (num_carried_ == 1 && hex_value(c) != kNoDigit) {
      carried_ = c;
      num_carried_ = 2;
    } else if (num_carried_ == 2 && hex_value(c) != kNoDigit) {
      out[written++] = static_cast<std::uint8_t>(hex_value(carried_) << 4 | hex_value(c));
      num_carried_ = 0;
    } else if (c != ' ' && c != '\t') {  // blanks may follow a soft line break
      invalid_ = true;
      out[written++] = '=';
      if (num_carried_ == 2) out[written++] = carried_;
      out[written++] = c;
      num_carried_ = 0;
    }
  }
  if (line_end == 0) return written;
  if (num_carried_ == 0) pending_line_end_ = static_cast<std::uint8_t>(line_end);
  invalid_ |= num_carried_ == 2;
  num_carried_ = 0;
  return written;
}

std::size_t TransferDecoder::uuencode(std::span<const std::uint8_t> line,
                                      std::span<std::uint8_t> out) noexcept {
  if (line.empty() || line[0] < ' ' || line[0] > '`') {
    invalid_ |= !line.empty();
    return 0;
  }
  const std::size_t count = (line[0] - std::size_t{' '}) & 63;
  std::size_t written = 0;
  std::uint32_t bits = 0;
  unsigned num_bits = 0;
  for (const auto c : line.subspan(1)) {
    if (written == count) break;
    bits = bits << 6 | ((c - std::uint32_t{' '}) & 63);
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    out[written++] = static_cast<std::uint8_t>(bits >> num_bits);
  }
  return written;
}

}  // namespace sekisho::engines
