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

/// Reads one command of a record, whose `header` is the record's with that command.
using ReadBlock1 = Bulk (*)(SmbConversation& conversation, const Header& header, Bytes record,
                            const Block1& block) noexcept;
/// Reads the commands of a chain (AndX) one after another, up to one whose data are to be passed.
Bulk read_chain1(SmbConversation& conversation, const Header& header, Bytes record,
                 ReadBlock1 read) noexcept;

/// A file's number within its session.
FileId file_id1(std::uint16_t number, const Header& header) noexcept;

}  // namespace sekisho::engines::smb
