#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::rules {

/// One application that content rules can name. Ids are stable for ever; 0 is none.
struct Application {
  std::uint16_t id;
  std::string_view name;   // what policies write: "dhcp"
  std::string_view title;  // "DHCP"
  std::string_view title_ja;
  std::string_view category;  // "network_protocols_extensions" (R063), "web", ...
  /// Where the application can be at all; recognition is by content, but a rule that names it need
  /// not wait on flows elsewhere. protocol 0: any; port 0: any.
  std::uint8_t protocol;
  std::uint16_t port;
};

std::span<const Application> applications() noexcept;
const Application* find_application(std::string_view name) noexcept;  // null: none of that name
const Application* application(std::uint16_t id) noexcept;            // null: none of that id

}  // namespace sekisho::rules
