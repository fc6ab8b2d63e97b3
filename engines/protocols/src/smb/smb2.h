#pragma once

#include "smb/smb_conversation.h"

namespace sekisho::engines::smb {

/// Names what a message's related records act on.
struct RelatedFile {
  FileId file;
};

/// The id that stands for the file of the record before.
bool is_related(const FileId& id) noexcept;

/// A record of SMB2 or SMB3 (MS-SMB2), its beginning at least; what data of it are to be passed.
Bulk read_request2(SmbConversation& conversation, const Header& header, Bytes record) noexcept;
Bulk read_answer2(SmbConversation& conversation, const Header& header, Bytes record,
                  RelatedFile& related) noexcept;

}  // namespace sekisho::engines::smb
