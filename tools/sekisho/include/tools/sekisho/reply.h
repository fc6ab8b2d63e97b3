#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::tools {

/// A careful reader of JSON from outside. What is missing or null reads as absent; what is there
/// with the wrong type throws CommandError(unreachable) that names the place. The value must
/// outlive the view.
class View {
 public:
  View(const nlohmann::json& value, std::string place) : value_(&value), place_(std::move(place)) {}

  /// A string without control characters, a number or a boolean as text; "-" when absent.
  std::string text(std::string_view key) const;
  /// As text(), empty when absent.
  std::string text_or_empty(std::string_view key) const;
  std::optional<std::uint64_t> count(std::string_view key) const;
  std::uint64_t count_or_zero(std::string_view key) const { return count(key).value_or(0); }
  std::optional<double> number(std::string_view key) const;
  bool flag(std::string_view key) const;
  /// An empty object when absent.
  View object(std::string_view key) const;
  /// Empty when absent; every element must be an object.
  std::vector<View> list(std::string_view key) const;
  /// Empty when absent; every element must be a string.
  std::vector<std::string> texts(std::string_view key) const;
  /// Unix seconds (or text) as local time; "-" when absent.
  std::string when(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  const nlohmann::json& raw() const noexcept { return *value_; }

 private:
  const nlohmann::json* find(std::string_view key) const;
  [[noreturn]] void wrong(std::string_view key, std::string_view expected) const;
  std::string text_of(const nlohmann::json& value, std::string_view key) const;

  const nlohmann::json* value_;
  std::string place_;
};

}  // namespace sekisho::tools
