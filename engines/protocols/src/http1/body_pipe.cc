#include "http1/body_pipe.h"

namespace sekisho::engines::http1 {

BodyPipe::BodyPipe(MemoryPool& pool, const Setup& setup, const Framing& framing) noexcept
    : direction_(setup.direction),
      depth_(setup.depth),
      is_file_(setup.is_file),
      window_(pool),
      decoder_(pool),
      raw_(pool, kMaxRawBytes),
      multipart_(nullptr, {&pool, 0}),
      next_file_id_(setup.next_file_id) {
  for (std::size_t i = 0; i < framing.num_codings; ++i)
    if (!decoder_.add_layer(framing.codings[i])) break;
  if (!setup.boundary.empty())
    multipart_ = make_pooled<Multipart>(pool, pool, setup.boundary, setup.next_file_id);
  file_.name = setup.file_name;
  file_.direction = setup.direction;
}

std::span<std::uint8_t> BodyPipe::room() noexcept {
  if (over_depth()) {
    cut_ = true;
    return {};
  }
  if (window_.full()) report();
  const auto left = depth_ == 0 ? BodyWindow::kBytes : depth_ - window_.total();
  return window_.room(static_cast<std::size_t>(std::min<std::uint64_t>(left, BodyWindow::kKept)));
}

void BodyPipe::wrote(std::size_t count) noexcept { window_.wrote(count); }

/// Without a decoder: straight into the window.
void BodyPipe::append(Bytes bytes) noexcept {
  while (!bytes.empty()) {
    if (window_.full()) report();
    auto wanted = std::min(bytes.size(), BodyWindow::kBytes);
    if (depth_ != 0)
      wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(wanted, depth_ - std::min(depth_, window_.total())));
    const auto place = window_.room(wanted);
    if (place.empty()) {
      cut_ = true;  // over the depth, or no memory
      return;
    }
    std::memcpy(place.data(), bytes.data(), place.size());
    window_.wrote(place.size());
    bytes = bytes.subspan(place.size());
  }
}

void BodyPipe::consume(Bytes bytes, Transaction& transaction, ProtocolEvents& events) noexcept {
  if (cut_ || finished()) return;
  transaction_ = &transaction;
  events_ = &events;
  if (decoder_.num_layers() == 0) {
    append(bytes);
    if (multipart_) multipart_->consume(bytes, direction_, transaction, events);
  } else {
    decoder_.consume(bytes, *this);
    note_findings();
  }
}

void BodyPipe::note_findings() noexcept {
  if (decoder_.broken()) transaction_->add_oddity("http.gzip_decompression_failed");
  if (decoder_.bomb()) {
    transaction_->add_oddity("http.compression_bomb");
    cut_ = true;
  }
}

void BodyPipe::gap(std::uint64_t count, Transaction& transaction, ProtocolEvents& events) noexcept {
  if (cut_ || finished()) return;
  transaction_ = &transaction;
  events_ = &events;
  report();
  gaps_ = true;
  if (decoder_.num_layers() != 0) {
    cut_ = true;  // packed bytes cannot be read on
    return;
  }
  window_.gap(count);
  if (is_file_) {
    file_.gaps = true;
    file_.size += count;
  }
  if (multipart_) multipart_->gap(direction_, transaction, events);
}

void BodyPipe::flush(Transaction& transaction, ProtocolEvents& events) noexcept {
  if (finished()) return;
  transaction_ = &transaction;
  events_ = &events;
  report();
}

void BodyPipe::report() noexcept {
  if (window_.fresh() == 0) return;
  if (is_file_ && !file_closed_) report_file(false);
  const bool request = direction_ == Direction::to_server;
  events_->body_grew(*transaction_,
                     request ? rules::Field::http_request_body : rules::Field::http_response_body,
                     direction_);
  if (is_file_) events_->body_grew(*transaction_, rules::Field::file_data, direction_);
  window_.reported();
}

void BodyPipe::report_file(bool complete) noexcept {
  if (!file_open_) {
    file_.id = (*next_file_id_)++;
    file_open_ = true;
  }
  file_.fresh = window_.fresh_bytes();
  file_.size += file_.fresh.size();
  file_.body = window_.view();
  file_.gaps |= gaps_;
  file_.complete = complete;
  events_->file_grew(*transaction_, file_);
  file_.fresh = {};
  file_closed_ = complete;
}

void BodyPipe::finish(bool truncated, Transaction& transaction, ProtocolEvents& events) noexcept {
  if (finished()) return;
  transaction_ = &transaction;
  events_ = &events;
  if (decoder_.num_layers() != 0 && !cut_) {
    decoder_.finish(*this);
    note_findings();
  }
  report();
  if (multipart_) multipart_->finish(truncated, direction_, transaction, events);
  if (is_file_ && (file_open_ || gaps_)) {
    file_.truncated = truncated || cut_ || gaps_;
    report_file(true);
  }
  depth_ = 0;
  if (!raw_.empty()) {
    append(raw_.view());
    raw_.reset();
  }
  const bool any = window_.total() != 0;
  window_.complete();
  if (!any) return;
  const bool request = direction_ == Direction::to_server;
  events.body_grew(transaction,
                   request ? rules::Field::http_request_body : rules::Field::http_response_body,
                   direction_);
  if (is_file_) events.body_grew(transaction, rules::Field::file_data, direction_);
  window_.reported();
}

const FileView* BodyPipe::file() const noexcept {
  if (multipart_) return multipart_->file();
  return file_open_ ? &file_ : nullptr;
}

std::optional<BodyView> BodyPipe::file_view() const noexcept {
  if (is_file_) return window_.view();
  if (multipart_ && multipart_->file() != nullptr) return multipart_->file()->body;
  return std::nullopt;
}

}  // namespace sekisho::engines::http1
