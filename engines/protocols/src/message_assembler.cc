#include "message_assembler.h"

#include <algorithm>

namespace sekisho::engines {

MessageAssembler::Status MessageAssembler::next(Bytes& bytes, Piece& piece) noexcept {
  if (given_) partial_.reset();
  given_ = false;
  if (bytes.empty()) return Status::more;
  if (left_ != 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= count;
    piece = {bytes.first(count), left_, false};
    bytes = bytes.subspan(count);
    return Status::piece;
  }
  if (partial_.empty()) {
    const auto length = length_of_(bytes);
    if (length == 0) return Status::broken;
    const auto wanted = std::min<std::uint64_t>(length, partial_.max_size());
    if (length != kUndecided && bytes.size() >= wanted) {
      const auto whole = bytes.first(static_cast<std::size_t>(wanted));
      bytes = bytes.subspan(whole.size());
      return give(whole, length, piece);
    }
  }
  std::uint64_t length = 0;
  const auto status = fill(bytes, length);
  if (status != Status::piece) return status;
  given_ = true;
  return give(partial_.view(), length, piece);
}

/// Completes partial_; piece: as much as is kept of a message is there.
MessageAssembler::Status MessageAssembler::fill(Bytes& bytes, std::uint64_t& length) noexcept {
  length = partial_.empty() ? kUndecided : length_of_(partial_.view());
  while (length == kUndecided && !bytes.empty()) {
    if (partial_.size() == kMaxUndecided || !partial_.append(bytes.first(1))) return Status::broken;
    bytes = bytes.subspan(1);
    length = length_of_(partial_.view());
  }
  if (length == kUndecided) return Status::more;
  if (length == 0) return Status::broken;
  const auto wanted = std::min<std::uint64_t>(length, partial_.max_size());
  if (wanted > partial_.size()) {
    const auto count = std::min<std::uint64_t>(wanted - partial_.size(), bytes.size());
    const auto more = bytes.first(static_cast<std::size_t>(count));
    if (!partial_.append(more)) return Status::broken;
    bytes = bytes.subspan(more.size());
  }
  return partial_.size() >= wanted ? Status::piece : Status::more;
}

MessageAssembler::Status MessageAssembler::give(Bytes bytes, std::uint64_t length,
                                                Piece& piece) noexcept {
  left_ = length > bytes.size() ? length - bytes.size() : 0;
  piece = {bytes, left_, true};
  return Status::piece;
}

bool MessageAssembler::skip(std::uint64_t count) noexcept {
  const bool inside = left_ >= count;
  if (inside)
    left_ -= count;
  else
    reset();
  return inside;
}

void MessageAssembler::reset() noexcept {
  partial_.reset();
  left_ = 0;
  given_ = false;
}

}  // namespace sekisho::engines
