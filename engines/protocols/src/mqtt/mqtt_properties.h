#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::mqtt {

/// A property of version 5 (OASIS MQTT 5.0 §2.2.2).
struct Property {
  enum class Kind : std::uint8_t { number, text, pair };
  Kind kind = Kind::number;
  std::string_view name;  // as records write it
  std::uint32_t number = 0;
  std::span<const std::uint8_t> key, text;
};

/// Variable byte integer of up to four bytes (§1.5.5). False: too few bytes, or no such integer.
bool take_variable(ByteReader& reader, std::uint32_t& number) noexcept;
/// The next property; false: the list is over, or malformed (then bytes are left).
bool next_property(ByteReader& reader, Property& property) noexcept;
bool are_properties(std::span<const std::uint8_t> list) noexcept;

}  // namespace sekisho::engines::mqtt
