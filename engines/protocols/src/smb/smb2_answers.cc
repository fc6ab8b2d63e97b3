// Answers of SMB2 (MS-SMB2 §2.2).
#include <algorithm>

#include "little_endian.h"
#include "smb/smb2.h"

namespace sekisho::engines::smb {
namespace {

constexpr std::size_t kFileIdBytes = 16;

bool has_data(std::uint32_t status) noexcept {
  return status == kSuccess || status == kBufferOverflow;
}

void read_negotiation(SmbConversation& conversation, const Header& answer, Bytes record) noexcept {
  const auto body = slice(record, kHeaderBytes2);
  // what SMB1's request asked for may be answered so
  auto* asked = conversation.find(
      [](const SmbTransaction& one) { return one.subject == Subject::negotiation && !one.status; });
  if (answer.status == kSuccess) {
    conversation.dialect = le16_at(body, 4);
    conversation.max_read = le32_at(body, 32);
    conversation.max_write = le32_at(body, 36);
  }
  if (asked == nullptr) return;
  if (asked->negotiation != nullptr && answer.status == kSuccess) {
    auto& negotiation = *asked->negotiation;
    const auto guid = slice(body, 8, 16);
    if (guid.size() == 16)
      std::copy(guid.begin(), guid.end(), negotiation.server.emplace().begin());
    negotiation.max_read = conversation.max_read;
    negotiation.max_write = conversation.max_write;
  }
  conversation.answered(*asked, answer);
}

void read_tree_connect(SmbConversation& conversation, const Header& answer, Bytes record,
                       SmbTransaction* asked) noexcept {
  constexpr std::uint8_t kPipe = 2;
  const auto type = u8_at(record, kHeaderBytes2 + 2);
  if (asked == nullptr) {
    if (answer.status == kSuccess) conversation.connect(answer, {}, type == kPipe);
    return;
  }
  if (answer.status == kSuccess) {
    asked->share_type = type;
    asked->share_is_pipe = type == kPipe;
    conversation.connect(answer, asked->share.view(), asked->share_is_pipe);
  }
  asked->header.tree_id = answer.tree_id;
  conversation.answered(*asked, answer);
}

void read_creation(SmbConversation& conversation, const Header& answer, Bytes record,
                   SmbTransaction* asked, RelatedFile& related) noexcept {
  const auto body = slice(record, kHeaderBytes2);
  const auto id = slice(body, 64, kFileIdBytes);
  if (answer.status != kSuccess || id.size() != kFileIdBytes) {
    if (asked != nullptr) conversation.answered(*asked, answer);
    return;
  }
  related.file.size = kFileIdBytes;
  std::copy(id.begin(), id.end(), related.file.bytes.begin());
  conversation.open_handle(related.file, asked == nullptr ? Bytes{} : asked->name.view());
  if (asked == nullptr) return;
  asked->file_id = related.file;
  asked->attributes = {le64_at(body, 8), le64_at(body, 16), le64_at(body, 24), le64_at(body, 32),
                       le64_at(body, 48)};
  conversation.answered(*asked, answer);
}

Bulk read_read(SmbConversation& conversation, const Header& answer, Bytes record,
               const RelatedFile& related) noexcept {
  auto asked = conversation.take_read(answer);
  if (!asked) return {};
  if (is_related(asked->file)) asked->file = related.file;
  if (answer.status == kEndOfFile) conversation.end_of_file(asked->file, answer.status);
  if (!has_data(answer.status)) return {};
  const auto body = slice(record, kHeaderBytes2);
  const Bulk where{u8_at(body, 2), le32_at(body, 4)};
  asked->header.status = answer.status;
  if (conversation.max_read != 0 && where.length > conversation.max_read)
    conversation.add_oddity("smb.read_response_too_large");
  return conversation.begin_data(Direction::to_client, asked->header, asked->file, asked->offset,
                                 where);
}

void read_control(SmbConversation& conversation, const Header& answer, Bytes record) noexcept {
  constexpr std::uint32_t kTransceive = 0x0011c017;
  const auto body = slice(record, kHeaderBytes2);
  auto* call = conversation.find([&](const SmbTransaction& one) {
    return one.subject == Subject::call && one.header.command == kIoctl2 &&
           one.header.message_id == answer.message_id;
  });
  if (call == nullptr) return;
  if (!has_data(answer.status)) return conversation.answered(*call, answer);
  if (le32_at(body, 4) != kTransceive) return;
  auto header = call->header;
  header.status = answer.status;
  conversation.transact(Direction::to_client, header, call->file_id,
                        slice(record, le32_at(body, 32), le32_at(body, 36)));
}

}  // namespace

Bulk read_answer2(SmbConversation& conversation, const Header& answer, Bytes record,
                  RelatedFile& related) noexcept {
  if (answer.status == kPending) return {};  // the real answer follows
  if (answer.command == kRead2) return read_read(conversation, answer, record, related);
  if (answer.command == kNegotiate2) {
    read_negotiation(conversation, answer, record);
    return {};
  }
  auto* asked = conversation.asked(answer);
  switch (answer.command) {
    case kTreeConnect2:
      read_tree_connect(conversation, answer, record, asked);
      return {};
    case kTreeDisconnect2:
      conversation.disconnect(answer);
      break;
    case kCreate2:
      read_creation(conversation, answer, record, asked, related);
      return {};
    case kIoctl2:
      if (asked == nullptr) read_control(conversation, answer, record);
      break;
    case kSessionSetup2:
      if (asked != nullptr) asked->header.session_id = answer.session_id;
      break;
    case kClose2:
      if (asked != nullptr && is_related(asked->file_id)) conversation.close(related.file);
      break;
    default:
      break;
  }
  if (asked != nullptr) conversation.answered(*asked, answer);
  return {};
}

}  // namespace sekisho::engines::smb
