// DCERPC over named pipes (MS-RPCE §2.1.1.2).
#include "smb/smb_conversation.h"

namespace sekisho::engines::smb {
namespace {

/// What one writes to, or reads from, a pipe first looks like a PDU. Of a few bytes, on a share
/// that is one of pipes, it is enough that they may be one's.
bool begins_pdu(Bytes bytes, bool of_pipes) noexcept {
  if (bytes.empty()) return false;
  const auto length = dcerpc::pdu_bytes(bytes);
  if (bytes.size() < dcerpc::kHeaderBytes) return of_pipes && length != 0;
  if (length == 0) return false;
  const auto type = bytes[2];
  return type == dcerpc::kRequest || type == dcerpc::kResponse || type == dcerpc::kFault ||
         (type >= dcerpc::kBind && type <= dcerpc::kAuth3);
}

}  // namespace

/// Null: not one of DCERPC.
Pipe* SmbConversation::pipe_of(const FileId& file, const Header& header, Bytes first) noexcept {
  auto* known = handle(file);
  if (known != nullptr && known->pipe != nullptr) return known->pipe.get();
  const auto* share = tree(header);
  if (share != nullptr && !share->is_pipe) return nullptr;
  if (!begins_pdu(first, share != nullptr)) return nullptr;
  if (known == nullptr) known = open_handle(file, {});
  if (known == nullptr) return nullptr;
  known->pipe = make_pooled<Pipe>(pool_, pool_);
  return known->pipe.get();
}

bool SmbConversation::transact(Direction direction, const Header& header, const FileId& file,
                               Bytes bytes) noexcept {
  if (pipe_of(file, header, bytes) == nullptr) return false;
  read_pipe(direction, header, *handle(file), bytes);
  return true;
}

void SmbConversation::read_pipe(Direction direction, const Header& header, Handle& handle,
                                Bytes bytes) noexcept {
  auto& messages = handle.pipe->messages[index_of(direction)];
  bool& broken = handle.pipe->broken[index_of(direction)];
  if (broken && !begins_pdu(bytes, false)) return;
  if (broken) messages.reset();
  broken = false;
  MessageAssembler::Piece piece;
  auto status = MessageAssembler::Status::more;
  while ((status = messages.next(bytes, piece)) == MessageAssembler::Status::piece)
    if (const auto pdu = dcerpc::read_pdu(piece.bytes)) read_pdu(direction, header, handle, *pdu);
  broken = status == MessageAssembler::Status::broken;
}

SmbTransaction* SmbConversation::open_call(const Header& header, Handle& handle,
                                           std::uint32_t id) noexcept {
  auto call = make_pooled<dcerpc::Call>(pool_, pool_);
  if (call == nullptr) return nullptr;
  auto* made = open(header, Subject::call);
  if (made == nullptr) return nullptr;
  made->call = std::move(call);
  made->call->id = id;
  made->interfaces = &handle.pipe->interfaces;
  made->file_id = handle.id;
  return made;
}

void SmbConversation::read_pdu(Direction direction, const Header& header, Handle& handle,
                               const dcerpc::Pdu& pdu) noexcept {
  if (!dcerpc::is_from(pdu, direction)) return;
  const bool begins =
      direction == Direction::to_server && (pdu.flags & dcerpc::kFirstFragment) != 0;
  const auto* interfaces = &handle.pipe->interfaces;
  auto* found = begins ? nullptr : transactions_.find([&](const SmbTransaction& one) {
    return one.interfaces == interfaces && one.call->id == pdu.call_id &&
           !one.call->side(direction).done;
  });
  if (found == nullptr) found = open_call(header, handle, pdu.call_id);
  if (found == nullptr) return;
  found->call->add(pdu, direction, handle.pipe->interfaces, found->id());
  if (!found->call->side(direction).done) return;
  if (direction == Direction::to_server) return request_done(*found);
  found->status = header.status;
  finish(*found);
}

}  // namespace sekisho::engines::smb
