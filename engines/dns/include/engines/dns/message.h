#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// Messages of DNS that the gateway changes as they pass. Bytes in, bytes out; whatever they are,
/// nothing outside of them is read or written.
namespace sekisho::engines::dns {

inline constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28, kTypeSvcb = 64, kTypeHttps = 65;
inline constexpr std::size_t kMaxNameText = 254;

/// The question of a plain message that has one (QDCOUNT 1, opcode 0). Lent by the message.
struct Question {
  std::uint16_t id = 0;
  bool is_response = false;
  std::span<const std::uint8_t> name;  // labels, with the root's; never compressed
  std::uint16_t type = 0, klass = 0;
};
std::optional<Question> read_question(std::span<const std::uint8_t> message) noexcept;

/// The name as text: lower case, no final dot, written into `room`. Empty: the root, or a label
/// with other than printable characters or a dot, which no name of a URL has.
std::string_view text_of(std::span<const std::uint8_t> name,
                         std::span<char, kMaxNameText> room) noexcept;

/// Writes `query` with the name `target` in its question's place, all else as it is. Returns its
/// length; 0: it is no plain query, or `out` is too small.
std::size_t write_renamed_query(std::span<const std::uint8_t> query, std::string_view target,
                                std::span<std::uint8_t> out) noexcept;

/// Writes the answer to a query for `name` out of `response`, which answers the query for
/// `target`: `name` is an alias (CNAME) of `target`, whose addresses are those of `response`.
/// The OPT record goes along; signatures and AD, which would be of other names, do not. Returns its
/// length; 0: `response` is no response to a question for `target`, or `out` is too small.
std::size_t write_alias_response(std::span<const std::uint8_t> response,
                                 std::span<const std::uint8_t> name, std::string_view target,
                                 std::span<std::uint8_t> out) noexcept;

/// Takes the keys of Encrypted Client Hello (RFC 9848: SvcParam ech) out of the SVCB and HTTPS
/// records (RFC 9460) of a response, in place and without moving anything that a compressed name
/// could point at: the parameter becomes the record's last one, of a number for private use that
/// clients ignore, and its value zeros. A record that cannot be read or cannot do without gets a
/// type for private use. Returns how many records were changed.
unsigned conceal_ech(std::span<std::uint8_t> message) noexcept;

}  // namespace sekisho::engines::dns
