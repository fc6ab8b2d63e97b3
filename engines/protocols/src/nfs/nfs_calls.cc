// Arguments of versions 2 and 3 (RFC 1094 §2.2, RFC 1813 §3.3).
#include "nfs/nfs_conversation.h"
#include "nfs/nfs_names.h"

namespace sekisho::engines::nfs {
namespace {

constexpr std::size_t kHandleBytes2 = 32;

}  // namespace

Data NfsConversation::read_arguments(const Call& call, Bytes message) noexcept {
  XdrReader reader(message);
  reader.skip(call.body);
  if (call.guarded) reader.skip(8);  // the length and the sequence number, RFC 2203 §5.3.2
  if (call.encrypted) {
    simple(call, {}, {});
    return {};
  }
  switch (call.version) {
    case 2:
      return read_arguments2(call, reader);
    case 3:
      return read_arguments3(call, reader);
    case 4:
      return read_compound(call, reader);
    default:
      simple(call, {}, {});
      if (auto* one = transactions_.newest()) one->add_oddity("nfs.nonexistent_version");
      return {};
  }
}

Data NfsConversation::read_arguments2(const Call& call, XdrReader& reader) noexcept {
  switch (call.procedure) {
    case kLookup2:
    case kCreate2:
    case kRemove2:
    case kMkdir2:
    case kRmdir2: {
      const FileHandle directory(reader.fixed(kHandleBytes2));
      const auto name = reader.opaque();
      simple(call, call.procedure == kLookup2 ? FileHandle{} : directory, name);
      return {};
    }
    case kRename2: {
      const FileHandle directory(reader.fixed(kHandleBytes2));
      const auto from = reader.opaque();
      reader.skip(kHandleBytes2);
      simple(call, directory, from, reader.opaque());
      return {};
    }
    case kRead2: {
      const FileHandle handle(reader.fixed(kHandleBytes2));
      const auto offset = reader.u32();
      if (reader.ok()) ask_read(call, call.procedure, handle, offset);
      return {};
    }
    case kWrite2: {
      const FileHandle handle(reader.fixed(kHandleBytes2));
      reader.u32();  // unused
      const auto offset = reader.u32();
      reader.u32();  // unused
      // nothing tells the last one: the file ends with the conversation
      return reader.ok() ? begin_write(call, call.procedure, handle, offset, reader, false)
                         : Data{};
    }
    default:
      simple(call, {}, {});
      return {};
  }
}

Data NfsConversation::read_arguments3(const Call& call, XdrReader& reader) noexcept {
  constexpr std::uint32_t kFileSync = 2;  // one that is stable at once stands alone
  switch (call.procedure) {
    case kGetattr3:
    case kAccess3:
    case kReaddirplus3: {
      const FileHandle handle(reader.opaque());
      simple(call, handle, name_of(handle));
      return {};
    }
    case kLookup3:
    case kCreate3:
    case kMkdir3:
    case kRemove3:
    case kRmdir3: {
      const FileHandle directory(reader.opaque());
      const auto name = reader.opaque();
      simple(call, call.procedure == kLookup3 ? FileHandle{} : directory, name);
      return {};
    }
    case kRename3: {
      const FileHandle directory(reader.opaque());
      const auto from = reader.opaque();
      reader.opaque();
      simple(call, directory, from, reader.opaque());
      return {};
    }
    case kRead3: {
      const FileHandle handle(reader.opaque());
      const auto offset = reader.u64();
      if (reader.ok()) ask_read(call, call.procedure, handle, offset);
      return {};
    }
    case kWrite3: {
      const FileHandle handle(reader.opaque());
      const auto offset = reader.u64();
      reader.u32();  // the data's length, told again before them
      const bool is_last = reader.u32() == kFileSync;
      return reader.ok() ? begin_write(call, call.procedure, handle, offset, reader, is_last)
                         : Data{};
    }
    case kCommit3:
      close_file(FileHandle(reader.opaque()));
      return {};
    default:
      simple(call, {}, {});
      return {};
  }
}

}  // namespace sekisho::engines::nfs
