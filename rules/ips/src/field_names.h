#pragma once

#include <cstdint>
#include <span>

#include "number_text.h"
#include "rules/ips/field.h"

namespace sekisho::rules {

/// Names that a number field's keyword takes; empty: none.
std::span<const NamedNumber> names_of(Field field) noexcept;
/// The fields whose keyword takes a list of bits, each with or without "!".
bool is_bit_field(Field field) noexcept;
/// The highest value that a rule may compare the field with.
std::uint64_t highest_of(Field field) noexcept;

}  // namespace sekisho::rules
