#include "nfs/rpc.h"

#include "little_endian.h"

namespace sekisho::engines::nfs {
namespace {

constexpr std::uint32_t kCallType = 0, kReplyType = 1, kRpcVersion = 2;
constexpr std::size_t kMaxAuthBytes = 400;  // RFC 5531 §8.2

std::uint32_t be32_at(Bytes bytes, std::size_t offset) noexcept {
  return static_cast<std::uint32_t>(integer_at(bytes, offset, 4, false));
}

void read_unix_credentials(Bytes bytes, Call& call) noexcept {
  XdrReader reader(bytes);
  reader.u32();  // a stamp
  call.machine = reader.opaque();
  call.uid = reader.u32();
  call.gid = reader.u32();
}

void read_gss_credentials(Bytes bytes, Call& call) noexcept {
  constexpr std::uint32_t kData = 0, kIntegrity = 2, kPrivacy = 3;  // RFC 2203 §5
  const bool data = be32_at(bytes, 4) == kData;
  const auto service = be32_at(bytes, 12);
  call.guarded = data && service == kIntegrity;
  call.encrypted = data && service == kPrivacy;
}

}  // namespace

Bytes XdrReader::fixed(std::size_t count) noexcept {
  if (!ok_ || count > all_.size() - at_) {
    ok_ = false;
    return {};
  }
  const auto taken = all_.subspan(at_, count);
  const auto padded = (count + 3) & ~std::size_t{3};
  at_ = padded < all_.size() - at_ ? at_ + padded : all_.size();
  return taken;
}

std::uint32_t XdrReader::u32() noexcept { return be32_at(fixed(4), 0); }
std::uint64_t XdrReader::u64() noexcept { return integer_at(fixed(8), 0, 8, false); }
Bytes XdrReader::opaque() noexcept { return fixed(u32()); }
void XdrReader::skip_words() noexcept { fixed(std::size_t{u32()} * 4); }

std::optional<Call> read_call(Bytes message) noexcept {
  XdrReader reader(message);
  Call call;
  call.xid = reader.u32();
  if (reader.u32() != kCallType || reader.u32() != kRpcVersion) return std::nullopt;
  call.program = reader.u32();
  call.version = reader.u32();
  call.procedure = reader.u32();
  call.flavor = reader.u32();
  const auto credentials = reader.opaque();
  if (credentials.size() > kMaxAuthBytes) return std::nullopt;
  reader.u32();  // the verifier's flavor
  reader.opaque();
  if (!reader.ok()) return std::nullopt;
  if (call.flavor == kAuthUnix) read_unix_credentials(credentials, call);
  if (call.flavor == kAuthGss) read_gss_credentials(credentials, call);
  call.body = reader.position();
  return call;
}

std::optional<Reply> read_reply(Bytes message) noexcept {
  XdrReader reader(message);
  Reply reply;
  reply.xid = reader.u32();
  if (reader.u32() != kReplyType) return std::nullopt;
  reply.accepted = reader.u32() == 0;
  if (reply.accepted) {
    reader.u32();  // the verifier's flavor
    reader.opaque();
    reply.accept_status = reader.u32();
  }
  if (!reader.ok()) return std::nullopt;
  reply.body = reader.position();
  return reply;
}

std::optional<bool> is_nfs_call(Bytes message) noexcept {
  constexpr std::uint32_t kFirstVersion = 2, kLastVersion = 4;
  if (message.size() < kCallHeadBytes) return std::nullopt;
  const auto version = be32_at(message, 16);
  return be32_at(message, 4) == kCallType && be32_at(message, 8) == kRpcVersion &&
         be32_at(message, 12) == kNfsProgram && version >= kFirstVersion && version <= kLastVersion;
}

std::optional<bool> is_reply(Bytes message) noexcept {
  constexpr std::size_t kHead = 20;
  if (message.size() < kHead) return std::nullopt;
  return be32_at(message, 4) == kReplyType && be32_at(message, 8) <= 1 &&
         be32_at(message, 16) <= kMaxAuthBytes;
}

}  // namespace sekisho::engines::nfs
