#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::engines::callback {

/// The part of a canonical DNS name that somebody registered: "example.co.jp" of
/// "www.example.co.jp". By the shape of the name, not by the public suffix list: under two letters
/// of a country a second level like co or ac is nobody's. Empty for a single label. Points into
/// `name`.
std::string_view registered_domain(std::string_view name) noexcept;

/// The label that its owner chose: "example" of all of these. Points into `name`.
std::string_view chosen_label(std::string_view name) noexcept;

/// How unlike names that people choose a label is: hundredths of a bit a character, by the letters
/// in threes (name_model.inc). Half of all real names are below 370, one in 26 above 525; random
/// letters are mostly above 550. Nothing for what cannot be judged: shorter than 6 characters, or
/// of A-labels.
std::optional<std::uint32_t> name_oddity(std::string_view label) noexcept;

/// From there on a name counts as made by a machine.
inline constexpr std::uint32_t kMachineMade = 525;

}  // namespace sekisho::engines::callback
