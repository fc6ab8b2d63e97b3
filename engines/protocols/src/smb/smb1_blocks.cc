#include "little_endian.h"
#include "smb/smb1.h"

namespace sekisho::engines::smb {
namespace {

/// Commands that are read of a chain; each lies further back than the one before.
constexpr std::size_t kMaxChain1 = 8;

/// The next command of a chain, with its offset.
struct Next1 {
  std::uint8_t command = 0;
  std::size_t offset = 0;
};

/// The block at `offset`; nullopt: the record ends before its words do.
std::optional<Block1> block_at(Bytes record, std::size_t offset, std::uint8_t command) noexcept {
  const auto rest = slice(record, offset);
  if (rest.empty()) return std::nullopt;
  const std::size_t words = 2 * std::size_t{rest[0]};
  if (rest.size() < 1 + words) return std::nullopt;
  Block1 block;
  block.command = command;
  block.words = rest.subspan(1, words);
  block.bytes_at = offset + 1 + words + 2;
  // a count that is wrong is found in the wild: the record's end counts
  block.bytes = slice(record, block.bytes_at);
  return block;
}

/// Nullopt: `block` is the last.
std::optional<Next1> next_of(const Block1& block, std::size_t after) noexcept {
  constexpr std::uint8_t kNone = 0xff;
  switch (block.command) {
    case kOpenAndX1:
    case kReadAndX1:
    case kWriteAndX1:
    case kSessionSetup1:
    case kLogoff1:
    case kTreeConnect1:
    case kCreate1:
      break;
    default:
      return std::nullopt;
  }
  const Next1 next{u8_at(block.words, 0), le16_at(block.words, 2)};
  if (block.words.size() < 4 || next.command == kNone || next.offset <= after) return std::nullopt;
  return next;
}

}  // namespace

Bulk read_chain1(SmbConversation& conversation, const Header& header, Bytes record,
                 ReadBlock1 read) noexcept {
  std::size_t offset = kHeaderBytes1;
  auto own = header;
  for (std::size_t i = 0; i < kMaxChain1; ++i) {
    const auto block = block_at(record, offset, static_cast<std::uint8_t>(own.command));
    if (!block) {
      conversation.add_oddity("smb.malformed_data");
      return {};
    }
    const auto bulk = read(conversation, own, record, *block);
    const auto next = next_of(*block, offset);
    if (!next || bulk.length != 0) return bulk;
    own.command = next->command;
    offset = next->offset;
  }
  return {};
}

FileId file_id1(std::uint16_t number, const Header& header) noexcept {
  FileId id;
  id.bytes[0] = static_cast<std::uint8_t>(number);
  id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[2] = static_cast<std::uint8_t>(header.session_id);
  id.bytes[3] = static_cast<std::uint8_t>(header.session_id >> 8);
  id.size = 4;
  return id;
}

}  // namespace sekisho::engines::smb
