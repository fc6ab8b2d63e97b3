// Results of versions 2 and 3 (RFC 1094 §2.2, RFC 1813 §3.3).
#include "nfs/nfs_conversation.h"
#include "nfs/nfs_names.h"

namespace sekisho::engines::nfs {
namespace {

constexpr std::size_t kHandleBytes2 = 32;
constexpr std::size_t kAttributeBytes2 = 68, kAttributeBytes3 = 84;

void skip_attributes3(XdrReader& reader) noexcept {
  if (reader.u32() != 0) reader.skip(kAttributeBytes3);
}
Bytes optional_handle3(XdrReader& reader) noexcept {
  return reader.u32() != 0 ? reader.opaque() : Bytes{};
}

}  // namespace

Data NfsConversation::read_results(Bytes message, const Reply& reply) noexcept {
  auto* pending = pending_.find([&](const PendingCall& one) { return one.xid == reply.xid; });
  if (pending == nullptr) return {};
  Data data;
  XdrReader reader(message);
  reader.skip(reply.body);
  if (!reply.accepted || reply.accept_status != 0 || pending->encrypted) {
    answered(*pending, 0, reply.accepted, {});
  } else {
    if (pending->guarded) reader.skip(8);
    if (pending->version == 4) {
      data = read_compound_results(*pending, reader);
    } else {
      constexpr std::uint32_t kNull = 0;
      const auto status = pending->procedure == kNull ? 0 : reader.u32();
      data = pending->version == 2 ? read_results2(*pending, status, reader)
                                   : read_results3(*pending, status, reader);
    }
  }
  pending_.remove(*pending);
  return data;
}

Data NfsConversation::read_results2(const PendingCall& call, std::uint32_t status,
                                    XdrReader& reader) noexcept {
  FileHandle found;
  if (status == 0 && (call.procedure == kLookup2 || call.procedure == kCreate2)) {
    const FileHandle handle(reader.fixed(kHandleBytes2));
    remember(handle, call.name.view());
    if (call.procedure == kLookup2) found = handle;
  }
  if (status == 0 && call.procedure == kRead2) {
    constexpr std::size_t kBeforeSize = 20;
    reader.skip(kBeforeSize);
    const auto size = reader.u32();
    reader.skip(kAttributeBytes2 - kBeforeSize - 4);
    auto ahead = reader;
    const bool is_last = call.offset + ahead.u32() >= size;
    return reader.ok() ? begin_read(call, reader, is_last) : Data{};
  }
  answered(call, status, true, found);
  return {};
}

Data NfsConversation::read_results3(const PendingCall& call, std::uint32_t status,
                                    XdrReader& reader) noexcept {
  FileHandle found;
  if (status == 0 && call.procedure == kLookup3) {
    found = FileHandle(reader.opaque());
    remember(found, call.name.view());
  }
  if (status == 0 && call.procedure == kCreate3)
    remember(FileHandle(optional_handle3(reader)), call.name.view());
  if (status == 0 && call.procedure == kReaddirplus3) read_directory(reader);
  if (status == 0 && call.procedure == kRead3) {
    skip_attributes3(reader);
    reader.u32();  // the data's length, told again before them
    const bool is_last = reader.u32() != 0;
    return reader.ok() ? begin_read(call, reader, is_last) : Data{};
  }
  answered(call, status, true, found);
  return {};
}

/// Names and handles of READDIRPLUS, as far as they are at hand.
void NfsConversation::read_directory(XdrReader& reader) noexcept {
  constexpr std::size_t kVerifierBytes = 8;
  skip_attributes3(reader);
  reader.skip(kVerifierBytes);
  for (std::size_t i = 0; i < kMaxNames && reader.u32() != 0; ++i) {
    reader.u64();  // the file's number
    const auto name = reader.opaque();
    reader.u64();  // where to go on
    skip_attributes3(reader);
    const auto handle = optional_handle3(reader);
    if (!reader.ok()) return;
    if (!handle.empty()) remember(FileHandle(handle), name);
  }
}

}  // namespace sekisho::engines::nfs
