#include "rdp/rdp_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::rdp {
namespace {

using Json = events::BoundedJsonWriter;
constexpr std::size_t kChannelBytes = 12, kChannelNameBytes = 8, kMaxChannels = 31;

std::uint32_t le(Bytes bytes, std::size_t at, std::size_t count) noexcept {
  if (bytes.size() < at + count) return 0;
  std::uint32_t number = 0;
  for (std::size_t i = count; i-- > 0;) number = number << 8 | bytes[at + i];
  return number;
}

/// UTF-16LE up to a zero, as text of one byte a character; others become '?'.
class NarrowText {
 public:
  NarrowText(Bytes bytes, std::size_t at, std::size_t count) noexcept {
    if (bytes.size() < at + count) return;
    for (std::size_t i = at; i + 1 < at + count && size_ < room_.size(); i += 2) {
      const auto unit = le(bytes, i, 2);
      if (unit == 0) break;
      room_[size_++] = unit < 0x7f ? static_cast<char>(unit) : '?';
    }
  }
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  std::array<char, 32> room_;
  std::size_t size_ = 0;
};

struct Named {
  std::uint32_t number;
  std::string_view name;
};
constexpr Named kVersions[] = {{0x80001, "v4"},    {0x80004, "v5"},    {0x80005, "v10.0"},
                               {0x80006, "v10.1"}, {0x80007, "v10.2"}, {0x80008, "v10.3"},
                               {0x80009, "v10.4"}, {0x8000a, "v10.5"}, {0x8000b, "v10.6"},
                               {0x8000c, "v10.7"}, {0x8000d, "v10.8"}, {0x8000e, "v10.9"},
                               {0x8000f, "v10.10"}};
constexpr Named kBuilds[] = {
    {2600, "Windows XP"},        {3790, "Windows Server 2003"}, {6000, "Windows Vista"},
    {6001, "Windows Vista SP1"}, {6002, "Windows Vista SP2"},   {7600, "Windows 7"},
    {7601, "Windows 7 SP1"},     {9200, "Windows 8"},           {9600, "Windows 8.1"},
    {10240, "Windows 10 v1507"}, {10586, "Windows 10 v1511"},   {14393, "Windows 10 v1607"},
    {15063, "Windows 10 v1703"}, {16299, "Windows 10 v1709"},   {17134, "Windows 10 v1803"},
    {17763, "Windows 10 v1809"}, {18362, "Windows 10 v1903"},   {18363, "Windows 10 v1909"},
    {19041, "Windows 10 v2004"}};
constexpr Named kCapabilities[] = {
    {0x001, "support_errinfo_pdf"},        {0x002, "want_32bpp_session"},
    {0x004, "support_statusinfo_pdu"},     {0x008, "strong_asymmetric_keys"},
    {0x020, "valid_connection_type"},      {0x040, "support_monitor_layout_pdu"},
    {0x080, "support_netchar_autodetect"}, {0x100, "support_dynvc_gfx_protocol"},
    {0x200, "support_dynamic_time_zone"},  {0x400, "support_heartbeat_pdu"}};

void write_named(std::string_view key, std::span<const Named> names, std::uint32_t number,
                 Json& json) noexcept {
  for (const auto& known : names)
    if (known.number == number) {
      json.member(key, known.name);
      return;
    }
  std::array<char, 10> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  json.member(key, std::string_view(digits.data(), end));
}

std::uint32_t color_depth(Bytes core) noexcept {
  if (core.size() >= 138) return le(core, 136, 2);  // highColorDepth
  const auto depth = le(core, 8, 2);
  return depth == 0xca00 ? 4 : depth == 0xca01 ? 8 : 0;
}

void write_core(Bytes core, Json& json) noexcept {
  write_named("version", kVersions, le(core, 0, 4), json);
  json.member("desktop_width", le(core, 4, 2)).member("desktop_height", le(core, 6, 2));
  if (const auto depth = color_depth(core); depth != 0) json.member("color_depth", depth);
  write_named("build", kBuilds, le(core, 16, 4), json);
  json.member("client_name", NarrowText(core, 20, 32).view());
  if (core.size() >= 64) json.member("function_keys", le(core, 60, 4));
  if (core.size() >= 136) json.member("product_id", le(core, 130, 2));
  if (core.size() >= 142) {
    json.begin_array("capabilities");
    for (const auto& [bit, name] : kCapabilities)
      if ((le(core, 140, 2) & bit) != 0) json.value(name);
    json.end_array();
  }
  const NarrowText product(core, 142, 64);
  if (!product.view().empty()) json.member("id", product.view());
}

}  // namespace

std::optional<ClientSettings> read_connect_initial(Bytes payload) noexcept {
  constexpr std::string_view kTag("\x7f\x65", 2), kKey = "Duca";
  constexpr std::uint32_t kCoreBlock = 0xc001, kNetworkBlock = 0xc003;
  constexpr std::size_t kBlockHead = 4, kLeastCore = 128;
  const auto text = as_text(payload);
  const auto key = text.find(kKey);
  if (!text.starts_with(kTag) || key == text.npos) return std::nullopt;
  auto rest = payload.subspan(key + kKey.size());
  if (rest.size() < 2) return std::nullopt;
  rest = rest.subspan((rest[0] & 0x80) != 0 ? 2 : 1);  // a length in PER
  ClientSettings settings;
  while (rest.size() >= kBlockHead) {
    const auto type = le(rest, 0, 2), length = le(rest, 2, 2);
    if (length < kBlockHead || length > rest.size()) break;
    const auto block = rest.subspan(kBlockHead, length - kBlockHead);
    if (type == kCoreBlock) settings.core = block;
    if (type == kNetworkBlock && block.size() >= 4) settings.channels = block.subspan(4);
    rest = rest.subspan(length);
  }
  if (settings.core.size() < kLeastCore) return std::nullopt;
  return settings;
}

void write_settings(const ClientSettings& settings, Json& json) noexcept {
  json.begin_object("client");
  write_core(settings.core, json);
  json.end_object();
  if (settings.channels.size() < kChannelBytes) return;
  json.begin_array("channels");
  const auto count = std::min(settings.channels.size() / kChannelBytes, kMaxChannels);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = as_text(settings.channels.subspan(i * kChannelBytes, kChannelNameBytes));
    json.value(name.substr(0, name.find('\0')));
  }
  json.end_array();
}

}  // namespace sekisho::engines::rdp
