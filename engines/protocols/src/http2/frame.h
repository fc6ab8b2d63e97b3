#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::engines::http2 {

/// RFC 9113 §6.
enum class FrameType : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation
};

inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;

inline constexpr std::size_t kFrameHeaderBytes = 9;
inline constexpr std::size_t kSettingBytes = 6;
inline constexpr std::uint16_t kSettingHeaderTableSize = 1;

struct FrameHeader {
  std::uint32_t length = 0;
  FrameType type = FrameType::data;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
};

/// As EVE names them: "SETTINGSHEADERTABLESIZE", "NOERROR"; "" for unknown ones.
std::string_view setting_name(std::uint16_t id) noexcept;
std::string_view error_name(std::uint32_t code) noexcept;

}  // namespace sekisho::engines::http2
