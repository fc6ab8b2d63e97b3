#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::engines {

/// Kinds of SMB transactions, by the names with which Suricata's eve-log settings choose among
/// them. A kind's place is its bit in ParserOptions::smb_records.
inline constexpr std::array<std::string_view, 10> kSmbRecordKinds{
    "generic", "negotiate", "session_setup", "tree_connect", "create",
    "ioctl",   "file",      "dcerpc",        "rename",       "set_file_path_info"};
inline constexpr std::uint16_t kAllSmbRecords = (1U << kSmbRecordKinds.size()) - 1;

/// 0: no such kind.
constexpr std::uint16_t smb_record_bit(std::string_view kind) noexcept {
  for (std::size_t i = 0; i < kSmbRecordKinds.size(); ++i)
    if (kSmbRecordKinds[i] == kind) return static_cast<std::uint16_t>(1U << i);
  return 0;
}

}  // namespace sekisho::engines
