#pragma once

#include "smb/smb_conversation.h"

namespace sekisho::engines::smb {

/// A command of a record: its words and bytes (MS-CIFS §2.2.3.2-3).
struct Block1 {
  std::uint8_t command = 0;
  Bytes words;               // without their count
  Bytes bytes;               // without theirs
  std::size_t bytes_at = 0;  // in the record: where their count stands, plus 2
};

/// A record of SMB1, its beginning at least; what data of it are to be passed.
Bulk read_request1(SmbConversation& conversation, const Header& header, Bytes record) noexcept;
Bulk read_answer1(SmbConversation& conversation, const Header& header, Bytes record) noexcept;

/// The block at `offset`; nullopt: the record ends before its words do.
std::optional<Block1> block_at(Bytes record, std::size_t offset, std::uint8_t command) noexcept;
/// The next command of a chain (AndX), with its offset; nullopt: `block` is the last.
struct Next1 {
  std::uint8_t command = 0;
  std::size_t offset = 0;
};
std::optional<Next1> next_of(const Block1& block, std::size_t after) noexcept;

/// A file's number within its session.
FileId file_id1(std::uint16_t number, const Header& header) noexcept;

/// Commands that are read of a chain; each lies further back than the one before.
inline constexpr std::size_t kMaxChain1 = 8;

}  // namespace sekisho::engines::smb
