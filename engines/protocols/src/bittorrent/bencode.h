#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::engines {

/// Reads bencoded values (BEP 3) in place. Values within values are passed over without recursion.
class BencodeReader {
 public:
  static constexpr unsigned kMaxDepth = 16;  // lists and dictionaries within each other

  explicit BencodeReader(std::span<const std::uint8_t> bytes) noexcept : rest_(bytes) {}

  /// The next value's first byte; 0: there is none.
  std::uint8_t peek() const noexcept { return rest_.empty() ? std::uint8_t{0} : rest_[0]; }
  bool at_end() const noexcept { return rest_.empty(); }
  std::optional<std::span<const std::uint8_t>> string() noexcept;
  std::optional<std::int64_t> integer() noexcept;
  /// 'd', 'l' or 'e', whichever is asked for.
  bool take(std::uint8_t byte) noexcept;
  /// The next value whole, whatever it is.
  std::optional<std::span<const std::uint8_t>> value() noexcept;

 private:
  std::span<const std::uint8_t> rest_;
};

/// The value of `key` in the dictionary that `dictionary` is, whole.
std::optional<std::span<const std::uint8_t>> bencode_member(
    std::span<const std::uint8_t> dictionary, std::string_view key) noexcept;
std::optional<std::span<const std::uint8_t>> bencode_string(
    std::span<const std::uint8_t> dictionary, std::string_view key) noexcept;
std::optional<std::int64_t> bencode_integer(std::span<const std::uint8_t> dictionary,
                                            std::string_view key) noexcept;

}  // namespace sekisho::engines
