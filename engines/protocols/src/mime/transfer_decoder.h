#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines {

/// The encodings of RFC 2045 §6, and uuencode, undone line by line or in pieces of lines. The line
/// end before a boundary belongs to the boundary, so an identity line's end comes with the next.
class TransferDecoder {
 public:
  enum class Encoding : std::uint8_t { identity, base64, quoted_printable, uuencode };
  /// Beyond the piece's own size: a line end and carried bytes.
  static constexpr std::size_t kExtraRoom = 8;

  void start(Encoding encoding) noexcept { *this = TransferDecoder(encoding); }
  TransferDecoder() noexcept = default;
  Encoding encoding() const noexcept { return encoding_; }

  /// Bytes written to `out`, which has room for piece.size() + kExtraRoom. `line_end`: bytes of the
  /// line end that follows the piece, 0: the line goes on. uuencode wants whole lines.
  std::size_t decode(std::span<const std::uint8_t> piece, std::size_t line_end,
                     std::span<std::uint8_t> out) noexcept;
  /// Characters that the encoding does not have were seen.
  bool is_invalid() const noexcept { return invalid_; }

 private:
  explicit TransferDecoder(Encoding encoding) noexcept : encoding_(encoding) {}
  std::size_t put_line_end(std::span<std::uint8_t> out) noexcept;
  std::size_t identity(std::span<const std::uint8_t> piece, std::size_t line_end,
                       std::span<std::uint8_t> out) noexcept;
  std::size_t base64(std::span<const std::uint8_t> piece, std::span<std::uint8_t> out) noexcept;
  std::size_t quoted_printable(std::span<const std::uint8_t> piece, std::size_t line_end,
                               std::span<std::uint8_t> out) noexcept;
  std::size_t uuencode(std::span<const std::uint8_t> line, std::span<std::uint8_t> out) noexcept;

  Encoding encoding_ = Encoding::identity;
  bool invalid_ = false;
  std::uint8_t pending_line_end_ = 0;  // its bytes
  std::uint8_t num_bits_ = 0;          // base64: held in bits_
  std::uint32_t bits_ = 0;
  std::uint8_t num_carried_ = 0;  // quoted-printable: "=" or "=X" at a piece's end
  std::uint8_t carried_ = 0;      // the X
};

}  // namespace sekisho::engines
