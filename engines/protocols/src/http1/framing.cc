#include "http1/framing.h"

namespace sekisho::engines::http1 {
namespace {

constexpr std::size_t kMaxWord = 24;

bool contains(std::string_view word, std::string_view part) noexcept {
  return word.find(part) != std::string_view::npos;
}

/// Calls `use` with each word of letters, digits and hyphens, in lower case, controls dropped.
template <class Use>
void for_each_word(Bytes value, Use&& use) noexcept {
  std::array<char, kMaxWord> word;
  std::size_t size = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const auto c = i < value.size() ? value[i] : std::uint8_t{','};
    if (is_letter(c) || is_digit(c) || c == '-') {
      if (size < word.size()) word[size++] = static_cast<char>(lower(c));
      continue;
    }
    if (c == 0) continue;
    if (size != 0) use(std::string_view(word.data(), size));
    size = 0;
  }
}

void add_coding(Framing& framing, Coding coding) noexcept {
  if (framing.num_codings < Framing::kMaxCodings) framing.codings[framing.num_codings++] = coding;
}

/// False: no name of a coding.
bool add_coding_named(Framing& framing, std::string_view word) noexcept {
  if (contains(word, "gzip"))
    add_coding(framing, Coding::gzip);
  else if (contains(word, "deflate"))
    add_coding(framing, Coding::deflate);
  else if (word == "br")
    add_coding(framing, Coding::brotli);
  else if (word == "lzma" || word == "x-lzma")
    add_coding(framing, Coding::lzma);
  else
    return word == "identity" || word == "none";
  return true;
}

}  // namespace

void read_content_encoding(Framing& framing, Bytes value) noexcept {
  bool unknown = false;
  const auto before = framing.num_codings;
  for_each_word(value, [&](std::string_view word) {
    ++framing.num_words;
    unknown |= !add_coding_named(framing, word);
  });
  framing.abnormal_content_encoding |= unknown;
  if (unknown && framing.num_codings == before) add_coding(framing, Coding::unknown);
}

namespace {

void read_transfer_encoding(Framing& framing, const HeaderField& field, Bytes value) noexcept {
  const bool plain = !field.odd && equals_nocase(value, "chunked");
  framing.chunked_surely = plain && !framing.transfer_encoding;
  framing.invalid_transfer_encoding |= !plain;
  framing.transfer_encoding = true;
  for_each_word(value, [&](std::string_view word) {
    if (contains(word, "chunked"))
      framing.chunked = true;
    else
      add_coding_named(framing, word);
  });
}

void read_length(Framing& framing, Bytes value) noexcept {
  std::size_t at = 0;
  while (at < value.size() && !is_digit(value[at])) ++at;
  framing.invalid_length |= at != 0 || value.empty();
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
  std::uint64_t length = 0;
  const auto first = at;
  for (; at < value.size() && is_digit(value[at]); ++at)
    length = std::min(kMost, length * 10 + (value[at] - std::uint64_t{'0'}));
  framing.invalid_length |= at != value.size();
  if (at == first) return;
  if (framing.length)
    framing.several_lengths = true;
  else
    framing.length = length;
}

}  // namespace

Framing framing_of(const HeaderTable& table, Bytes head, std::size_t block_at) noexcept {
  Framing framing;
  for (const auto& field : table.fields()) {
    const auto value = raw_value_of(field, head);
    if (field.name == Name::content_encoding) read_content_encoding(framing, value);
    if (field.name == Name::transfer_encoding) read_transfer_encoding(framing, field, value);
    if (field.name == Name::content_length) read_length(framing, value);
  }
  framing.chunked_surely &= framing.chunked && !table.oddities.hidden;
  const bool hidden = table.oddities.hidden || table.oddities.missing_colon;
  if (hidden && !framing.chunked && !framing.transfer_encoding &&
      find_nocase(head.subspan(block_at), "chunked") != std::string_view::npos)
    framing.transfer_encoding = true;
  return framing;
}

std::size_t ChunkReader::consume(Bytes bytes, Bytes& data) noexcept {
  data = {};
  switch (state_) {
    case State::size:
      return read_size(bytes);
    case State::extension: {
      const auto feed = find_byte(bytes, '\n');
      if (feed == std::string_view::npos) return bytes.size();
      end_of_size();
      return feed + 1;
    }
    case State::data: {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      data = bytes.first(count);
      skip(count);
      return count;
    }
    case State::after_data: {
      std::size_t count = 0;
      while (count < bytes.size() && (bytes[count] == '\r' || bytes[count] == '\n')) ++count;
      if (count < bytes.size()) state_ = State::size;
      return count;
    }
    case State::trailer:
      return read_trailer(bytes);
    case State::done:
    case State::not_chunked:
      break;
  }
  return 0;
}

void ChunkReader::skip(std::uint64_t count) noexcept {
  left_ -= std::min(left_, count);
  if (left_ != 0) return;
  state_ = State::after_data;
  digits_ = 0;
  prefix_ = false;
}

std::size_t ChunkReader::read_size(Bytes bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = bytes[i];
    if (num_held_ < held_.size()) held_[num_held_++] = c;
    if (!read_size_byte(c)) {
      state_ = State::not_chunked;
      return i + 1;
    }
    if (state_ != State::size) return i + 1;
  }
  return bytes.size();
}

/// False: this is no size. The states that follow are set here.
bool ChunkReader::read_size_byte(std::uint8_t c) noexcept {
  const bool first = chunks_ == 0;
  if (const auto value = hex_value(c); value >= 0) {
    left_ = std::min(left_ << 4 | static_cast<unsigned>(value), std::uint64_t{1} << 58);
    ++digits_;
    return true;
  }
  if (digits_ == 0) {
    if (prefix_) {  // "0x" alone
      if (c == '\n')
        end_of_size();
      else
        state_ = State::extension;
      return true;
    }
    odd_ |= c != '\r' && c != '\n';
    if (strict_ && first) return false;
    return (is_skippable(c) || c == '+') && num_held_ < kMaxLead;
  }
  if (c == '\n') {
    end_of_size();
    return true;
  }
  if (lower(c) == 'x' && digits_ == 1 && left_ == 0 && !prefix_) {
    prefix_ = odd_ = true;
    digits_ = 0;
    return true;
  }
  const bool usual = c == '\r' || c == ';' || is_blank(c);
  odd_ |= !usual;
  if (first && !usual && (strict_ || (is_letter(c) && lower(c) != 'x'))) return false;
  state_ = State::extension;
  return true;
}

void ChunkReader::end_of_size() noexcept {
  ++chunks_;
  num_held_ = 0;
  line_has_text_ = false;
  state_ = left_ == 0 ? State::trailer : State::data;
}

/// Lines to the first blank one; what is no field is not part of it.
std::size_t ChunkReader::read_trailer(Bytes bytes) noexcept {
  const auto feed = find_byte(bytes, '\n');
  const auto line = bytes.first(std::min(feed, bytes.size()));
  line_has_text_ |= !trimmed(line).empty();
  if (feed == std::string_view::npos) return bytes.size();
  if (!line_has_text_) state_ = State::done;
  line_has_text_ = false;
  return feed + 1;
}

}  // namespace sekisho::engines::http1
