#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

/// What sekisho-decrypt asks sekisho-fetch about an origin's certificate, which needs a network:
/// RUN_DIR/fetch.sock. Each message has its length before it, four bytes, little-endian. Answers
/// come in any order.
namespace sekisho::inquiry {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{256} << 10;
inline constexpr std::size_t kMaxCertificates = 16;
inline constexpr std::size_t kMaxHostBytes = 255;

inline std::string socket_path(const std::string& run_dir) { return run_dir + "/fetch.sock"; }

struct Inquiry {
  std::uint32_t id = 0;            // the asker's own
  std::string host;                // as asked for: a name, or an address as text
  std::vector<std::string> chain;  // DER, the origin's own first; 1 to kMaxCertificates
};

enum class State : std::uint8_t { unknown, good, revoked };

struct Finding {
  std::uint32_t id = 0;
  State state = State::unknown;
  std::int64_t until = 0;  // Unix seconds: when it is worth asking again
  /// DER, of authorities that the chain lacks; whoever gets them judges the chain himself.
  std::vector<std::string> issuers{};
};

/// Of what is too long for kMaxMessageBytes: empty.
std::string encode(const Inquiry& inquiry);
std::string encode(const Finding& finding);

/// invalid_input: cut, too long, or followed by more.
Result<Inquiry> parse_inquiry(std::span<const std::uint8_t> body);
Result<Finding> parse_finding(std::span<const std::uint8_t> body);

/// With its length before it.
std::string framed(std::string_view body);
/// The size of the message that `bytes` begins with, without its length; kIncomplete: its length
/// is not whole yet.
inline constexpr std::size_t kIncomplete = static_cast<std::size_t>(-1);
inline constexpr std::size_t kLengthBytes = 4;
std::size_t size_of_frame(std::string_view bytes) noexcept;

}  // namespace sekisho::inquiry
