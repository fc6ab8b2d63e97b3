#include "smb/smb_conversation.h"

#include <algorithm>

namespace sekisho::engines::smb {

SmbTransaction* SmbConversation::open(const Header& header, Subject subject) noexcept {
  if (transactions_.size() == kMaxOpen) finish(*transactions_.oldest());
  auto* made = transactions_.open(*events_);
  if (made == nullptr) return nullptr;
  made->subject = subject;
  made->is_recorded = (options_.smb_records & record_bit(subject)) != 0;
  made->header = header;
  made->dialect = dialect;
  made->dialect_text = &dialect_text;
  return made;
}

SmbTransaction* SmbConversation::asked(const Header& answer) noexcept {
  return transactions_.find([&](const SmbTransaction& one) {
    return one.header.version == answer.version && one.header.command == answer.command &&
           one.header.message_id == answer.message_id && one.subject != Subject::file &&
           one.subject != Subject::call && !one.status;
  });
}

void SmbConversation::request_done(SmbTransaction& transaction) noexcept {
  reach(transaction, Direction::to_server, kStageEnd, *events_);
}

void SmbConversation::answered(SmbTransaction& transaction, const Header& answer) noexcept {
  transaction.status = answer.status;
  transaction.status_is_dos = answer.status_is_dos;
  transaction.dialect = dialect;
  finish(transaction);
}

void SmbConversation::finish(SmbTransaction& transaction) noexcept {
  if (transaction.file != nullptr) end_file(transaction, true);
  transactions_.finish(transaction, *events_);
}

void SmbConversation::finish_all() noexcept {
  while (auto* one = transactions_.oldest()) finish(*one);
}

void SmbConversation::add_oddity(std::string_view name) noexcept {
  if (auto* one = transactions_.newest()) one->add_oddity(name);
}

Tree* SmbConversation::tree(const Header& header) noexcept {
  return trees_.find([&](const Tree& one) {
    return one.id == header.tree_id && one.session_id == header.session_id;
  });
}

void SmbConversation::connect(const Header& answer, Bytes share, bool is_pipe) noexcept {
  auto* one = tree(answer);
  if (one == nullptr) one = trees_.add(make_pooled<Tree>(pool_, pool_));
  if (one == nullptr) return;
  one->session_id = answer.session_id;
  one->id = answer.tree_id;
  one->is_pipe = is_pipe;
  one->share.clear();
  one->share.append_some(share);
}

void SmbConversation::disconnect(const Header& header) noexcept {
  if (const auto* one = tree(header)) trees_.remove(*one);
}

Handle* SmbConversation::handle(const FileId& id) noexcept {
  return handles_.find([&](const Handle& one) { return one.id == id; });
}

Handle* SmbConversation::open_handle(const FileId& id, Bytes name) noexcept {
  close(id);  // the id is used again without a CLOSE that was seen
  if (handles_.is_full()) close(handles_.oldest().id);
  auto* made = handles_.add(make_pooled<Handle>(pool_, pool_));
  if (made == nullptr) return nullptr;
  made->id = id;
  made->name.append_some(name);
  return made;
}

void SmbConversation::close(const FileId& id) noexcept {
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    auto* file = file_transaction(id, direction);
    if (file == nullptr) continue;
    if (!file->status) file->status = kSuccess;
    end_file(*file, false);
    finish(*file);
  }
  const auto* one = handle(id);
  if (one == nullptr) return;
  if (one->pipe != nullptr) {
    while (auto* call = transactions_.find([&](const SmbTransaction& each) {
      return each.interfaces == &one->pipe->interfaces;
    }))
      finish(*call);
  }
  handles_.remove(*one);
}

void SmbConversation::asked_to_read(const Header& header, const FileId& file,
                                    std::uint64_t offset) noexcept {
  if (num_reads_ == kMaxReads) {
    std::move(reads_.begin() + 1, reads_.end(), reads_.begin());
    --num_reads_;
  }
  reads_[num_reads_++] = {header, file, offset};
}

std::optional<PendingRead> SmbConversation::take_read(const Header& answer) noexcept {
  const auto end = reads_.begin() + static_cast<std::ptrdiff_t>(num_reads_);
  const auto found = std::find_if(reads_.begin(), end, [&](const PendingRead& one) {
    return one.header.message_id == answer.message_id && one.header.version == answer.version;
  });
  if (found == end) return std::nullopt;
  const auto read = *found;
  std::move(found + 1, end, found);
  --num_reads_;
  return read;
}

SmbTransaction* SmbConversation::file_transaction(const FileId& id, Direction direction) noexcept {
  return transactions_.find([&](const SmbTransaction& one) {
    return one.subject == Subject::file && one.file_id == id && one.file_direction == direction;
  });
}

SmbTransaction* SmbConversation::open_file(Direction direction, const Header& request,
                                           const FileId& id) noexcept {
  if (auto* known = file_transaction(id, direction)) return known;
  auto* made = open(request, Subject::file);
  if (made == nullptr) return nullptr;
  made->file_id = id;
  made->file_direction = direction;
  made->status = kSuccess;
  if (const auto* open_handle = handle(id)) made->name.append_some(open_handle->name.view());
  if (const auto* share = tree(request)) made->share.append_some(share->share.view());
  made->file = make_pooled<ScatteredFile>(pool_, pool_);
  if (made->file != nullptr)
    made->file->begin(next_file_++, made->name.view(), direction, options_.body_depth);
  request_done(*made);
  return made;
}

void SmbConversation::end_file(SmbTransaction& transaction, bool truncated) noexcept {
  if (transaction.file == nullptr) return;
  file_under_way_ = &transaction;
  transaction.file->finish(*this, truncated);
  transaction.file.reset();
}

Bulk SmbConversation::begin_data(Direction direction, const Header& request, const FileId& file,
                                 std::uint64_t offset, Bulk where) noexcept {
  auto& target = targets_[index_of(direction)];
  target = {};
  if (where.length == 0) return {};
  target.file = file;
  target.header = request;
  const auto* share = tree(request);
  const auto* open_handle = handle(file);
  if ((share != nullptr && share->is_pipe) || (open_handle != nullptr && open_handle->pipe)) {
    target.kind = Target::Kind::pipe;
    return where;
  }
  // a share that was connected before the first packet may be a pipe: the data tell
  target.kind = share == nullptr && offset == 0 ? Target::Kind::pipe : Target::Kind::file;
  if (target.kind == Target::Kind::pipe) return where;
  auto* transaction = open_file(direction, request, file);
  if (transaction != nullptr && transaction->file != nullptr &&
      !transaction->file->begin_part(offset))
    transaction->add_oddity("smb.file_overlap");
  return where;
}

void SmbConversation::data(Direction direction, Bytes bytes) noexcept {
  auto& target = targets_[index_of(direction)];
  if (target.kind == Target::Kind::pipe) {
    if (transact(direction, target.header, target.file, bytes)) return;
    const auto* share = tree(target.header);
    const auto* open_handle = handle(target.file);
    const bool is_pipe = (share != nullptr && share->is_pipe) ||
                         (open_handle != nullptr && open_handle->pipe != nullptr);
    target.kind = is_pipe ? Target::Kind::none : Target::Kind::file;
    if (is_pipe) return;
    auto* made = open_file(direction, target.header, target.file);
    if (made != nullptr && made->file != nullptr && !made->file->begin_part(0))
      made->add_oddity("smb.file_overlap");
  }
  if (target.kind != Target::Kind::file) return;
  auto* transaction = file_transaction(target.file, direction);
  if (transaction == nullptr || transaction->file == nullptr) return;
  file_under_way_ = transaction;
  transaction->file->append(bytes, *this);
}

void SmbConversation::data_lost(Direction direction, std::uint64_t count) noexcept {
  const auto& target = targets_[index_of(direction)];
  if (target.kind == Target::Kind::pipe) {
    auto* open_handle = handle(target.file);
    if (open_handle != nullptr && open_handle->pipe != nullptr &&
        !open_handle->pipe->messages[index_of(direction)].skip(count))
      open_handle->pipe->broken[index_of(direction)] = true;
  }
  if (target.kind != Target::Kind::file) return;
  auto* transaction = file_transaction(target.file, direction);
  if (transaction != nullptr && transaction->file != nullptr) transaction->file->lose(count);
}

void SmbConversation::data_end(Direction direction) noexcept {
  auto& target = targets_[index_of(direction)];
  if (target.kind == Target::Kind::file) {
    auto* transaction = file_transaction(target.file, direction);
    if (transaction != nullptr && transaction->file != nullptr) {
      file_under_way_ = transaction;
      transaction->file->end_part(*this);
    }
  }
  target = {};
}

/// The client has read all there is.
void SmbConversation::end_of_file(const FileId& file, std::uint32_t status) noexcept {
  auto* transaction = file_transaction(file, Direction::to_client);
  if (transaction == nullptr) return;
  transaction->status = status;
  end_file(*transaction, false);
  finish(*transaction);
}

}  // namespace sekisho::engines::smb
