#include "controlplane/fetch/http_answer.h"

#include <algorithm>
#include <charconv>

namespace sekisho::controlplane {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_same(std::string_view one, std::string_view lower) {
  return std::equal(one.begin(), one.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
  });
}

/// All of `text` is a number; nothing else.
bool read_number(std::string_view text, int base, std::uint64_t& out) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && at == text.data() + text.size() && !text.empty();
}

}  // namespace

HttpAnswer::State HttpAnswer::fail(std::string_view why) {
  problem_ = why;
  in_.clear();
  return state_ = State::failed;
}

HttpAnswer::State HttpAnswer::take(std::string_view bytes) {
  if (state_ != State::more) return state_;
  in_.append(bytes);
  while (state_ == State::more && step()) continue;
  return state_;
}

HttpAnswer::State HttpAnswer::close() {
  if (state_ != State::more) return state_;
  if (part_ == Part::to_end) return state_ = State::whole;
  return fail("it ended too early");
}

/// One piece of what is there. False: more has to come, or it is over.
bool HttpAnswer::step() {
  switch (part_) {
    case Part::head:
      return read_head();
    case Part::to_end:
      return add(in_.size()) && false;
    case Part::length:
    case Part::chunk:
      if (!add(std::min<std::size_t>(in_.size(), left_)) || left_ != 0) return false;
      if (part_ == Part::length) state_ = State::whole;
      part_ = Part::chunk_end;
      return true;
    case Part::chunk_end: {
      std::string line;
      if (!take_line(line, kMaxChunkLineBytes)) return false;
      if (!line.empty()) fail("a chunk is longer than it says");
      part_ = Part::chunk_line;
      return true;
    }
    case Part::chunk_line:
      return read_chunk_line();
    case Part::trailers: {
      std::string line;
      if (!take_line(line, kMaxHeadBytes)) return false;
      trailer_bytes_ += line.size();
      if (trailer_bytes_ > kMaxHeadBytes) fail("too many trailers");
      if (line.empty()) state_ = State::whole;
      return true;
    }
  }
  return false;
}

bool HttpAnswer::read_chunk_line() {
  std::string line;
  if (!take_line(line, kMaxChunkLineBytes)) return false;
  const auto size = trimmed(std::string_view(line).substr(0, line.find(';')));
  if (!read_number(size, 16, left_)) {
    fail("a chunk has no size");
    return false;
  }
  part_ = left_ == 0 ? Part::trailers : Part::chunk;
  return true;
}

bool HttpAnswer::add(std::size_t count) {
  if (count > most_ - body_.size()) {
    fail("it is too long");
    return false;
  }
  body_.append(in_, 0, count);
  in_.erase(0, count);
  left_ -= std::min<std::uint64_t>(left_, count);
  return true;
}

/// False: it is not whole yet, or there is none of `most` bytes.
bool HttpAnswer::take_line(std::string& line, std::size_t most) {
  const auto end = in_.find('\n');
  if (std::min(end, in_.size()) > most) {
    fail("a line is too long");
    return false;
  }
  if (end == in_.npos) return false;
  line = in_.substr(0, end);
  if (line.ends_with('\r')) line.pop_back();
  in_.erase(0, end + 1);
  return true;
}

bool HttpAnswer::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const auto end = in_.find(kEnd);
  if (std::min(end, in_.size() - std::min(in_.size(), kEnd.size() - 1)) > kMaxHeadBytes) {
    fail("its head is too long");
    return false;
  }
  if (end == in_.npos) return false;
  const std::string head = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = 9, kStatusBytes = 3;
  if (!head.starts_with(kVersion) || head.size() < kStatusAt + kStatusBytes) {
    fail("it is not HTTP/1");
    return false;
  }
  if (head.compare(kStatusAt, kStatusBytes, "200") != 0) {
    fail("its status is not 200");
    return false;
  }
  for (auto at = head.find("\r\n") + 2; at < head.size();) {
    const auto line_end = head.find("\r\n", at);
    if (!read_field(std::string_view(head).substr(at, line_end - at))) return false;
    at = line_end + 2;
  }
  part_ = is_chunked_ ? Part::chunk_line : has_length_ ? Part::length : Part::to_end;
  if (part_ == Part::length && left_ > most_) fail("it is too long");
  return state_ == State::more;
}

bool HttpAnswer::read_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return true;
  const auto name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (is_same(name, "transfer-encoding")) {
    is_chunked_ = is_same(value, "chunked");
    if (!is_chunked_) fail("it is coded in a way that was not asked for");
  } else if (is_same(name, "content-encoding") && !is_same(value, "identity")) {
    fail("it is coded in a way that was not asked for");
  } else if (is_same(name, "content-length")) {
    std::uint64_t length = 0;
    const bool is_good = read_number(value, 10, length) && (!has_length_ || length == left_);
    if (!is_good) fail("its length cannot be read");
    has_length_ = true;
    left_ = length;
  }
  return state_ == State::more;
}

}  // namespace sekisho::controlplane
