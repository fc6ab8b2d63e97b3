#include "payload.h"
#include "text_match.h"

namespace sekisho::engines::appid {
namespace {

/// Takes a block whose length, `bytes_of_length` bytes, stands before it. A block that is cut short
/// by the payload's end is given as far as it goes.
bool take_block(ByteReader& reader, unsigned bytes_of_length, ByteReader& block) noexcept {
  std::size_t length = 0;
  for (unsigned i = 0; i < bytes_of_length; ++i) {
    std::uint8_t byte = 0;
    if (!reader.u8(byte)) return false;
    length = length << 8 | byte;
  }
  std::span<const std::uint8_t> bytes;
  const auto available = reader.rest().size();
  if (!reader.take(length < available ? length : available, bytes)) return false;
  block = ByteReader(bytes);
  return true;
}

/// RFC 6066 §3: a list of names, of which only host names are defined.
std::string_view host_of(ByteReader extension) noexcept {
  std::uint16_t list_bytes = 0, name_bytes = 0;
  std::uint8_t type = 0;
  std::span<const std::uint8_t> name;
  if (!extension.be16(list_bytes) || !extension.u8(type) || type != 0 ||
      !extension.be16(name_bytes) || !extension.take(name_bytes, name))
    return {};
  return as_text(name);
}

/// The value of "Host:", without its port.
std::string_view without_port(std::string_view authority) noexcept {
  while (authority.starts_with(' ') || authority.starts_with('\t')) authority.remove_prefix(1);
  return authority.substr(0, authority.find_first_of(": \t"));
}

/// "host:443" of CONNECT, "http://host/..." of a request to a proxy.
std::string_view host_of_target(std::string_view line) noexcept {
  const auto space = line.find(' ');
  if (space == line.npos) return {};
  auto target = line.substr(space + 1);
  target = target.substr(0, target.find(' '));
  if (line.starts_with("CONNECT ")) return without_port(target);
  constexpr std::string_view kScheme = "http://";
  if (!target.starts_with(kScheme)) return {};
  target.remove_prefix(kScheme.size());
  return without_port(target.substr(0, target.find_first_of("/?#")));
}

}  // namespace

std::string_view host_named_by_hello(std::span<const std::uint8_t> record) noexcept {
  constexpr std::size_t kRecordHeader = 5, kMessageHeader = 4, kVersionAndRandom = 34;
  constexpr std::uint16_t kServerName = 0;
  ByteReader hello(record);
  ByteReader session({}), suites({}), compressions({}), extensions({});
  if (!hello.skip(kRecordHeader + kMessageHeader + kVersionAndRandom) ||
      !take_block(hello, 1, session) || !take_block(hello, 2, suites) ||
      !take_block(hello, 1, compressions) || !take_block(hello, 2, extensions))
    return {};
  std::uint16_t type = 0;
  ByteReader extension({});
  while (extensions.be16(type) && take_block(extensions, 2, extension))
    if (type == kServerName) return host_of(extension);
  return {};
}

std::string_view host_named_by_request(std::string_view request) noexcept {
  constexpr std::string_view kHost = "HOST:";
  auto line = request.substr(0, request.find('\n'));
  if (const auto host = host_of_target(line); !host.empty()) return host;
  while (line.size() < request.size()) {
    request.remove_prefix(line.size() + 1);
    line = request.substr(0, request.find('\n'));
    if (line.empty() || line == "\r") return {};  // the head's end
    const bool is_whole = line.size() < request.size();
    if (!is_whole || !starts_with_ignoring_case(line, kHost)) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return without_port(line.substr(kHost.size()));
  }
  return {};
}

}  // namespace sekisho::engines::appid
