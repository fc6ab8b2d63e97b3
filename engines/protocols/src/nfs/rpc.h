#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace sekisho::engines::nfs {

using Bytes = std::span<const std::uint8_t>;

/// Reads XDR (RFC 4506): big-endian integers, what is longer padded to four bytes. After the end
/// everything is empty and ok() false.
class XdrReader {
 public:
  explicit XdrReader(Bytes bytes) noexcept : all_(bytes) {}
  std::uint32_t u32() noexcept;
  std::uint64_t u64() noexcept;
  Bytes fixed(std::size_t count) noexcept;
  /// With its length before it.
  Bytes opaque() noexcept;
  void skip(std::size_t count) noexcept { fixed(count); }
  void skip_words() noexcept;  // an array of integers, with its length before it
  bool ok() const noexcept { return ok_; }
  std::size_t position() const noexcept { return at_; }
  void fail() noexcept { ok_ = false; }

 private:
  Bytes all_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

enum AuthFlavor : std::uint32_t { kAuthNone = 0, kAuthUnix = 1, kAuthGss = 6 };

inline constexpr std::uint32_t kNfsProgram = 100003;
inline constexpr std::size_t kMarkBytes = 4;  // RFC 5531 §11: before a message over TCP
inline constexpr std::size_t kCallHeadBytes = 24;

/// A call (RFC 5531 §9).
struct Call {
  std::uint32_t xid = 0, program = 0, version = 0, procedure = 0;
  std::uint32_t flavor = 0;
  Bytes machine;  // AUTH_SYS's
  std::uint32_t uid = 0, gid = 0;
  bool guarded = false;    // RPCSEC_GSS with integrity: two integers stand before the arguments
  bool encrypted = false;  // with privacy
  std::size_t body = 0;    // where the arguments begin in the message
};
/// nullopt: not a call, or cut within its head.
std::optional<Call> read_call(Bytes message) noexcept;

struct Reply {
  std::uint32_t xid = 0;
  bool accepted = false;
  std::uint32_t accept_status = 0;  // 0: executed
  std::size_t body = 0;
};
std::optional<Reply> read_reply(Bytes message) noexcept;

/// Its first bytes are those of a call of NFS; nullopt: there are too few.
std::optional<bool> is_nfs_call(Bytes message) noexcept;
std::optional<bool> is_reply(Bytes message) noexcept;

}  // namespace sekisho::engines::nfs
