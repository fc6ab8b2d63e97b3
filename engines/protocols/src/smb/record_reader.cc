#include "smb/record_reader.h"

#include <algorithm>

namespace sekisho::engines::smb {
namespace {

// RFC 1002 §4.3.1; a bare message over port 445 has a length of 24 bits.
constexpr std::uint8_t kMessage = 0x00, kFirstService = 0x81, kLastService = 0x85;

std::size_t at_most(std::uint64_t count, Bytes bytes) noexcept {
  return static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size()));
}

}  // namespace

bool RecordReader::feed(Bytes bytes, RecordSink& sink) noexcept {
  while (!bytes.empty()) {
    switch (state_) {
      case State::frame:
        if (!read_frame(bytes)) {
          if (!any_) return false;
          state_ = State::seek;
        }
        break;
      case State::record:
        gather(bytes, sink);
        break;
      case State::data:
        pass_data(bytes, sink);
        break;
      case State::pass: {
        const auto count = at_most(left_, bytes);
        left_ -= count;
        bytes = bytes.subspan(count);
        if (left_ == 0) state_ = State::frame;
        break;
      }
      case State::seek:
        seek(bytes);
        break;
    }
  }
  return true;
}

/// False: no message begins like that.
bool RecordReader::read_frame(Bytes& bytes) noexcept {
  const auto count = at_most(kFrameHeadBytes - frame_bytes_, bytes);
  std::copy_n(bytes.begin(), count, frame_.begin() + frame_bytes_);
  frame_bytes_ = static_cast<std::uint8_t>(frame_bytes_ + count);
  bytes = bytes.subspan(count);
  if (frame_bytes_ < kFrameHeadBytes) return true;
  frame_bytes_ = 0;
  left_ = std::uint64_t{frame_[1]} << 16 | std::uint64_t{frame_[2]} << 8 | frame_[3];
  if (frame_[0] == kMessage) {
    if (left_ != 0) state_ = State::record;
    return true;
  }
  if (frame_[0] < kFirstService || frame_[0] > kLastService) return false;
  any_ = true;
  if (left_ != 0) state_ = State::pass;
  return true;
}

/// Puts a record's beginning together, as much as must be.
void RecordReader::gather(Bytes& bytes, RecordSink& sink) noexcept {
  const auto needed = [this](Bytes head) noexcept {
    const auto length = record_bytes(head, left_);
    return length == 0 ? 0 : wanted_bytes(head, length);
  };
  if (partial_.empty()) {
    const auto available = bytes.first(at_most(left_, bytes));
    const auto wanted = needed(available);
    if (wanted != 0 && wanted <= available.size()) {
      const auto record = bytes.first(static_cast<std::size_t>(wanted));
      bytes = bytes.subspan(record.size());
      return give(record, sink);
    }
  }
  constexpr std::size_t kStep = kHeaderBytes2;  // enough to tell how much is wanted
  auto wanted = needed(partial_.view());
  if (wanted == 0)
    wanted = std::min<std::uint64_t>(left_, partial_.size() < kStep ? kStep : kMaxRecord);
  const auto count = at_most(wanted - partial_.size(), bytes);
  if (!partial_.append(bytes.first(count))) {  // no memory: this message is not looked at
    left_ -= partial_.size();
    partial_.reset();
    state_ = State::pass;
    return;
  }
  bytes = bytes.subspan(count);
  wanted = needed(partial_.view());
  if (wanted == 0 || wanted > partial_.size()) return;
  const auto record = std::move(partial_);
  partial_ = PooledBytes(record.pool(), kMaxRecord);
  give(record.view(), sink);
}

void RecordReader::give(Bytes record, RecordSink& sink) noexcept {
  any_ = any_ || is_magic(record);
  length_ = record_bytes(record, left_);
  at_ = 0;
  const auto bulk = sink.record(record.first(at_most(length_, record)), length_);
  bulk_begin_ = std::min(bulk.offset, length_);
  bulk_end_ = bulk_begin_ + std::min(bulk.length, length_ - bulk_begin_);
  in_bulk_ = bulk.length != 0;
  state_ = State::data;
  pass_data(record, sink);
  settle(sink);
}

void RecordReader::pass_data(Bytes& bytes, RecordSink& sink) noexcept {
  if (at_ < bulk_begin_) {
    const auto count = at_most(bulk_begin_ - at_, bytes);
    bytes = bytes.subspan(count);
    advance(count, sink);
  }
  if (state_ == State::data && at_ >= bulk_begin_ && at_ < bulk_end_ && !bytes.empty()) {
    const auto data = bytes.first(at_most(bulk_end_ - at_, bytes));
    bytes = bytes.subspan(data.size());
    sink.bulk(data);
    advance(data.size(), sink);
  }
  if (state_ == State::data && at_ >= bulk_end_ && !bytes.empty()) {
    const auto count = at_most(length_ - at_, bytes);
    bytes = bytes.subspan(count);
    advance(count, sink);
  }
}

void RecordReader::advance(std::uint64_t count, RecordSink& sink) noexcept {
  at_ += count;
  settle(sink);
}

/// What is complete ends: the data, the record, the message.
void RecordReader::settle(RecordSink& sink) noexcept {
  if (state_ != State::data) return;
  if (in_bulk_ && at_ >= bulk_end_) {
    in_bulk_ = false;
    sink.bulk_end();
  }
  if (at_ < length_) return;
  left_ -= length_;
  state_ = left_ == 0 ? State::frame : State::record;
  if (left_ == 0) sink.message_end();
}

/// Looks for the beginning of a message: its head may be lost, its magic is not.
void RecordReader::seek(Bytes& bytes) noexcept {
  for (std::size_t at = 0; at + kFrameHeadBytes + 4 <= bytes.size(); ++at) {
    if (bytes[at] != kMessage || !is_magic(bytes.subspan(at + kFrameHeadBytes))) continue;
    bytes = bytes.subspan(at);
    state_ = State::frame;
    frame_bytes_ = 0;
    return;
  }
  bytes = {};
}

void RecordReader::gap(std::uint64_t count, RecordSink& sink) noexcept {
  if (state_ == State::data && count <= length_ - at_) {
    if (at_ < bulk_begin_) {
      const auto before = std::min(count, bulk_begin_ - at_);
      count -= before;
      advance(before, sink);
    }
    if (state_ == State::data && count != 0 && at_ < bulk_end_) {
      const auto within = std::min(count, bulk_end_ - at_);
      count -= within;
      sink.bulk_lost(within);
      advance(within, sink);
    }
    if (state_ == State::data && count != 0) advance(count, sink);
    return;
  }
  if (in_bulk_) {
    in_bulk_ = false;
    sink.bulk_lost(bulk_end_ - at_);
    sink.bulk_end();
  }
  const auto passed = state_ == State::data ? at_ : partial_.size();
  const bool within = state_ == State::pass || state_ == State::record || state_ == State::data;
  partial_.reset();
  frame_bytes_ = 0;
  if (within && left_ > passed && count < left_ - passed) {
    left_ -= passed + count;
    state_ = State::pass;
  } else {
    const bool exact = within && count == left_ - passed;
    left_ = 0;
    state_ = exact ? State::frame : State::seek;
  }
  sink.message_end();
}

}  // namespace sekisho::engines::smb
