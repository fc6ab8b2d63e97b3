// Answers of SMB1 (MS-CIFS §2.2.4, MS-SMB §2.2.4).
#include "little_endian.h"
#include "smb/security.h"
#include "smb/smb1.h"
#include "smb/smb_text.h"

namespace sekisho::engines::smb {
namespace {

bool has_data(std::uint32_t status) noexcept {
  return status == kSuccess || status == kBufferOverflow;
}

void read_negotiation(SmbConversation& conversation, SmbTransaction& asked,
                      const Block1& block) noexcept {
  const std::size_t index = le16_at(block.words, 0);
  if (asked.negotiation == nullptr || block.words.size() < 2) return;
  auto rest = asked.negotiation->names.view();
  for (std::size_t i = 0; !rest.empty(); ++i) {
    const auto name = take_text(rest, false, 0);
    if (i != index) continue;
    conversation.dialect_text.clear();
    conversation.dialect_text.append_some(name);
    return;
  }
}

void read_session_setup(const Header& answer, SmbTransaction& asked, const Block1& block) noexcept {
  constexpr std::size_t kExtendedWords = 8, kWords = 6;
  asked.header.session_id = answer.session_id;
  if (asked.session == nullptr || block.words.size() < kWords) return;
  auto bytes = block.bytes;
  auto at = block.bytes_at;
  if (block.words.size() >= kExtendedWords) {
    const auto blob = le16_at(block.words, 6);
    bytes = slice(bytes, blob);
    at += blob;
  }
  auto& session = *asked.session;
  session.has_system[1] = true;
  const auto before = bytes.size();
  assign_text(take_text(bytes, answer.unicode, at), answer.unicode, session.systems[1]);
  assign_text(take_text(bytes, answer.unicode, at + before - bytes.size()), answer.unicode,
              session.managers[1]);
}

void read_tree_connect(SmbConversation& conversation, const Header& answer, SmbTransaction& asked,
                       const Block1& block) noexcept {
  auto bytes = block.bytes;
  assign_text(take_text(bytes, false, 0), false, asked.services[1]);
  const auto service = asked.services[1].view();
  asked.share_is_pipe = service.size() >= 3 && service[0] == 'I' && service[1] == 'P';
  asked.header.tree_id = answer.tree_id;
  conversation.connect(answer, asked.share.view(), asked.share_is_pipe);
}

void read_creation(SmbConversation& conversation, const Header& answer, SmbTransaction& asked,
                   const Block1& block) noexcept {
  const auto& words = block.words;
  asked.file_id = file_id1(le16_at(words, 5), answer);
  asked.attributes = {le64_at(words, 11), le64_at(words, 19), le64_at(words, 27),
                      le64_at(words, 35), le64_at(words, 55)};
  conversation.open_handle(asked.file_id, asked.name.view());
}

Bulk read_read(SmbConversation& conversation, const Header& answer, const Block1& block) noexcept {
  const auto asked = conversation.take_read(answer);
  if (!asked) return {};
  if (answer.status == kEndOfFile && !answer.status_is_dos)
    conversation.end_of_file(asked->file, answer.status);
  if (!has_data(answer.status)) return {};
  auto header = asked->header;
  header.status = answer.status;
  constexpr std::size_t kBeforeData = 3;
  const auto& words = block.words;
  const Bulk where =
      block.command == kRead1
          ? Bulk{block.bytes_at + kBeforeData, le16_at(words, 0)}
          : Bulk{le16_at(words, 12), std::uint64_t{le16_at(words, 14)} << 16 | le16_at(words, 10)};
  return conversation.begin_data(Direction::to_client, header, asked->file, asked->offset, where);
}

void read_named_pipe(SmbConversation& conversation, const Header& answer, Bytes record,
                     const Block1& block) noexcept {
  auto* call = conversation.find([&](const SmbTransaction& one) {
    return one.subject == Subject::call && one.header.command == kTransaction1 &&
           one.header.message_id == answer.message_id;
  });
  if (call == nullptr) return;
  if (!has_data(answer.status)) return conversation.answered(*call, answer);
  auto header = call->header;
  header.status = answer.status;
  conversation.transact(Direction::to_client, header, call->file_id,
                        slice(record, le16_at(block.words, 14), le16_at(block.words, 12)));
}

Bulk read_block(SmbConversation& conversation, const Header& answer, Bytes record,
                const Block1& block) noexcept {
  auto* asked = conversation.asked(answer);
  if (answer.command == kTransaction1) {
    read_named_pipe(conversation, answer, record, block);
    return {};
  }
  if (asked != nullptr && answer.status == kSuccess) {
    if (answer.command == kNegotiate1) read_negotiation(conversation, *asked, block);
    if (answer.command == kTreeConnect1) read_tree_connect(conversation, answer, *asked, block);
    if (answer.command == kCreate1) read_creation(conversation, answer, *asked, block);
    if (answer.command == kOpenAndX1)
      conversation.open_handle(file_id1(le16_at(block.words, 4), answer), asked->name.view());
  }
  if (asked != nullptr && answer.command == kSessionSetup1)
    read_session_setup(answer, *asked, block);
  if (asked != nullptr) conversation.answered(*asked, answer);
  if (answer.command == kReadAndX1 || answer.command == kRead1)
    return read_read(conversation, answer, block);
  return {};
}

}  // namespace

Bulk read_answer1(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  return read_chain1(conversation, header, record, read_block);
}

}  // namespace sekisho::engines::smb
