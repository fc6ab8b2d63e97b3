#include "dataplane/flow/media_announcement.h"

#include <algorithm>

#include "config/base/byte_reader.h"
#include "line_words.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint32_t kFirstUnprivilegedPort = 1024, kLastPort = 65535;
constexpr std::uint32_t kMaxLines = 256;  // of a message that are looked at
constexpr std::uint32_t kMaxPairs = 4;    // of ports: "m=video 49170/2"; further ones are left out

/// Whole lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text) noexcept : rest_(text) {}
  bool next(std::string_view& line) noexcept {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos || ++count_ > kMaxLines) return false;
    line = rest_.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
  std::uint32_t count_ = 0;
};

/// "IN IP4 192.0.2.1", as lines "c=" and "a=rtcp:" have it: whether that is `sender`.
bool names_sender(std::string_view text, const IpAddress& sender) noexcept {
  if (!take_word(text, "IN IP")) return false;
  const bool v6 = take_word(text, "6 ");
  if (!v6 && !take_word(text, "4 ")) return false;
  while (text.ends_with(' ')) text.remove_suffix(1);
  return read_address(text, v6) == sender;
}

/// What is sent as RTP packets over UDP, whatever secures it.
bool is_rtp_profile(std::string_view profile) noexcept {
  return profile.starts_with("RTP/") || profile.starts_with("UDP/TLS/RTP/");
}

/// One media description of a session, from "m=" to the next.
class Media {
 public:
  /// "audio 49170/2 RTP/AVP 0": the type, the first port and how many pairs of them, the profile.
  void begin(std::string_view text, bool at_sender) noexcept {
    *this = {};
    at_sender_ = at_sender;
    take_until(text, ' ');
    const auto port = take_number(text, 5, kLastPort);
    if (!port) return;
    num_pairs_ = 1;
    if (take_char(text, '/'))
      num_pairs_ = std::min(take_number(text, 5, kLastPort).value_or(1), kMaxPairs);
    if (take_char(text, ' ') && is_rtp_profile(text)) port_ = *port;
  }
  void connects(bool at_sender) noexcept { at_sender_ = at_sender; }
  /// "53020" or "53020 IN IP6 2001:db8::1": its RTCP is not at the port behind its RTP.
  void sends_rtcp(std::string_view text, const IpAddress& sender) noexcept {
    const auto port = take_number(text, 5, kLastPort);
    const bool is_here = text.empty() || (take_char(text, ' ') && names_sender(text, sender));
    rtcp_port_ = port && is_here ? *port : 0;
    rtcp_told_ = true;
  }
  void end(MediaPorts& ports) const noexcept {
    if (port_ == 0 || !at_sender_) return;  // port 0: refused
    for (std::uint32_t i = 0; i < num_pairs_; ++i) {
      ports.add(port_ + 2 * i);
      if (!rtcp_told_) ports.add(port_ + 2 * i + 1);
    }
    if (rtcp_told_) ports.add(rtcp_port_);
  }

 private:
  std::uint32_t port_ = 0;  // 0: no RTP
  std::uint32_t num_pairs_ = 0;
  std::uint32_t rtcp_port_ = 0;
  bool rtcp_told_ = false;
  bool at_sender_ = false;
};

MediaPorts read_session(std::string_view description, const IpAddress& sender) noexcept {
  MediaPorts ports;
  Media media;
  bool in_media = false, session_at_sender = false;
  Lines lines(description);
  for (std::string_view line; lines.next(line);) {
    if (line.size() < 2 || line[1] != '=') continue;
    const auto value = line.substr(2);
    if (line[0] == 'm') {
      media.end(ports);
      media.begin(value, session_at_sender);
      in_media = true;
    } else if (line[0] == 'c') {
      const bool here = names_sender(value, sender);
      if (in_media)
        media.connects(here);
      else
        session_at_sender = here;
    } else if (line[0] == 'a' && value.starts_with("rtcp:")) {
      media.sends_rtcp(value.substr(5), sender);
    }
  }
  media.end(ports);
  return ports;
}

/// "5000-5001", or "5000" alone.
void add_range(std::string_view text, MediaPorts& ports) noexcept {
  const auto first = take_number(text, 5, kLastPort);
  if (!first) return;
  ports.add(*first);
  if (!take_char(text, '-')) return;
  if (const auto last = take_number(text, 5, kLastPort)) ports.add(*last);
}

/// Parameters of one way that Transport offers: "RTP/AVP;unicast;client_port=5000-5001".
void add_transport(std::string_view way, std::string_view wanted, MediaPorts& ports) noexcept {
  while (take_char(way, ' ')) {
  }
  const auto profile = take_until(way, ';');
  if (!profile.starts_with("RTP/") || profile.ends_with("/TCP")) return;
  while (!way.empty()) {
    auto parameter = take_until(way, ';');
    if (take_word(parameter, wanted)) add_range(parameter, ports);
  }
}

}  // namespace

void MediaPorts::add(std::uint32_t port) noexcept {
  if (port < kFirstUnprivilegedPort || port > kLastPort || count_ == kMax) return;
  const auto known = all();
  if (std::find(known.begin(), known.end(), port) != known.end()) return;
  ports_[count_++] = static_cast<std::uint16_t>(port);
}

MediaPorts read_sip_media(std::span<const std::uint8_t> payload, const IpAddress& sender) noexcept {
  Lines header(as_text(payload));
  std::string_view line;
  if (!header.next(line) || !(line.starts_with("SIP/2.0 ") || line.ends_with(" SIP/2.0")))
    return {};
  while (header.next(line))
    if (line.empty())
      return header.rest().starts_with("v=0") ? read_session(header.rest(), sender) : MediaPorts{};
  return {};
}

MediaPorts read_rtsp_media(std::span<const std::uint8_t> payload, bool to_server) noexcept {
  Lines header(as_text(payload));
  std::string_view line;
  if (!header.next(line)) return {};
  if (!(to_server ? line.ends_with(" RTSP/1.0") : line.starts_with("RTSP/1.0 "))) return {};
  MediaPorts ports;
  while (header.next(line) && !line.empty()) {
    if (!take_word(line, "TRANSPORT:")) continue;
    while (!line.empty())
      add_transport(take_until(line, ','), to_server ? "CLIENT_PORT=" : "SERVER_PORT=", ports);
  }
  return ports;
}

}  // namespace sekisho::dataplane
