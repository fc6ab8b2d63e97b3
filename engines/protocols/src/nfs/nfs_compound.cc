// Version 4: compounds of operations (RFC 7530 §14-16, RFC 8881 §18).
#include "nfs/nfs_conversation.h"
#include "nfs/nfs_names.h"

namespace sekisho::engines::nfs {
namespace {

constexpr std::size_t kStateBytes = 16, kVerifierBytes = 8, kChangeBytes = 20, kCommitBytes = 12;
constexpr std::uint32_t kMaxOperations = 64;  // of a compound

void skip_attributes(XdrReader& reader) noexcept {
  reader.skip_words();
  reader.opaque();
}

/// How a file is created, RFC 7530 §16.16.
void skip_creation(XdrReader& reader) noexcept {
  constexpr std::uint32_t kExclusive = 2, kExclusiveWithAttributes = 3;
  const auto mode = reader.u32();
  if (mode >= kExclusive) reader.skip(kVerifierBytes);
  if (mode < kExclusive || mode == kExclusiveWithAttributes) skip_attributes(reader);
}

/// The name of what is opened; empty: it is the current file.
Bytes read_open(XdrReader& reader) noexcept {
  constexpr std::uint32_t kByName = 0, kPrevious = 1, kDelegated = 2, kPreviousByName = 3;
  constexpr std::size_t kBeforeOwner = 12 + 8;
  reader.skip(kBeforeOwner);
  reader.opaque();
  if (reader.u32() != 0) skip_creation(reader);
  switch (reader.u32()) {
    case kByName:
    case kPreviousByName:
      return reader.opaque();
    case kPrevious:
      reader.u32();
      return {};
    case kDelegated:
      reader.skip(kStateBytes);
      return reader.opaque();
    default:
      return {};
  }
}

/// The name of what CREATE makes: a directory, a link, a device.
Bytes read_creation(XdrReader& reader) noexcept {
  constexpr std::uint32_t kBlock = 3, kCharacter = 4, kLink = 5;
  const auto type = reader.u32();
  if (type == kLink) reader.opaque();
  if (type == kBlock || type == kCharacter) reader.u64();
  const auto name = reader.opaque();
  skip_attributes(reader);
  return name;
}

/// Passes over the arguments of an operation that is not looked into; false: it is not known how
/// long they are.
bool skip_arguments(std::uint32_t operation, XdrReader& reader) noexcept {
  switch (operation) {
    case kGetfh4:
    case kLookupp4:
    case kPutpubfh4:
    case kPutrootfh4:
    case kReadlink4:
    case kRestorefh4:
    case kSavefh4:
      return true;
    case kAccess4:
      reader.u32();
      return true;
    case kGetattr4:
      reader.skip_words();
      return true;
    case kDelegreturn4:
      reader.skip(kStateBytes);
      return true;
    case kLink4:
    case kSecinfo4:
      reader.opaque();
      return true;
    case kNverify4:
    case kVerify4:
      skip_attributes(reader);
      return true;
    case kOpenConfirm4:
      reader.skip(kStateBytes + 4);
      return true;
    case kReaddir4:
      reader.skip(24);
      reader.skip_words();
      return true;
    case kRenew4:
      reader.skip(8);
      return true;
    case kSequence4:
      reader.skip(32);
      return true;
    case kSetattr4:
      reader.skip(kStateBytes);
      skip_attributes(reader);
      return true;
    case kSetclientid4:
      reader.skip(kVerifierBytes);
      reader.opaque();
      reader.u32();
      reader.opaque();
      reader.opaque();
      reader.u32();
      return true;
    case kSetclientidConfirm4:
      reader.skip(16);
      return true;
    default:
      return false;
  }
}

/// The same of results without error.
bool skip_results(std::uint32_t operation, XdrReader& reader) noexcept {
  switch (operation) {
    case kLookup4:
    case kLookupp4:
    case kNverify4:
    case kPutfh4:
    case kPutpubfh4:
    case kPutrootfh4:
    case kRenew4:
    case kRestorefh4:
    case kSavefh4:
    case kSetclientidConfirm4:
    case kVerify4:
    case kDelegreturn4:
      return true;
    case kAccess4:
    case kCommit4:
      reader.u64();
      return true;
    case kClose4:
    case kOpenConfirm4:
    case kWrite4:
      reader.skip(kStateBytes);
      return true;
    case kGetattr4:
      skip_attributes(reader);
      return true;
    case kLink4:
    case kRemove4:
      reader.skip(kChangeBytes);
      return true;
    case kRename4:
      reader.skip(2 * kChangeBytes);
      return true;
    case kCreate4:
      reader.skip(kChangeBytes);
      reader.skip_words();
      return true;
    case kSequence4:
      reader.skip(36);
      return true;
    case kSetattr4:
      reader.skip_words();
      return true;
    case kOpen4:
      reader.skip(kStateBytes + kChangeBytes + 4);
      reader.skip_words();
      return reader.u32() == 0;  // no delegation
    default:
      return false;
  }
}

}  // namespace

Data NfsConversation::read_compound(const Call& call, XdrReader& reader) noexcept {
  constexpr std::uint32_t kCompound = 1;
  if (call.procedure != kCompound) return {};
  reader.opaque();  // a tag
  reader.u32();     // the minor version
  const auto count = reader.u32();
  FileHandle current;
  Bytes name;
  for (std::uint32_t i = 0; i < count && i < kMaxOperations && reader.ok(); ++i) {
    const auto operation = reader.u32();
    switch (operation) {
      case kPutfh4:
        current = FileHandle(reader.opaque());
        break;
      case kLookup4:
        name = reader.opaque();
        break;
      case kOpen4:
        name = read_open(reader);
        break;
      case kCommit4:
        reader.skip(kCommitBytes);
        close_file(current);
        break;
      case kClose4:
        reader.skip(kStateBytes + 4);
        close_file(current);
        break;
      case kCreate4:
      case kRemove4:
      case kRename4:
      case kRead4:
      case kWrite4:
        return read_deed(call, operation, current, reader);
      default:
        if (!skip_arguments(operation, reader)) reader.fail();
    }
  }
  // what a name stands for comes with the reply
  if (name.empty()) return {};
  if (auto* pending = await(call, kOpen4, {})) pending->name.append_some(name);
  return {};
}

/// The operation for which a compound is sent.
Data NfsConversation::read_deed(const Call& call, std::uint32_t operation,
                                const FileHandle& current, XdrReader& reader) noexcept {
  if (operation == kRead4 || operation == kWrite4) {
    reader.skip(kStateBytes);
    const auto offset = reader.u64();
    reader.u32();  // how many bytes; how stable
    if (!reader.ok()) return {};
    if (operation == kWrite4) return begin_write(call, operation, current, offset, reader, false);
    ask_read(call, operation, current, offset);
    return {};
  }
  const auto name = operation == kCreate4 ? read_creation(reader) : reader.opaque();
  const auto target = operation == kRename4 ? reader.opaque() : Bytes{};
  auto own = call;
  own.procedure = operation;
  if (reader.ok()) simple(own, current, name, target);
  return {};
}

Data NfsConversation::read_compound_results(const PendingCall& call, XdrReader& reader) noexcept {
  const auto status = reader.u32();
  reader.opaque();  // the tag
  const auto count = reader.u32();
  for (std::uint32_t i = 0; i < count && i < kMaxOperations && reader.ok(); ++i) {
    const auto operation = reader.u32();
    if (reader.u32() != 0) break;
    if (operation == kGetfh4) {
      remember(FileHandle(reader.opaque()), call.name.view());
    } else if (operation == kRead4 && call.procedure == kRead4) {
      const bool is_last = reader.u32() != 0;
      return reader.ok() ? begin_read(call, reader, is_last) : Data{};
    } else if (!skip_results(operation, reader)) {
      break;
    }
  }
  answered(call, status, true, {});
  return {};
}

}  // namespace sekisho::engines::nfs
