#include "http1/header_table.h"

#include <algorithm>
#include <utility>

namespace sekisho::engines::http1 {
namespace {

struct Known {
  std::string_view text;
  Name name;
};
constexpr std::array<Known, 22> kKnown = {{
    {"accept", Name::accept},
    {"accept-encoding", Name::accept_encoding},
    {"accept-language", Name::accept_language},
    {"authorization", Name::authorization},
    {"connection", Name::connection},
    {"content-disposition", Name::content_disposition},
    {"content-encoding", Name::content_encoding},
    {"content-length", Name::content_length},
    {"content-range", Name::content_range},
    {"content-type", Name::content_type},
    {"cookie", Name::cookie},
    {"host", Name::host},
    {"http2-settings", Name::http2_settings},
    {"location", Name::location},
    {"referer", Name::referer},
    {"sec-websocket-extensions", Name::sec_websocket_extensions},
    {"server", Name::server},
    {"set-cookie", Name::set_cookie},
    {"transfer-encoding", Name::transfer_encoding},
    {"upgrade", Name::upgrade},
    {"user-agent", Name::user_agent},
    {"x-forwarded-for", Name::x_forwarded_for},
}};

Name known_name(Bytes name) noexcept {
  if (name.size() < 4) return Name::other;
  const auto first = lower(name[0]);
  for (const auto& known : kKnown)
    if (known.text.size() == name.size() && known.text[0] == static_cast<char>(first) &&
        equals_nocase(name, known.text))
      return known.name;
  return Name::other;
}

/// The name as a peer reads it that drops controls inside.
Name lenient_name(Bytes name) noexcept {
  std::array<std::uint8_t, 32> clean;
  std::size_t count = 0;
  for (const auto c : name) {
    if (is_skippable(c)) continue;
    if (count == clean.size()) return Name::other;
    clean[count++] = c;
  }
  return known_name(std::span(clean).first(count));
}

bool decides_framing(Name name) noexcept {
  return name == Name::transfer_encoding || name == Name::content_encoding ||
         name == Name::content_length;
}

/// End of the physical line that begins at `at`: the line feed, or a lone CR before another field.
std::size_t line_end(Bytes head, std::size_t at, bool& lone_cr) noexcept {
  const auto rest = head.subspan(at);
  const auto feed = std::min(find_byte(rest, '\n'), rest.size());
  lone_cr = false;
  std::size_t from = 0;
  while (from < feed) {
    const auto cr = find_byte(rest.first(feed).subspan(from), '\r');
    if (cr == std::string_view::npos) break;
    const auto after = from + cr + 1;
    if (after >= feed) break;
    if (from + cr != 0 && looks_like_field(rest.subspan(after, feed - after))) {
      lone_cr = true;
      return at + after - 1;
    }
    from = after;
  }
  return at + feed;
}

/// A line that goes on with the one before.
bool is_continuation(Bytes line) noexcept {
  if (line.empty()) return false;
  if (is_blank(line[0])) return true;
  const bool control = line[0] < ' ' && line[0] != '\r';
  return control && find_byte(line, ':') == std::string_view::npos && trimmed(line).size() > 0;
}

}  // namespace

bool looks_like_field(Bytes line) noexcept {
  constexpr std::size_t kMostNameBytes = 64;
  const auto end = find_byte(line.first(std::min(line.size(), kMostNameBytes)), ':');
  if (end == std::string_view::npos) return false;
  const auto name = trimmed(line.first(end));
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token_character);
}

void HeaderTable::parse(Bytes head, std::size_t block_at) noexcept {
  clear();
  std::size_t at = block_at;
  while (at < head.size()) {
    bool lone_cr = false;
    auto end = line_end(head, at, lone_cr);
    const auto begin = at;
    at = end + 1;
    oddities.hidden |= lone_cr;
    bool folded = false;
    // goes on over the lines that follow?
    while (!lone_cr && at < head.size() && head[at] <= ' ' && head[at] != '\r') {
      const auto next_end = line_end(head, at, lone_cr);
      const auto next = head.subspan(at, next_end - at);
      if (!is_continuation(next)) break;
      folded = true;
      if (begin != block_at || trimmed(head.subspan(begin, end - begin)).size() != 0)
        add_shadow(head, at, next_end - at);
      end = next_end;
      at = end + 1;
    }
    add_line(head, begin, end - begin, folded);
  }
}

/// A folded line that looks like a field: some peers take it for one.
void HeaderTable::add_shadow(Bytes head, std::size_t at, std::size_t size) noexcept {
  if (!looks_like_field(head.subspan(at, size))) return;
  oddities.invalid_folding = true;
  const auto before = fields_.size();
  add_line(head, at, size, false);
  if (fields_.size() == before) return;
  auto& field = fields_.writable()[before];
  field.shadow = field.odd = true;
  if (!decides_framing(field.name) && field.name != Name::host) fields_.truncate(before);
}

void HeaderTable::add_line(Bytes head, std::size_t at, std::size_t size, bool folded) noexcept {
  const auto line = head.subspan(at, size);
  const auto content = trimmed(line);
  if (content.empty()) {
    oddities.hidden |= !line.empty() && !(line.size() == 1 && line[0] == '\r');
    return;
  }
  const auto colon = find_byte(line, ':');
  if (colon == std::string_view::npos) {
    oddities.missing_colon = true;
    return;
  }
  const auto name = trimmed(line.first(colon));
  const auto value = trimmed(line.subspan(colon + 1));
  HeaderField field;
  const auto offset_of = [&](Bytes part) {
    return static_cast<std::uint16_t>(
        part.empty() ? at + colon : static_cast<std::size_t>(part.data() - head.data()));
  };
  field.name_at = offset_of(name);
  field.name_bytes = static_cast<std::uint16_t>(name.size());
  field.value_at = offset_of(value);
  field.value_bytes = static_cast<std::uint16_t>(value.size());
  field.folded = folded;
  const bool clean = std::all_of(name.begin(), name.end(), is_token_character);
  field.odd =
      !clean || folded || name.empty() || name.data() != line.data() || name.size() != colon;
  field.name = clean ? known_name(name) : lenient_name(name);
  oddities.invalid_name |= !clean || name.empty() || name.size() != colon;
  oddities.hidden |= !clean;
  add(head, field);
  const auto* first = find(field.name);  // null: even the first field found no memory
  if (decides_framing(field.name) && first != nullptr && first != &fields().back())
    oddities.repetition = true;
}

void HeaderTable::add(Bytes head, HeaderField field) noexcept {
  if (fields_.append(field)) return;
  oddities.too_many = true;
  if (field.name == Name::host && asks_another(head, field)) return;
  // what decides about the body, and who is asked, must not be hidden behind many others
  const auto all = fields_.writable();
  const bool asks = field.name == Name::host && find(Name::host) == nullptr;
  if (all.size() > 1 && (asks || find(Name::host) == &all.back()))
    all[all.size() - 2] = asks ? field : all.back();
  if (decides_framing(field.name) && !all.empty()) all.back() = field;
}

/// Whether the Host that found no place is another than the first: it takes that of a field which
/// decides nothing.
bool HeaderTable::asks_another(Bytes head, HeaderField field) noexcept {
  const auto* const first = find(Name::host);
  if (first == nullptr) return false;
  const auto value = raw_value_of(field, head);
  if (equals_nocase(raw_value_of(*first, head), as_text(value))) return true;
  const auto all = fields_.writable();
  for (auto i = all.size(); i-- > 2;) {  // the last two are kept for what add() puts there
    auto& place = all[i - 2];
    if (place.name == Name::host || decides_framing(place.name)) continue;
    auto& earlier = all[static_cast<std::size_t>(first - all.data())];
    if (&place < &earlier) std::swap(field, earlier);  // the first one stays the first
    place = field;
    break;
  }
  return true;
}

const HeaderField* HeaderTable::find(Name name) const noexcept {
  for (const auto& field : fields())
    if (field.name == name && !field.shadow) return &field;
  return nullptr;
}

void add_value(const HeaderField& field, Bytes head, ScratchWriter& out) noexcept {
  const auto raw = raw_value_of(field, head);
  if (!field.folded) return out.add(raw);
  bool in_fold = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto c = raw[i];
    if (c == '\r' || c == '\n') {
      in_fold = true;
      continue;
    }
    if (in_fold && is_blank(c)) continue;
    if (in_fold) out.add_byte(' ');
    in_fold = false;
    out.add_byte(c);
  }
}

Bytes value_of(const HeaderField& field, Bytes head, std::span<std::uint8_t> scratch) noexcept {
  if (!field.folded) return raw_value_of(field, head);
  ScratchWriter out(scratch);
  add_value(field, head, out);
  return out.written();
}

}  // namespace sekisho::engines::http1
