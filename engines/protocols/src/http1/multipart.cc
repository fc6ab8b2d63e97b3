#include "http1/multipart.h"

namespace sekisho::engines::http1 {
namespace {

/// End of a head: after its blank line; npos.
std::size_t head_end(Bytes bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto feed = find_byte(bytes.subspan(at), '\n');
    if (feed == std::string_view::npos) break;
    const auto line = bytes.subspan(at, feed);
    at += feed + 1;
    if (line.empty() || (line.size() == 1 && line[0] == '\r')) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Bytes parameter_of(Bytes value, std::string_view name) noexcept {
  for (std::size_t from = 0; from < value.size();) {
    const auto found = find_nocase(value.subspan(from), name);
    if (found == std::string_view::npos) return {};
    auto at = from + found + name.size();
    const bool begins_word = from + found == 0 || !is_token_character(value[from + found - 1]);
    from = at;
    while (at < value.size() && is_skippable(value[at])) ++at;
    if (!begins_word || at == value.size() || value[at] != '=') continue;
    ++at;
    while (at < value.size() && is_skippable(value[at])) ++at;
    if (at == value.size()) return {};
    const auto quote = value[at];
    if (quote == '"' || quote == '\'') {
      const auto rest = value.subspan(at + 1);
      return rest.first(std::min(find_byte(rest, quote), rest.size()));
    }
    auto end = at;
    while (end < value.size() && value[end] != ';' && value[end] != '\r' && value[end] != '\n')
      ++end;
    return trimmed(value.subspan(at, end - at));
  }
  return {};
}

Multipart::Multipart(MemoryPool& pool, Bytes boundary, std::uint32_t* next_file_id) noexcept
    : held_(pool, kMaxPartHeadBytes),
      name_(pool, kMaxNameBytes),
      window_(pool),
      next_file_id_(next_file_id) {
  boundary = boundary.first(std::min(boundary.size(), kMaxBoundaryBytes));
  ScratchWriter out(delimiter_);
  out.add(std::string_view("\r\n--"));
  out.add(boundary);
  delimiter_bytes_ = out.size();
}

void Multipart::consume(Bytes bytes, Direction direction, Transaction& transaction,
                        ProtocolEvents& events) noexcept {
  file_.direction = direction;
  const Call call{transaction, events};
  // what was held and what is new are read as one; the held part is short
  while (!bytes.empty() && !held_.empty() && state_ != State::epilogue) {
    const auto before = held_.size();
    const auto taken =
        held_.append_some(bytes.first(std::min(bytes.size(), kMaxPartHeadBytes / 2)));
    if (taken == 0) {  // a head beyond the bound
      transaction.add_oddity("http.multipart_invalid_header");
      held_.clear();
      state_ = State::preamble;
      break;
    }
    const auto used = step(held_.view(), false, call);
    bytes = bytes.subspan(taken);
    held_.erase_front(used);
    if (used < before) continue;
    // past what was held: the rest can be read in place again
    const auto given_back = held_.size();
    held_.clear();
    bytes = Bytes(bytes.data() - given_back, bytes.size() + given_back);
  }
  while (!bytes.empty() && state_ != State::epilogue) {
    const auto used = step(bytes, false, call);
    bytes = bytes.subspan(used);
    if (used != 0) continue;
    if (held_.append_some(bytes) != bytes.size()) {
      transaction.add_oddity("http.multipart_invalid_header");
      held_.clear();
      state_ = State::preamble;
    }
    break;
  }
  if (window_.fresh() != 0) report(false, call);
}

/// Reads from the front; how many bytes. 0: needs more than `bytes`.
std::size_t Multipart::step(Bytes bytes, bool last, Call call) noexcept {
  switch (state_) {
    case State::preamble: {
      const auto mark = delimiter().subspan(2);  // the first one needs no line end before it
      const auto found = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
      if (found != bytes.end()) {
        state_ = State::after_delimiter;
        return static_cast<std::size_t>(found - bytes.begin()) + mark.size();
      }
      return bytes.size() < mark.size() ? 0 : bytes.size() - mark.size() + 1;
    }
    case State::after_delimiter: {
      if (bytes.size() < 2) return 0;
      if (bytes[0] == '-' && bytes[1] == '-') {
        state_ = State::epilogue;
        return bytes.size();
      }
      const auto feed = find_byte(bytes, '\n');
      if (feed == std::string_view::npos) return 0;
      state_ = State::head;
      return feed + 1;
    }
    case State::head: {
      const auto end = head_end(bytes);
      if (end == std::string_view::npos) return 0;
      begin_part(bytes.first(end), call);
      state_ = State::content;
      return end;
    }
    case State::content:
      return read_content(bytes, last, call);
    case State::epilogue:
      break;
  }
  return bytes.size();
}

std::size_t Multipart::read_content(Bytes bytes, bool last, Call call) noexcept {
  const auto mark = delimiter();
  for (std::size_t at = 0; at < bytes.size();) {
    const auto cr = find_byte(bytes.subspan(at), '\r');
    if (cr == std::string_view::npos) break;
    at += cr;
    const auto here = bytes.subspan(at, std::min(mark.size(), bytes.size() - at));
    if (std::equal(here.begin(), here.end(), mark.begin())) {
      add_content(bytes.first(at), call);
      if (here.size() < mark.size()) {
        if (!last) return at;  // perhaps a delimiter
        add_content(here, call);
        return bytes.size();
      }
      end_part(false, call);
      state_ = State::after_delimiter;
      return at + mark.size();
    }
    ++at;
  }
  add_content(bytes, call);
  return bytes.size();
}

void Multipart::begin_part(Bytes head, Call call) noexcept {
  file_named_ = file_open_ = false;
  const auto at = find_nocase(head, "content-disposition");
  if (at == std::string_view::npos) {
    call.transaction.add_oddity("http.multipart_no_filedata");
    return;
  }
  const auto name = parameter_of(head.subspan(at), "filename");
  if (name.empty()) return;
  name_.clear();
  if (name_.append_some(name) < name.size()) call.transaction.add_oddity("http.file_name_too_long");
  const auto direction = file_.direction;
  file_ = {};
  file_.direction = direction;
  file_.name = name_.view();
  file_named_ = true;
  window_ = BodyWindow(held_.pool());
}

void Multipart::add_content(Bytes bytes, Call call) noexcept {
  if (!file_named_) return;
  while (!bytes.empty()) {
    if (window_.full()) report(false, call);
    const auto place = window_.room(bytes.size());
    if (place.empty()) {
      file_.truncated = true;
      return;
    }
    std::memcpy(place.data(), bytes.data(), place.size());
    window_.wrote(place.size());
    bytes = bytes.subspan(place.size());
  }
}

void Multipart::report(bool complete, Call call) noexcept {
  if (!file_open_) file_.id = (*next_file_id_)++;
  file_open_ = true;
  file_.fresh = window_.fresh_bytes();
  file_.size += file_.fresh.size();
  file_.complete = complete;
  if (complete) window_.complete();
  file_.body = window_.view();
  call.events.file_grew(call.transaction, file_);
  call.events.body_grew(call.transaction, rules::Field::file_data, file_.direction);
  window_.reported();
  file_.fresh = {};
  file_.body = window_.view();
}

void Multipart::end_part(bool truncated, Call call) noexcept {
  if (!file_named_ || window_.is_complete()) return;
  file_.truncated |= truncated || file_.gaps;
  if (window_.total() != 0) report(true, call);
}

void Multipart::gap(Direction direction, Transaction& transaction,
                    ProtocolEvents& events) noexcept {
  file_.direction = direction;
  held_.clear();
  file_.gaps = true;
  if (state_ == State::content) end_part(true, {transaction, events});
  state_ = State::preamble;
}

void Multipart::finish(bool truncated, Direction direction, Transaction& transaction,
                       ProtocolEvents& events) noexcept {
  file_.direction = direction;
  const Call call{transaction, events};
  if (state_ == State::content) {
    if (!held_.empty()) step(held_.view(), true, call);
    if (state_ == State::content) end_part(truncated, call);
  }
  held_.reset();
}

}  // namespace sekisho::engines::http1
