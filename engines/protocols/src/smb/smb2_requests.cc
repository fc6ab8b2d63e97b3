// Requests of SMB2 (MS-SMB2 §2.2).
#include <algorithm>

#include "little_endian.h"
#include "smb/security.h"
#include "smb/smb2.h"
#include "smb/smb_text.h"

namespace sekisho::engines::smb {
namespace {

FileId file_id_at(Bytes record, std::size_t offset) noexcept {
  FileId id;
  const auto bytes = slice(record, offset, id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  id.size = static_cast<std::uint8_t>(id.bytes.size());
  return id;
}

/// Bytes at an offset and of a length that the record tells, both of 16 bits.
Bytes part_at(Bytes record, std::size_t place) noexcept {
  return slice(record, le16_at(record, place), le16_at(record, place + 2));
}

void read_negotiation(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  const bool again = conversation.find([](const SmbTransaction& one) {
    return one.subject == Subject::negotiation;
  }) != nullptr;
  auto* made = conversation.open(header, Subject::negotiation);
  if (made == nullptr) return;
  if (again) made->add_oddity("smb.duplicate_negotiate");
  made->negotiation = make_pooled<Negotiation>(conversation.pool(), conversation.pool());
  if (made->negotiation != nullptr) {
    auto& negotiation = *made->negotiation;
    const auto body = slice(record, kHeaderBytes2);
    const std::size_t count = le16_at(body, 2);
    const auto dialects = slice(body, 36);
    if (count == 0 || dialects.size() < 2 * count)
      made->add_oddity("smb.negotiate_malformed_dialects");
    for (std::size_t i = 0; i < std::min(count, Negotiation::kMaxDialects); ++i)
      if (dialects.size() >= 2 * i + 2)
        negotiation.dialects[negotiation.num_dialects++] = le16_at(dialects, 2 * i);
    const auto guid = slice(body, 12, 16);
    if (guid.size() == 16)
      std::copy(guid.begin(), guid.end(), negotiation.client.emplace().begin());
  }
  conversation.request_done(*made);
}

void read_session_setup(SmbConversation& conversation, const Header& header,
                        Bytes record) noexcept {
  auto* made = conversation.open(header, Subject::session);
  if (made == nullptr) return;
  read_security(*made, part_at(record, kHeaderBytes2 + 12));
  conversation.request_done(*made);
}

void read_tree_connect(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  auto* made = conversation.open(header, Subject::tree);
  if (made == nullptr) return;
  assign_utf16(part_at(record, kHeaderBytes2 + 4), made->share);
  made->share_is_pipe = is_pipe_share(made->share.view());
  conversation.request_done(*made);
}

void read_creation(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  constexpr std::uint32_t kDirectory = 1, kDeleteOnClose = 0x1000;
  auto* made = conversation.open(header, Subject::creation);
  if (made == nullptr) return;
  const auto body = slice(record, kHeaderBytes2);
  const auto options = le32_at(body, 40);
  made->disposition = le32_at(body, 36);
  made->is_directory = (options & kDirectory) != 0;
  made->delete_on_close = (options & kDeleteOnClose) != 0;
  assign_utf16(part_at(record, kHeaderBytes2 + 44), made->name);
  conversation.request_done(*made);
}

void read_control(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  const auto body = slice(record, kHeaderBytes2);
  const auto input = slice(record, le32_at(body, 24), le32_at(body, 28));
  constexpr std::uint32_t kTransceive = 0x0011c017;
  const auto control = le32_at(body, 4);
  if (control == kTransceive &&
      conversation.transact(Direction::to_server, header, file_id_at(body, 8), input))
    return;
  auto* made = conversation.open(header, Subject::control);
  if (made == nullptr) return;
  made->control = control;
  conversation.request_done(*made);
}

void read_change(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  constexpr std::uint8_t kFile = 1, kRename = 10, kDisposition = 13;
  const auto body = slice(record, kHeaderBytes2);
  const auto level = u8_at(body, 3);
  if (u8_at(body, 2) != kFile || (level != kRename && level != kDisposition)) return;
  const auto buffer = slice(record, le16_at(body, 8), le32_at(body, 4));
  auto* made = conversation.open(header, level == kRename ? Subject::rename : Subject::file_change);
  if (made == nullptr) return;
  made->file_id = file_id_at(body, 16);
  made->information = level;
  if (const auto* handle = conversation.handle(made->file_id))
    made->name.append_some(handle->name.view());
  if (level == kRename)
    assign_utf16(slice(buffer, 20, le32_at(buffer, 16)), made->target);
  else
    made->delete_on_close = u8_at(buffer, 0) != 0;
  conversation.request_done(*made);
}

Bulk read_write(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  const auto body = slice(record, kHeaderBytes2);
  const Bulk where{le16_at(body, 2), le32_at(body, 4)};
  if (conversation.max_write != 0 && where.length > conversation.max_write)
    conversation.add_oddity("smb.write_request_too_large");
  return conversation.begin_data(Direction::to_server, header, file_id_at(body, 16),
                                 le64_at(body, 8), where);
}

void read_read(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  const auto body = slice(record, kHeaderBytes2);
  if (conversation.max_read != 0 && le32_at(body, 4) > conversation.max_read)
    conversation.add_oddity("smb.read_request_too_large");
  conversation.asked_to_read(header, file_id_at(body, 16), le64_at(body, 8));
}

}  // namespace

bool is_related(const FileId& id) noexcept {
  return std::all_of(id.bytes.begin(), id.bytes.end(), [](auto byte) { return byte == 0xff; });
}

Bulk read_request2(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  switch (header.command) {
    case kNegotiate2:
      read_negotiation(conversation, header, record);
      return {};
    case kSessionSetup2:
      read_session_setup(conversation, header, record);
      return {};
    case kTreeConnect2:
      read_tree_connect(conversation, header, record);
      return {};
    case kCreate2:
      read_creation(conversation, header, record);
      return {};
    case kIoctl2:
      read_control(conversation, header, record);
      return {};
    case kSetInfo2:
      read_change(conversation, header, record);
      return {};
    case kGetInfo2:
      return {};
    case kRead2:
      read_read(conversation, header, record);
      return {};
    case kWrite2:
      return read_write(conversation, header, record);
    default:
      break;
  }
  auto* made = conversation.open(header, Subject::command);
  if (made == nullptr) return {};
  if (header.command == kClose2) {
    made->file_id = file_id_at(record, kHeaderBytes2 + 8);
    conversation.request_done(*made);
    if (!is_related(made->file_id)) conversation.close(made->file_id);
    return {};
  }
  conversation.request_done(*made);
  return {};
}

}  // namespace sekisho::engines::smb
