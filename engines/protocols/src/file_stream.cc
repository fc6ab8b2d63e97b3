#include "file_stream.h"

#include <algorithm>

namespace sekisho::engines {

void FileStream::begin(std::uint32_t id, std::span<const std::uint8_t> name, Direction direction,
                       std::uint64_t depth) noexcept {
  name_.clear();
  name_.append_some(name);
  window_.clear();
  size_ = 0;
  depth_ = depth;
  fresh_ = 0;
  id_ = id;
  direction_ = direction;
  open_ = true;
  gaps_ = over_depth_ = false;
}

void FileStream::append(std::span<const std::uint8_t> bytes, FileSink& sink) noexcept {
  if (!open_ || over_depth_) return;
  if (depth_ != 0 && bytes.size() > depth_ - size_) {
    bytes = bytes.first(static_cast<std::size_t>(depth_ - size_));
    over_depth_ = true;
  }
  while (!bytes.empty()) {
    if (window_.size() == window_.max_size()) {
      report(sink);
      window_.erase_front(window_.size() - kKeptBytes);
    }
    const auto taken = window_.append_some(bytes);
    if (taken == 0) {  // no memory: patterns and digests of this file are off from here
      gaps_ = true;
      return;
    }
    fresh_ += taken;
    size_ += taken;
    bytes = bytes.subspan(taken);
  }
}

void FileStream::report(FileSink& sink) noexcept {
  if (!open_ || fresh_ == 0) return;
  tell(sink, false, false);
}

void FileStream::finish(FileSink& sink, bool truncated) noexcept {
  if (!open_) return;
  tell(sink, true, truncated || over_depth_);
  open_ = false;
  window_.reset();
}

void FileStream::tell(FileSink& sink, bool complete, bool truncated) noexcept {
  const auto window = window_.view();
  const FileView view{.id = id_,
                      .name = name_.view(),
                      .direction = direction_,
                      .size = size_,
                      .fresh = window.last(fresh_),
                      .body = {.window = window,
                               .window_offset = size_ - window.size(),
                               .fresh = fresh_,
                               .complete = complete},
                      .complete = complete,
                      .gaps = gaps_,
                      .truncated = truncated};
  sink.file_grew(view);
  fresh_ = 0;
}

}  // namespace sekisho::engines
