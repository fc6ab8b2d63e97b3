// Transactions and files of NFS; what the versions say of them is in nfs_calls.cc and the like.
#include "nfs/nfs_conversation.h"

#include <algorithm>

#include "nfs/nfs_names.h"

namespace sekisho::engines::nfs {

Data NfsConversation::message(Direction direction, Bytes message) noexcept {
  targets_[index_of(direction)] = {};
  if (direction == Direction::to_server) {
    const auto call = read_call(message);
    if (!call || call->program != kNfsProgram) return {};
    return read_arguments(*call, message);
  }
  const auto reply = read_reply(message);
  return reply ? read_results(message, *reply) : Data{};
}

NfsTransaction* NfsConversation::open(const Call& call, std::uint32_t procedure) noexcept {
  if (transactions_.size() == kMaxOpen) finish(*transactions_.oldest());
  auto* made = transactions_.open(*events_);
  if (made == nullptr) return nullptr;
  made->xid = call.xid;
  made->version = call.version;
  made->procedure = procedure;
  made->flavor = call.flavor;
  made->machine.append_some(call.machine);
  made->uid = call.uid;
  made->gid = call.gid;
  return made;
}

/// A call that has a transaction of its own until its reply.
void NfsConversation::simple(const Call& call, const FileHandle& handle, Bytes name,
                             Bytes target) noexcept {
  auto* made = open(call, call.procedure);
  if (made == nullptr) return;
  made->handle = handle;
  made->name.append_some(name);
  made->target.append_some(target);
  if (auto* pending = await(call, call.procedure, handle)) pending->name.append_some(name);
  reach(*made, Direction::to_server, kStageEnd, *events_);
}

PendingCall* NfsConversation::await(const Call& call, std::uint32_t procedure,
                                    const FileHandle& handle) noexcept {
  auto* made = pending_.add(make_pooled<PendingCall>(pool_, pool_));
  if (made == nullptr) return nullptr;
  made->xid = call.xid;
  made->version = call.version;
  made->procedure = procedure;
  made->guarded = call.guarded;
  made->encrypted = call.encrypted;
  made->handle = handle;
  return made;
}

void NfsConversation::finish(NfsTransaction& transaction) noexcept {
  end_file(transaction, true);
  transactions_.finish(transaction, *events_);
}

/// Nothing need say that a file was written whole: the conversation's end is that of its files.
void NfsConversation::finish_all() noexcept {
  while (auto* one = transactions_.oldest()) {
    end_file(*one, false);
    finish(*one);
  }
}

/// `found`: what a name turned out to stand for.
void NfsConversation::answered(const PendingCall& call, std::uint32_t status, bool accepted,
                               const FileHandle& found) noexcept {
  auto* asked = transactions_.find([&](const NfsTransaction& one) { return one.xid == call.xid; });
  if (asked == nullptr) return;
  // a file goes on, unless it could not be read at all
  if (asked->is_file && status == 0 && accepted) return;
  asked->status = status;
  asked->accepted = accepted;
  if (!found.empty()) asked->handle = found;
  finish(*asked);
}

NfsTransaction* NfsConversation::file_of(const FileHandle& handle, Direction direction) noexcept {
  return transactions_.find([&](const NfsTransaction& one) {
    return one.is_file && one.file_direction == direction && one.handle == handle;
  });
}

NfsTransaction* NfsConversation::open_file(const Call& call, std::uint32_t procedure,
                                           const FileHandle& handle, Direction direction) noexcept {
  if (auto* known = file_of(handle, direction)) return known;
  auto* made = open(call, procedure);
  if (made == nullptr) return nullptr;
  made->is_file = true;
  made->file_direction = direction;
  made->handle = handle;
  made->name.append_some(name_of(handle));
  made->file = make_pooled<ScatteredFile>(pool_, pool_);
  if (made->file != nullptr)
    made->file->begin(next_file_++, made->name.view(), direction, options_.body_depth);
  reach(*made, Direction::to_server, kStageEnd, *events_);
  return made;
}

void NfsConversation::ask_read(const Call& call, std::uint32_t procedure, const FileHandle& handle,
                               std::uint64_t offset) noexcept {
  open_file(call, procedure, handle, Direction::to_client);
  if (auto* pending = await(call, procedure, handle)) pending->offset = offset;
}

Data NfsConversation::begin_write(const Call& call, std::uint32_t procedure,
                                  const FileHandle& handle, std::uint64_t offset, XdrReader& reader,
                                  bool is_last) noexcept {
  auto* transaction = open_file(call, procedure, handle, Direction::to_server);
  if (transaction == nullptr) return {};
  return begin_part(Direction::to_server, *transaction, offset, call.xid, reader, is_last);
}

Data NfsConversation::begin_read(const PendingCall& call, XdrReader& reader,
                                 bool is_last) noexcept {
  auto* transaction = file_of(call.handle, Direction::to_client);
  if (transaction == nullptr) return {};
  return begin_part(Direction::to_client, *transaction, call.offset, call.xid, reader, is_last);
}

/// Data with their length before them come next.
Data NfsConversation::begin_part(Direction direction, NfsTransaction& transaction,
                                 std::uint64_t offset, std::uint32_t xid, XdrReader& reader,
                                 bool is_last) noexcept {
  const std::uint64_t length = reader.u32();
  if (!reader.ok()) return {};
  ++transaction.chunks;
  transaction.last_xid = xid;
  auto& target = targets_[index_of(direction)];
  target = {true, is_last, transaction.handle};
  if (transaction.file != nullptr) transaction.file->begin_part(offset);
  return {reader.position(), length};
}

void NfsConversation::data(Direction direction, Bytes bytes) noexcept {
  const auto& target = targets_[index_of(direction)];
  if (!target.active) return;
  auto* transaction = file_of(target.handle, direction);
  if (transaction == nullptr || transaction->file == nullptr) return;
  file_under_way_ = transaction;
  transaction->file->append(bytes, *this);
}

void NfsConversation::data_lost(Direction direction, std::uint64_t count) noexcept {
  const auto& target = targets_[index_of(direction)];
  if (!target.active) return;
  auto* transaction = file_of(target.handle, direction);
  if (transaction != nullptr && transaction->file != nullptr) transaction->file->lose(count);
}

void NfsConversation::data_end(Direction direction) noexcept {
  auto& target = targets_[index_of(direction)];
  if (!target.active) return;
  target.active = false;
  auto* transaction = file_of(target.handle, direction);
  if (transaction == nullptr) return;
  if (transaction->file != nullptr) {
    file_under_way_ = transaction;
    transaction->file->end_part(*this);
  }
  if (!target.is_last) return;
  transaction->is_last = true;
  end_file(*transaction, false);
  finish(*transaction);
}

/// The client says that it has written, or read, all.
void NfsConversation::close_file(const FileHandle& handle) noexcept {
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    auto* transaction = file_of(handle, direction);
    if (transaction == nullptr) continue;
    transaction->is_last = true;
    end_file(*transaction, false);
    finish(*transaction);
  }
}

void NfsConversation::end_file(NfsTransaction& transaction, bool truncated) noexcept {
  if (transaction.file == nullptr) return;
  file_under_way_ = &transaction;
  transaction.file->finish(*this, truncated);
  transaction.file.reset();
}

Bytes NfsConversation::name_of(const FileHandle& handle) noexcept {
  const auto* known = names_.find([&](const KnownFile& one) { return one.handle == handle; });
  return known == nullptr ? Bytes{} : known->name.view();
}

void NfsConversation::remember(const FileHandle& handle, Bytes name) noexcept {
  if (handle.empty() || name.empty()) return;
  auto* known = names_.find([&](const KnownFile& one) { return one.handle == handle; });
  if (known == nullptr) known = names_.add(make_pooled<KnownFile>(pool_, pool_));
  if (known == nullptr) return;
  known->handle = handle;
  known->name.clear();
  known->name.append_some(name);
}

}  // namespace sekisho::engines::nfs
