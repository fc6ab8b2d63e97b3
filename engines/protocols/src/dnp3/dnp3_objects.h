#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"
#include "config/events/json_writer.h"

namespace sekisho::engines::dnp3 {

using Bytes = std::span<const std::uint8_t>;

/// An object header of the application layer (IEEE 1815 §4.2.2.7) and its points.
struct Object {
  std::uint8_t group = 0, variation = 0, qualifier = 0;
  std::uint32_t start = 0, stop = 0, count = 0;
  Bytes points;  // raw, with prefixes

  std::uint8_t prefix_code() const noexcept { return qualifier >> 4 & 7; }
  std::uint8_t range_code() const noexcept { return qualifier & 0x0f; }
};

enum class ObjectStatus : std::uint8_t { read, over, unknown, malformed, too_many_points };

/// The next object. `with_points`: the message carries values, not only names of objects.
ObjectStatus next_object(ByteReader& reader, bool with_points, Object& object) noexcept;

/// Whether points follow the headers of a message.
bool carries_points(std::uint8_t function, bool response) noexcept;

inline constexpr std::uint32_t kMaxPoints = 16'384;    // of an object
inline constexpr std::uint32_t kMaxObjects = 2048;     // of a message
inline constexpr std::uint32_t kMaxShownPoints = 256;  // of an object, in records

/// `"points":[...]`.
void write_points(const Object& object, events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::dnp3
