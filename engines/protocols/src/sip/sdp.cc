#include <algorithm>
#include <array>

#include "lines.h"
#include "sip/sip_message.h"

namespace sekisho::engines {
namespace {

using rules::Field;
using Json = events::BoundedJsonWriter;

constexpr std::uint32_t kMaxLines = 512;  // of a description; further ones are not shown
constexpr std::size_t kMaxShown = 1024;   // bytes of a line in records

std::span<const std::uint8_t> shown_part(std::span<const std::uint8_t> value) noexcept {
  return value.first(std::min(value.size(), kMaxShown));
}

struct Line {
  char type = 0;
  std::span<const std::uint8_t> value;
};

/// "x=value" lines, others are passed over.
class LineReader {
 public:
  explicit LineReader(std::span<const std::uint8_t> text) noexcept : rest_(text) {}
  bool next(Line& line) noexcept {
    while (!rest_.empty() && num_lines_++ < kMaxLines) {
      auto text = take_until(rest_, '\n');
      if (!text.empty() && text.back() == '\r') text = text.first(text.size() - 1);
      if (text.size() < 2 || text[1] != '=') continue;
      line = {static_cast<char>(text[0]), text.subspan(2)};
      return true;
    }
    return false;
  }

 private:
  std::span<const std::uint8_t> rest_;
  std::uint32_t num_lines_ = 0;
};

struct Place {
  Field field;
  char type;
  bool of_media;  // in a media description; else before the first
};
constexpr std::array kPlaces{
    Place{Field::sdp_origin, 'o', false},
    Place{Field::sdp_session_name, 's', false},
    Place{Field::sdp_session_info, 'i', false},
    Place{Field::sdp_uri, 'u', false},
    Place{Field::sdp_email, 'e', false},
    Place{Field::sdp_phone_number, 'p', false},
    Place{Field::sdp_connection_data, 'c', false},
    Place{Field::sdp_bandwidth, 'b', false},
    Place{Field::sdp_time, 't', false},
    Place{Field::sdp_repeat_time, 'r', false},
    Place{Field::sdp_timezone, 'z', false},
    Place{Field::sdp_encryption_key, 'k', false},
    Place{Field::sdp_attribute, 'a', false},
    Place{Field::sdp_media_media, 'm', true},
    Place{Field::sdp_media_media_info, 'i', true},
    Place{Field::sdp_media_connection_data, 'c', true},
    Place{Field::sdp_media_encryption_key, 'k', true},
};

struct Shown {
  char type;
  std::string_view key;
  bool is_list;
};
constexpr std::array kSession{Shown{'o', "origin", false},
                              Shown{'s', "session_name", false},
                              Shown{'i', "session_info", false},
                              Shown{'u', "uri", false},
                              Shown{'e', "email", false},
                              Shown{'p', "phone_number", false},
                              Shown{'c', "connection_data", false},
                              Shown{'b', "bandwidths", true},
                              Shown{'t', "time", false},
                              Shown{'r', "repeat_time", false},
                              Shown{'z', "timezone", false},
                              Shown{'k', "encryption_key", false},
                              Shown{'a', "attributes", true}};
constexpr std::array kMedia{Shown{'i', "media_info", false}, Shown{'c', "connection_data", false},
                            Shown{'b', "bandwidths", true}, Shown{'k', "encryption_key", false},
                            Shown{'a', "attributes", true}};

/// The members that the lines from `reader` on give, up to (not with) the next media description.
void write_members(LineReader reader, std::span<const Shown> shown, Json& json) noexcept {
  for (const auto& member : shown) {
    auto lines = reader;
    Line line;
    bool begun = false;
    while (lines.next(line) && line.type != 'm') {
      if (line.type != member.type) continue;
      if (!member.is_list) {
        json.member(member.key, shown_part(line.value));
        break;
      }
      if (!begun) json.begin_array(member.key);
      begun = true;
      json.value(shown_part(line.value));
    }
    if (begun) json.end_array();
  }
}

}  // namespace

std::optional<std::span<const std::uint8_t>> sdp_field(std::span<const std::uint8_t> text,
                                                       Field field,
                                                       std::uint32_t instance) noexcept {
  for (const auto& place : kPlaces) {
    if (place.field != field) continue;
    LineReader lines(text);
    Line line;
    bool in_media = false;
    while (lines.next(line)) {
      in_media |= line.type == 'm';
      if (line.type == place.type && (in_media == place.of_media || place.type == 'a') &&
          instance-- == 0)
        return line.value;
    }
  }
  return std::nullopt;
}

void write_sdp(std::span<const std::uint8_t> text, Json& json) noexcept {
  json.begin_object("sdp");
  LineReader lines(text);
  write_members(lines, kSession, json);
  Line line;
  bool begun = false;
  while (lines.next(line)) {
    if (line.type == 'm') {
      if (!begun) json.begin_array("media_descriptions");
      begun = true;
      json.begin_object().member("media", shown_part(line.value));
      write_members(lines, kMedia, json);
      json.end_object();
    }
  }
  if (begun) json.end_array();
  json.end_object();
}

}  // namespace sekisho::engines
