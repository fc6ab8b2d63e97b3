#include "dnp3/dnp3_objects.h"

#include <algorithm>
#include <bit>

#include "dnp3/dnp3_layouts.h"

namespace sekisho::engines::dnp3 {
namespace {

using Json = events::BoundedJsonWriter;

bool take_le(ByteReader& reader, std::size_t bytes, std::uint64_t& number) noexcept {
  Bytes raw;
  if (!reader.take(bytes, raw)) return false;
  number = 0;
  for (std::size_t i = bytes; i-- > 0;) number = number << 8 | raw[i];
  return true;
}

std::uint64_t le(ByteReader& reader, std::size_t bytes) noexcept {
  std::uint64_t number = 0;
  (void)take_le(reader, bytes, number);
  return number;
}

std::size_t prefix_bytes(std::uint8_t code) noexcept {
  constexpr std::size_t kBytes[] = {0, 1, 2, 4, 1, 2, 4, 0};
  return kBytes[code & 7];
}
bool prefix_is_size(std::uint8_t code) noexcept { return code >= 4 && code <= 6; }

bool take_range(ByteReader& reader, Object& object) noexcept {
  const auto code = object.range_code();
  std::uint64_t start = 0, stop = 0;
  if (code <= 5) {
    const std::size_t bytes = std::size_t{1} << (code % 3);
    if (!take_le(reader, bytes, start) || !take_le(reader, bytes, stop) || stop < start)
      return false;
    object.start = static_cast<std::uint32_t>(start);
    object.stop = static_cast<std::uint32_t>(stop);
    object.count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(stop - start + 1, UINT32_MAX));
    return true;
  }
  if (code == 6) return true;  // all of them
  if (code > 9 && code != 11) return false;
  const std::size_t bytes = code == 11 ? 1 : std::size_t{1} << (code - 7);
  if (!take_le(reader, bytes, start)) return false;
  object.count = static_cast<std::uint32_t>(start);
  return true;
}

std::size_t point_bytes(std::string_view layout) noexcept {
  std::size_t sum = 0;
  for (const char part : layout) sum += part_bytes(part);
  return sum;
}

/// How many bytes the points take; nullopt: not known.
std::optional<std::uint64_t> points_bytes(const Object& object, Bytes rest) noexcept {
  const auto layout = layout_of(object.group, object.variation);
  const auto prefix = prefix_bytes(object.prefix_code());
  if (prefix_is_size(object.prefix_code())) {
    ByteReader reader(rest);
    for (std::uint32_t i = 0; i < object.count; ++i) {
      std::uint64_t size = 0;
      if (!take_le(reader, prefix, size) || !reader.skip(static_cast<std::size_t>(size)))
        return UINT64_MAX;
    }
    return rest.size() - reader.rest().size();
  }
  if (object.group == 110 || object.group == 111)
    return std::uint64_t{object.count} * (prefix + object.variation);
  if (layout.empty()) return std::nullopt;
  if (layout == "1") return (std::uint64_t{object.count} + 7) / 8;
  if (layout == "2") return (std::uint64_t{object.count} + 3) / 4;
  return std::uint64_t{object.count} * (prefix + point_bytes(layout));
}

void write_flags(char part, std::uint8_t flags, Json& json) noexcept {
  const auto bit = [&](unsigned index) { return flags >> index & 1; };
  constexpr std::string_view kCommon[] = {"online", "restart", "comm_lost", "remote_forced",
                                          "local_forced"};
  for (unsigned i = 0; i < std::size(kCommon); ++i) json.member(kCommon[i], bit(i));
  switch (part) {
    case 'B':
      json.member("chatter_filter", bit(5)).member("reserved", bit(6)).member("state", bit(7));
      break;
    case 'D':
      json.member("chatter_filter", bit(5)).member("state", flags >> 6);
      break;
    case 'O':
      json.member("reserved0", bit(5)).member("reserved1", bit(6)).member("state", bit(7));
      break;
    case 'C':
      json.member("rollover", bit(5)).member("discontinuity", bit(6)).member("reserved0", bit(7));
      break;
    default:
      json.member("over_range", bit(5)).member("reference_err", bit(6)).member("reserved0", bit(7));
      break;
  }
}

void write_relay_block(ByteReader& reader, Json& json) noexcept {
  const auto control = le(reader, 1);
  json.member("op_type", control & 15)
      .member("qu", control >> 4 & 1)
      .member("cr", control >> 5 & 1)
      .member("tcc", control >> 6);
  json.member("count", le(reader, 1));
  json.member("ontime", le(reader, 4));
  json.member("offtime", le(reader, 4));
  const auto status = le(reader, 1);
  json.member("status_code", status & 127).member("reserved", status >> 7);
}

double real32(std::uint64_t bits) noexcept {
  return double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))};
}

void write_value(char part, ByteReader& reader, Json& json) noexcept {
  const auto number = le(reader, part_bytes(part));
  switch (part) {
    case 'i':
      json.member("value", static_cast<std::int32_t>(number));
      break;
    case 's':
      json.member("value", static_cast<std::int16_t>(number));
      break;
    case 'f':
      json.member("value", real32(number));
      break;
    case 'd':
      json.member("value", std::bit_cast<double>(number));
      break;
    case 'e':
      json.member("deadband_value", real32(number));
      break;
    case 'K':
      json.member("status_code", number & 127).member("commanded_state", number >> 7);
      break;
    default: {
      constexpr std::string_view kNames[] = {
          "ucount",          "vcount",          "Ttimestamp",     "trelative_time_ms",
          "Sstate",          "ydelay_secs",     "zdelay_ms",      "ccontrol_status",
          "qdeadband_value", "wdeadband_value", "ninterval_count"};
      for (const auto name : kNames)
        if (name[0] == part) json.member(name.substr(1), number);
    }
  }
}

void write_layout(std::string_view layout, ByteReader& reader, Json& json) noexcept {
  for (const char part : layout) {
    if (std::string_view("BDOCA").find(part) != std::string_view::npos)
      write_flags(part, static_cast<std::uint8_t>(le(reader, 1)), json);
    else if (part == 'X')
      write_relay_block(reader, json);
    else
      write_value(part, reader, json);
  }
}

void write_packed(const Object& object, unsigned bits, Json& json) noexcept {
  for (std::uint32_t i = 0; i < std::min(object.count, kMaxShownPoints); ++i) {
    const auto position = i * bits;
    const auto byte = object.points[position / 8];
    json.begin_object()
        .member("prefix", 0)
        .member("index", object.start + i)
        .member("state", byte >> (position % 8) & ((1u << bits) - 1))
        .end_object();
  }
}

/// File command (70, 3) and file command status (70, 4).
void write_file_point(std::uint8_t variation, Bytes point, Json& json) noexcept {
  ByteReader reader(point);
  if (variation == 3) {
    const auto offset = le(reader, 2);
    const auto size = le(reader, 2);
    json.member("filename_offset", offset).member("filename_size", size);
    json.member("created", le(reader, 6));
    json.member("permissions", le(reader, 2));
    json.member("authentication_key", le(reader, 4));
    json.member("file_size", le(reader, 4));
    json.member("operational_mode", le(reader, 2));
    json.member("maximum_block_size", le(reader, 2));
    json.member("request_id", le(reader, 2));
    const auto rest = reader.rest();
    json.member("filename",
                rest.first(std::min<std::size_t>(rest.size(), static_cast<std::size_t>(size))));
  } else if (variation == 4) {
    json.member("file_handle", le(reader, 4));
    json.member("file_size", le(reader, 4));
    json.member("maximum_block_size", le(reader, 2));
    json.member("request_id", le(reader, 2));
    json.member("status_code", le(reader, 1));
    json.member("optional_text", reader.rest());
  }
}

}  // namespace

bool carries_points(std::uint8_t function, bool response) noexcept {
  if (response) return true;
  constexpr std::uint8_t kWrite = 2, kDirectOperateNoReply = 6, kFirstFile = 25, kLastFile = 30;
  constexpr std::uint8_t kAuthenticate = 32;
  return (function >= kWrite && function <= kDirectOperateNoReply) ||
         (function >= kFirstFile && function <= kLastFile) || function >= kAuthenticate;
}

ObjectStatus next_object(ByteReader& reader, bool with_points, Object& object) noexcept {
  if (reader.rest().empty()) return ObjectStatus::over;
  object = {};
  if (!reader.u8(object.group) || !reader.u8(object.variation) || !reader.u8(object.qualifier) ||
      !take_range(reader, object))
    return ObjectStatus::malformed;
  if (object.count > kMaxPoints) return ObjectStatus::too_many_points;
  const auto prefix = prefix_bytes(object.prefix_code());
  std::optional<std::uint64_t> bytes = std::uint64_t{object.count} * prefix;
  if (with_points && object.count > 0 && object.variation > 0)
    bytes = points_bytes(object, reader.rest());
  else if (prefix_is_size(object.prefix_code()))
    bytes = points_bytes(object, reader.rest());
  if (!bytes) return ObjectStatus::unknown;
  if (*bytes > reader.rest().size() ||
      !reader.take(static_cast<std::size_t>(*bytes), object.points))
    return ObjectStatus::malformed;
  return ObjectStatus::read;
}

void write_points(const Object& object, Json& json) noexcept {
  const auto layout = layout_of(object.group, object.variation);
  const auto prefix = prefix_bytes(object.prefix_code());
  const bool sized = prefix_is_size(object.prefix_code());
  if (object.points.empty() || (layout.empty() && !sized)) return;
  json.begin_array("points");
  if (layout == "1" || layout == "2") {
    write_packed(object, layout == "1" ? 1 : 2, json);
    json.end_array();
    return;
  }
  ByteReader reader(object.points);
  const auto value_bytes = point_bytes(layout);
  for (std::uint32_t i = 0; i < std::min(object.count, kMaxShownPoints); ++i) {
    const auto before = le(reader, prefix);
    Bytes point;
    if (!reader.take(sized ? static_cast<std::size_t>(before) : value_bytes, point)) break;
    json.begin_object().member("prefix", before);
    json.member("index", prefix > 0 && !sized ? before : object.start + i);
    if (sized) json.member("size", before);
    ByteReader inner(point);
    if (object.group == 70)
      write_file_point(object.variation, point, json);
    else
      write_layout(layout, inner, json);
    json.end_object();
  }
  json.end_array();
}

}  // namespace sekisho::engines::dnp3
