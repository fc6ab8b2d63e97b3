// Requests of SMB1 (MS-CIFS §2.2.4, MS-SMB §2.2.4).
#include <algorithm>

#include "little_endian.h"
#include "smb/security.h"
#include "smb/smb1.h"
#include "smb/smb_text.h"

namespace sekisho::engines::smb {
namespace {

/// A text off the front of the block's bytes.
void take(Block1& block, bool unicode, PooledBytes& out) noexcept {
  const auto before = block.bytes.size();
  assign_text(take_text(block.bytes, unicode, block.bytes_at), unicode, out);
  block.bytes_at += before - block.bytes.size();
}
void skip(Block1& block, std::size_t count) noexcept {
  block.bytes = slice(block.bytes, count);
  block.bytes_at += count;
}

void read_negotiation(SmbConversation& conversation, const Header& header,
                      Bytes dialects) noexcept {
  constexpr std::uint8_t kDialect = 2;
  const bool again = conversation.find([](const SmbTransaction& one) {
    return one.subject == Subject::negotiation;
  }) != nullptr;
  auto* made = conversation.open(header, Subject::negotiation);
  if (made == nullptr) return;
  if (again) made->add_oddity("smb.duplicate_negotiate");
  made->negotiation = make_pooled<Negotiation>(conversation.pool(), conversation.pool());
  while (made->negotiation != nullptr && !dialects.empty()) {
    if (dialects[0] != kDialect) {
      made->add_oddity("smb.negotiate_malformed_dialects");
      break;
    }
    dialects = dialects.subspan(1);
    const auto name = take_text(dialects, false, 0);
    constexpr std::uint8_t kEnd[] = {0};
    auto& names = made->negotiation->names;
    if (names.size() + name.size() + 1 > names.max_size()) break;
    if (!names.append(name) || !names.append(kEnd)) break;
  }
  conversation.request_done(*made);
}

void read_session_setup(SmbConversation& conversation, const Header& header,
                        Block1 block) noexcept {
  constexpr std::size_t kExtendedWords = 24, kNtWords = 26;
  auto* made = conversation.open(header, Subject::session);
  if (made == nullptr) return;
  auto* session = session_of(*made, conversation.pool());
  const auto length = le16_at(block.words, 14);
  if (session != nullptr && block.words.size() == kExtendedWords) {
    read_security(*made, slice(block.bytes, 0, length));
    skip(block, length);
  } else if (session != nullptr && block.words.size() == kNtWords) {
    skip(block, std::size_t{length} + le16_at(block.words, 16));
    take(block, header.unicode, session->user);
    take(block, header.unicode, session->domain);
  }
  if (session != nullptr && block.words.size() >= kExtendedWords) {
    session->has_system[0] = true;
    take(block, header.unicode, session->systems[0]);
    take(block, header.unicode, session->managers[0]);
  }
  conversation.request_done(*made);
}

void read_tree_connect(SmbConversation& conversation, const Header& header, Block1 block) noexcept {
  auto* made = conversation.open(header, Subject::tree);
  if (made == nullptr) return;
  skip(block, le16_at(block.words, 6));  // the password
  take(block, header.unicode, made->share);
  take(block, false, made->services[0]);
  const auto service = made->services[0].view();
  made->share_is_pipe =
      (service.size() >= 3 && service[0] == 'I' && service[1] == 'P' && service[2] == 'C') ||
      is_pipe_share(made->share.view());
  conversation.request_done(*made);
}

void read_creation(SmbConversation& conversation, const Header& header, Block1 block) noexcept {
  constexpr std::uint32_t kDirectory = 1, kDeleteOnClose = 0x1000;
  auto* made = conversation.open(header, Subject::creation);
  if (made == nullptr) return;
  made->disposition = le32_at(block.words, 35);
  const auto options = le32_at(block.words, 39);
  made->is_directory = (options & kDirectory) != 0;
  made->delete_on_close = (options & kDeleteOnClose) != 0;
  take(block, header.unicode, made->name);
  conversation.request_done(*made);
}

void read_open(SmbConversation& conversation, const Header& header, Block1 block) noexcept {
  auto* made = conversation.open(header, Subject::command);
  if (made == nullptr) return;
  take(block, header.unicode, made->name);
  conversation.request_done(*made);
}

void read_rename(SmbConversation& conversation, const Header& header, Block1 block) noexcept {
  auto* made = conversation.open(header, Subject::rename);
  if (made == nullptr) return;
  skip(block, 1);  // the buffer's format
  take(block, header.unicode, made->name);
  skip(block, 1);
  take(block, header.unicode, made->target);
  conversation.request_done(*made);
}

void read_named_pipe(SmbConversation& conversation, const Header& header, Bytes record,
                     const Block1& block) noexcept {
  constexpr std::uint16_t kTransact = 0x26, kSetupAt = 28;
  if (le16_at(block.words, kSetupAt) != kTransact) return;
  conversation.transact(Direction::to_server, header,
                        file_id1(le16_at(block.words, kSetupAt + 2), header),
                        slice(record, le16_at(block.words, 24), le16_at(block.words, 22)));
}

void read_transaction2(SmbConversation& conversation, const Header& header, Bytes record,
                       const Block1& block) noexcept {
  constexpr std::uint16_t kSetPath = 6, kSetFile = 8, kSetupAt = 28;
  constexpr std::uint16_t kRename = 1010, kDisposition = 0x102, kPassedDisposition = 1013;
  const auto which = le16_at(block.words, kSetupAt);
  if (which != kSetPath && which != kSetFile) return;
  const auto parameters_at = le16_at(block.words, 20);
  const auto parameters = slice(record, parameters_at, le16_at(block.words, 18));
  const auto data = slice(record, le16_at(block.words, 24), le16_at(block.words, 22));
  const auto level = le16_at(parameters, which == kSetFile ? 2 : 0);
  auto* made = conversation.open(header, level == kRename    ? Subject::rename
                                         : which == kSetFile ? Subject::file_change
                                                             : Subject::path_change);
  if (made == nullptr) return;
  made->information = level;
  if (which == kSetFile) {
    made->file_id = file_id1(le16_at(parameters, 0), header);
    if (const auto* handle = conversation.handle(made->file_id))
      made->name.append_some(handle->name.view());
  } else {
    auto rest = slice(parameters, 6);
    assign_text(take_text(rest, header.unicode, parameters_at + std::size_t{6}), header.unicode,
                made->name);
  }
  if (level == kRename) assign_utf16(slice(data, 12, le32_at(data, 8)), made->target);
  if (level == kDisposition || level == kPassedDisposition)
    made->delete_on_close = u8_at(data, 0) != 0;
  conversation.request_done(*made);
}

Bulk read_write_andx(SmbConversation& conversation, const Header& header,
                     const Block1& block) noexcept {
  constexpr std::size_t kLongWords = 28;
  const auto& words = block.words;
  const auto high = words.size() >= kLongWords ? std::uint64_t{le32_at(words, 24)} << 32 : 0;
  const Bulk where{le16_at(words, 22),
                   std::uint64_t{le16_at(words, 18)} << 16 | le16_at(words, 20)};
  return conversation.begin_data(Direction::to_server, header, file_id1(le16_at(words, 4), header),
                                 high | le32_at(words, 6), where);
}

/// WRITE and WRITE_AND_CLOSE: `before` bytes of the block stand before the data.
Bulk read_write(SmbConversation& conversation, const Header& header, const Block1& block,
                std::size_t before) noexcept {
  const Bulk where{block.bytes_at + before, le16_at(block.words, 2)};
  return conversation.begin_data(Direction::to_server, header,
                                 file_id1(le16_at(block.words, 0), header), le32_at(block.words, 4),
                                 where);
}

void read_read(SmbConversation& conversation, const Header& header, const Block1& block) noexcept {
  constexpr std::size_t kLongWords = 24;
  const auto& words = block.words;
  if (block.command == kRead1)
    return conversation.asked_to_read(header, file_id1(le16_at(words, 0), header),
                                      le32_at(words, 4));
  const auto high = words.size() >= kLongWords ? std::uint64_t{le32_at(words, 20)} << 32 : 0;
  conversation.asked_to_read(header, file_id1(le16_at(words, 4), header), high | le32_at(words, 6));
}

Bulk read_block(SmbConversation& conversation, const Header& header, Bytes record,
                const Block1& block) noexcept {
  switch (block.command) {
    case kNegotiate1:
      read_negotiation(conversation, header, block.bytes);
      return {};
    case kSessionSetup1:
      read_session_setup(conversation, header, block);
      return {};
    case kTreeConnect1:
      read_tree_connect(conversation, header, block);
      return {};
    case kCreate1:
      read_creation(conversation, header, block);
      return {};
    case kOpenAndX1:
      read_open(conversation, header, block);
      return {};
    case kRename1:
      read_rename(conversation, header, block);
      return {};
    case kTransaction1:
      read_named_pipe(conversation, header, record, block);
      return {};
    case kTransaction21:
      read_transaction2(conversation, header, record, block);
      return {};
    case kReadAndX1:
      read_read(conversation, header, block);
      return {};
    case kWriteAndX1:
      return read_write_andx(conversation, header, block);
    default:
      break;
  }
  auto* made = conversation.open(header, Subject::command);
  if (made != nullptr) conversation.request_done(*made);
  if (block.command == kRead1) read_read(conversation, header, block);
  if (block.command == kWrite1) return read_write(conversation, header, block, 3);
  if (block.command == kWriteAndClose1) return read_write(conversation, header, block, 1);
  if (block.command == kClose1) conversation.close(file_id1(le16_at(block.words, 0), header));
  return {};
}

}  // namespace

Bulk read_request1(SmbConversation& conversation, const Header& header, Bytes record) noexcept {
  return read_chain1(conversation, header, record, read_block);
}

}  // namespace sekisho::engines::smb
