#pragma once

#include "smb/smb_transaction.h"

namespace sekisho::engines::smb {

/// Takes who logs on out of a session setup's security blob (SPNEGO: NTLMSSP or Kerberos).
void read_security(SmbTransaction& transaction, Bytes blob) noexcept;
/// The transaction's session, made when there is none; null: no memory.
Session* session_of(SmbTransaction& transaction, MemoryPool& pool) noexcept;

/// "\\server\IPC$", in UTF-8.
bool is_pipe_share(Bytes share) noexcept;

}  // namespace sekisho::engines::smb
