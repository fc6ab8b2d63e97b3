#include "http1/message.h"

#include <utility>

#include "http1/start_line.h"

namespace sekisho::engines::http1 {
namespace {

constexpr std::size_t kStepBytes = 2048;  // copied before the next look for the end
constexpr std::size_t kNameBytes = 64;
constexpr std::size_t kKeptOfLongHead = HeaderTable::kMaxHeadBytes / 2;

/// An answer of this status is complete without fields; nothing needs to follow.
bool is_complete_alone(Bytes status_line) noexcept {
  const auto status = parse_status_line(status_line).status;
  return (status >= 100 && status < 200) || status == 204 || status == 304;
}

/// About the body, or who is asked.
bool decides(Bytes line) noexcept {
  constexpr std::string_view kHost = "host:";
  const auto name = line.first(std::min(line.size(), kNameBytes));
  return find_nocase(name, "-encoding") != std::string_view::npos ||
         find_nocase(name, "content-length") != std::string_view::npos ||
         (name.size() > kHost.size() && equals_nocase(name.first(kHost.size()), kHost));
}

}  // namespace

MessageHead::Progress MessageHead::read(Bytes in, bool response, std::size_t& taken) noexcept {
  taken = 0;
  for (;;) {
    if (!bytes_.empty() || taken != 0) {
      const auto progress = scan(response);
      if (progress == Progress::done) taken -= cut_off_rest(taken);
      if (progress == Progress::line_done) {
        const auto given_back = std::min(bytes_.size() - scanned_, taken);
        bytes_.truncate(bytes_.size() - given_back);
        taken -= given_back;
      }
      if (progress != Progress::more) return progress;
    }
    if (taken == in.size()) return Progress::more;
    const auto piece = in.subspan(taken, std::min(kStepBytes, in.size() - taken));
    if (!bytes_.append(piece)) {
      make_room();
      if (!bytes_.append(piece)) {  // the pool refuses, or one endless line
        too_long_ = true;
        end();
        return Progress::done;
      }
    }
    taken += piece.size();
  }
}

/// What was copied beyond the end is given back as far as it is of this call; the rest is unread.
std::size_t MessageHead::cut_off_rest(std::size_t taken) noexcept {
  const auto beyond = bytes_.view().subspan(scanned_);
  const auto given_back = std::min(beyond.size(), taken);
  num_unread_ = std::min(beyond.size() - given_back, unread_.size());
  std::copy_n(beyond.begin(), num_unread_, unread_.begin());
  bytes_.truncate(scanned_);
  return given_back;
}

/// Looks for a line that begins with "HTTP/" (lenient peers skip some junk before it). done: there.
MessageHead::Progress MessageHead::skip_junk() noexcept {
  constexpr std::string_view kBegin = "HTTP/";
  for (;;) {
    const auto rest = bytes_.view().subspan(scanned_);
    std::size_t white = 0;
    while (white < rest.size() && is_skippable(rest[white])) ++white;
    const auto line = rest.subspan(white);
    const auto compared = std::min(line.size(), kBegin.size());
    if (equals_nocase(line.first(compared), kBegin.substr(0, compared)))
      return compared == kBegin.size() ? Progress::done : Progress::more;
    const auto feed = find_byte(line, '\n');
    if (feed == std::string_view::npos || scanned_ + white + feed >= kMaxJunkBytes)
      return bytes_.size() < kMaxJunkBytes && feed == std::string_view::npos ? Progress::more
                                                                             : Progress::no_head;
    scanned_ += white + feed + 1;
    searched_ = scanned_;
  }
}

MessageHead::Progress MessageHead::scan(bool response) noexcept {
  if (response && !line_done_) {
    const auto progress = skip_junk();
    if (progress != Progress::done) return progress;
  }
  while (!done_) {
    const auto all = bytes_.view();
    const auto feed = find_byte(all.subspan(searched_), '\n');
    if (feed == std::string_view::npos) {
      searched_ = all.size();
      return Progress::more;
    }
    const auto line_end = searched_ + feed;
    const auto line = all.subspan(scanned_, line_end - scanned_);
    if (!line_done_) {
      scanned_ = searched_ = line_end + 1;
      if (trimmed(line).empty()) continue;
      line_at_ = line_end - line.size();
      line_bytes_ = line.size();
      while (line_bytes_ != 0 && line[line_bytes_ - 1] == '\r') --line_bytes_;
      block_at_ = scanned_;
      // a lone CR before what looks like a field ends the start line for some
      const auto cr = find_byte(line.first(line_bytes_), '\r');
      if (cr != std::string_view::npos && looks_like_field(line.subspan(cr + 1))) {
        line_bytes_ = cr;
        block_at_ = line_at_ + cr + 1;
        scanned_ = searched_ = block_at_;
      }
      line_done_ = true;
      return Progress::line_done;
    }
    switch (classify(line, all.subspan(line_end + 1), response)) {
      case Blank::no:
        pending_ = false;
        scanned_ = searched_ = line_end + 1;
        break;
      case Blank::unsure:
        pending_ = true;
        pending_end_ = line_end + 1;
        return Progress::more;
      case Blank::end:
        pending_ = false;
        scanned_ = line_end + 1;
        done_ = true;
        break;
    }
  }
  return Progress::done;
}

/// Is this line the blank one that ends the head? Peers differ about lines of white space, and
/// some go on after a blank line when no field came before it.
MessageHead::Blank MessageHead::classify(Bytes line, Bytes following, bool response) noexcept {
  if (!trimmed(line).empty()) return Blank::no;
  const bool clean = line.empty() || (line.size() == 1 && line[0] == '\r');
  const bool first = trimmed(bytes_.view().subspan(block_at_, scanned_ - block_at_)).empty();
  if (clean && (!response || !first || may_be_bare || is_complete_alone(this->line())))
    return Blank::end;
  const auto feed = find_byte(following, '\n');
  if (feed == std::string_view::npos && following.size() < kLookAheadBytes) return Blank::unsure;
  const auto next = following.first(std::min(feed, following.size()));
  const bool blank = feed != std::string_view::npos && trimmed(next).empty();
  const bool fold = !line.empty() && is_blank(line[0]) && !next.empty() && is_blank(next[0]);
  const bool goes_on = looks_like_field(next) || (!clean && (blank || fold));
  if (!goes_on) return Blank::end;
  if (other_body_at_ == 0) other_body_at_ = bytes_.size() - following.size();
  return Blank::no;
}

void MessageHead::end() noexcept {
  if (!line_done_) {
    line_at_ = scanned_;
    line_bytes_ = bytes_.size() - scanned_;
    block_at_ = bytes_.size();
    line_done_ = true;
  } else if (pending_) {
    scanned_ = pending_end_;
    cut_off_rest(0);
  }
  pending_ = false;
  done_ = true;
}

/// Drops whole lines from the second half that decide nothing about the body or who is asked, so
/// that no number of fields hides one that does.
void MessageHead::make_room() noexcept {
  too_long_ = true;
  const auto all = bytes_.writable();
  std::size_t to = std::min(kKeptOfLongHead, scanned_), at = to;
  if (!line_done_ || scanned_ <= kKeptOfLongHead) return;
  while (at < scanned_) {
    const auto feed = find_byte(all.subspan(at, scanned_ - at), '\n');
    const auto end = feed == std::string_view::npos ? scanned_ : at + feed + 1;
    if (decides(all.subspan(at, end - at))) {
      std::memmove(all.data() + to, all.data() + at, end - at);
      to += end - at;
    }
    at = end;
  }
  const auto dropped = scanned_ - to;
  std::memmove(all.data() + to, all.data() + scanned_, all.size() - scanned_);
  bytes_.truncate(all.size() - dropped);
  scanned_ -= dropped;
  searched_ -= dropped;
  other_body_at_ = 0;
}

PooledBytes MessageHead::take() noexcept {
  auto bytes = std::exchange(bytes_, PooledBytes(bytes_.pool(), HeaderTable::kMaxHeadBytes));
  reset();
  return bytes;
}

void MessageHead::reset() noexcept {
  bytes_.clear();
  table.clear();
  num_unread_ = 0;
  scanned_ = searched_ = line_at_ = line_bytes_ = block_at_ = pending_end_ = other_body_at_ = 0;
  line_done_ = done_ = too_long_ = pending_ = false;
}

}  // namespace sekisho::engines::http1
