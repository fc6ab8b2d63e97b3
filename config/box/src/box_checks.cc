#include "box_checks.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

#include "config/base/address.h"
#include "config/base/host_and_port.h"

namespace sekisho::box {
namespace {

constexpr std::size_t kMaxNameBytes = 63;
constexpr std::size_t kMaxInterfaceBytes = 15;  // IFNAMSIZ less its NUL
constexpr std::size_t kMaxFolderBytes = 80;     // leaves room for a socket's name in 107 bytes
constexpr std::size_t kMaxSocketBytes = 107;    // sockaddr_un
constexpr std::size_t kMaxDriverBytes = 1024;

bool only(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || extra.find(c) != extra.npos;
  });
}

/// "0000:3b:00.1", or without the domain.
bool is_pci_address(std::string_view text) {
  constexpr std::string_view kShape = "xxxx:xx:xx.x";
  if (text.size() == kShape.size() - 5) return is_pci_address("0000:" + std::string(text));
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool hex = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (kShape[i] == 'x' ? !hex : text[i] != kShape[i]) return false;
  }
  return true;
}

/// "192.0.2.1:514" or "[2001:db8::1]:514".
bool is_address_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size() || port == 0) return false;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_ip_address(host);
  return address && address->is_v4() != bracketed;
}

}  // namespace

std::string check_box_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || !only(name, "-_."))
    return "name must be 1 to 63 letters, digits, '-', '_' or '.'";
  return {};
}

std::string check_port_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxInterfaceBytes || !only(name, "-_."))
    return "a port's name must be 1 to 15 letters, digits, '-', '_' or '.'";
  return {};
}

std::string check_folder(std::string_view path) {
  if (path.empty() || path.front() != '/') return "must be an absolute path";
  if (path.size() > kMaxFolderBytes)
    return "is longer than " + std::to_string(kMaxFolderBytes) + " bytes";
  return {};
}

std::string check_driver(std::string_view driver) {
  if (driver == "af_packet" || driver == "af_xdp" || driver == "pci") return {};
  if (driver.starts_with("vdev:") && driver.size() > 5 && driver.size() <= kMaxDriverBytes)
    return {};
  return "driver must be af_packet, af_xdp, pci or vdev:ARGUMENTS";
}

std::string check_device(std::string_view device, std::string_view driver) {
  if (driver == "pci")
    return is_pci_address(device) ? "" : "device must be a PCI address like 0000:3b:00.1";
  if (driver.starts_with("vdev:")) return {};
  if (device.empty() || device.size() > kMaxInterfaceBytes || device == "." || device == ".." ||
      device.find_first_of("/ \t\n:,") != device.npos)
    return "device must be the name of a network interface";
  return {};
}

std::string check_metrics_address(std::string_view address) {
  if (address.empty() || is_address_and_port(address)) return {};
  return "metrics_address must be ADDRESS:PORT like 127.0.0.1:9464 or [::1]:9464, or empty";
}

std::string check_console_address(std::string_view address) {
  if (address.empty()) return {};
  const auto hosts = parse_hosts_and_ports(address);
  if (hosts) return {};
  return "console.address must be HOST:PORT, several with commas between, or empty: " +
         hosts.error().message;
}

std::string check_syslog_target(std::string_view target) {
  if (target.empty()) return {};
  if (target.starts_with("udp:") && is_address_and_port(target.substr(4))) return {};
  if (target.starts_with("unix:/") && target.size() - 5 <= kMaxSocketBytes) return {};
  return "syslog_target must be udp:ADDRESS:PORT or unix:PATH, or empty";
}

}  // namespace sekisho::box
