#include <array>

#include "payload.h"
#include "text_match.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::array<std::string_view, 23> kHttpMethods{
    "GET",    "POST",   "HEAD",  "PUT",  "DELETE", "OPTIONS", "CONNECT",   "PATCH",
    "TRACE",  "MKCOL",  "COPY",  "MOVE", "LOCK",   "UNLOCK",  "PROPPATCH", "PROPFIND",
    "REPORT", "SEARCH", "MERGE", "LINK", "UNLINK", "PURGE",   "CHECKOUT"};
constexpr std::array<std::string_view, 14> kSipMethods{
    "INVITE", "ACK",       "BYE",    "CANCEL",  "REGISTER", "OPTIONS", "PRACK",
    "UPDATE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",     "REFER",   "MESSAGE"};
constexpr std::array<std::string_view, 11> kRtspMethods{
    "OPTIONS", "DESCRIBE", "SETUP",    "PLAY",          "PAUSE",        "TEARDOWN",
    "RECORD",  "ANNOUNCE", "REDIRECT", "GET_PARAMETER", "SET_PARAMETER"};

constexpr std::array<std::string_view, 10> kWebdavMethods{
    "PROPFIND", "PROPPATCH", "MKCOL",  "COPY",   "MOVE",
    "LOCK",     "UNLOCK",    "REPORT", "SEARCH", "MKCALENDAR"};

/// Words and labels of "example.com", or a number of an autonomous system, an address.
bool is_whois_query(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), is_printable);
}

/// Takes a text that ends with 0 off `rest`.
bool take_zero_ended(std::string_view& rest) noexcept {
  const auto end = rest.find('\0');
  if (end == rest.npos || end == 0 ||
      !std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end), is_printable))
    return false;
  rest.remove_prefix(end + 1);
  return true;
}

/// "VERSION ddd": a status line of the protocol family.
bool is_status_line(std::string_view text, std::string_view version) noexcept {
  return text.size() > version.size() && text.starts_with(version) && text[version.size()] == ' ' &&
         starts_with_status(text.substr(version.size() + 1));
}

/// Whether `target` has only begun, as far as the packet goes, and could be HTTP's.
bool is_http_target_start(std::string_view target) noexcept {
  return target.starts_with('/') || starts_with_ignoring_case(target, "HTTP://") ||
         starts_with_ignoring_case(target, "HTTPS://");
}

bool is_syslog_priority(std::string_view text, std::size_t& end) noexcept {
  end = 1;
  unsigned priority = 0;
  while (end < text.size() && end < 4 && is_digit(text[end]))
    priority = priority * 10 + static_cast<unsigned>(text[end++] - '0');
  return end > 1 && end < text.size() && text[end] == '>' && priority <= 191;
}

}  // namespace

bool is_http(Payload& payload) noexcept {
  const auto text = payload.text();
  if (is_status_line(text, "HTTP/1.1") || is_status_line(text, "HTTP/1.0")) return true;
  const FirstLine line(text);
  const auto rest = behind_method(line.text, kHttpMethods);
  if (rest.empty() || !payload.to_server) return false;
  if (line.is_complete) return rest.find(" HTTP/1.") != rest.npos;
  return is_http_target_start(rest) && line.is_text();
}

bool is_webdav(std::string_view request) noexcept {
  return !behind_method(request, kWebdavMethods).empty();
}

bool is_nntp(Payload& payload) noexcept {
  const FirstLine line(payload.text());
  if (payload.to_server)
    return line.is_complete && (starts_with_ignoring_case(line.text, "MODE READER") ||
                                starts_with_ignoring_case(line.text, "AUTHINFO USER "));
  const bool greets = line.text.starts_with("200 ") || line.text.starts_with("201 ");
  return payload.is_first && !payload.peer_spoke && greets &&
         (contains_ignoring_case(line.text, "NNTP") || contains_ignoring_case(line.text, "INN "));
}

bool is_whois(Payload& payload) noexcept {
  // On its port alone: the client's one line, and nothing else is ever asked.
  const FirstLine line(payload.text());
  const auto all = line.text.size() + 2;
  return payload.to_server && payload.is_first && !payload.peer_spoke && line.is_complete &&
         all == payload.bytes.size() && is_whois_query(line.text);
}

bool is_rsh(Payload& payload) noexcept {
  // On its port alone: the client's second port, in digits, 0; then its user, the server's user and
  // the command, each with a 0; in one payload or two.
  auto rest = payload.text();
  if (!payload.to_server) return false;
  const auto digits =
      rest.substr(0, std::min<std::size_t>(rest.size(), 6)).find_first_not_of("0123456789");
  if (digits != rest.npos && rest[digits] == '\0' && payload.is_first) {
    rest.remove_prefix(digits + 1);
    if (rest.empty()) {
      payload.hints |= kRshBegun;
      return false;
    }
  } else if ((payload.hints & kRshBegun) == 0) {
    return false;
  }
  return take_zero_ended(rest) && take_zero_ended(rest) && take_zero_ended(rest) && rest.empty();
}

bool is_http2(Payload& payload) noexcept {
  return payload.text().starts_with("PRI * HTTP/2.0\r\n\r\n");
}

bool is_ssh(Payload& payload) noexcept {
  return payload.text().starts_with("SSH-2.0-") || payload.text().starts_with("SSH-1.");
}

bool is_smtp(Payload& payload) noexcept {
  const FirstLine line(payload.text());
  if (!payload.to_server) {
    if (!payload.is_first || payload.peer_spoke || line.text.size() < 4) return false;
    const bool greets = line.text.starts_with("220 ") || line.text.starts_with("220-");
    if (!greets) return false;
    payload.hints |= kGreeted220;
    return contains_ignoring_case(line.text, "SMTP");
  }
  return line.is_complete && line.is_text() &&
         (starts_with_ignoring_case(line.text, "EHLO ") ||
          starts_with_ignoring_case(line.text, "HELO ") ||
          starts_with_ignoring_case(line.text, "LHLO "));
}

bool is_ftp(Payload& payload) noexcept {
  if ((payload.hints & kGreeted220) == 0) return false;
  const FirstLine line(payload.text());
  if (!payload.to_server) return payload.is_first && contains_ignoring_case(line.text, "FTP");
  if (!line.is_complete || !line.is_text()) return false;
  constexpr std::array<std::string_view, 8> kCommands{"USER ", "AUTH TLS", "AUTH SSL", "FEAT",
                                                      "SYST",  "OPTS ",    "HOST ",    "CLNT "};
  return std::any_of(kCommands.begin(), kCommands.end(), [&](std::string_view command) {
    return starts_with_ignoring_case(line.text, command);
  });
}

bool is_pop3(Payload& payload) noexcept {
  // The server speaks first; a "+OK" that answers something could be Redis.
  const FirstLine line(payload.text());
  return !payload.to_server && payload.is_first && !payload.peer_spoke && line.is_complete &&
         line.text.starts_with("+OK") && (line.text.size() == 3 || line.text[3] == ' ') &&
         line.is_text();
}

bool is_imap(Payload& payload) noexcept {
  const FirstLine line(payload.text());
  if (!line.is_complete) return false;
  if (!payload.to_server)
    return payload.is_first && !payload.peer_spoke &&
           (line.text.starts_with("* OK") || line.text.starts_with("* PREAUTH") ||
            line.text.starts_with("* BYE"));
  const auto space = line.text.find(' ');
  if (space == line.text.npos || space == 0 || space > 16 || !line.is_text()) return false;
  const auto command = line.text.substr(space + 1);
  constexpr std::array<std::string_view, 4> kFirstCommands{"CAPABILITY", "STARTTLS", "LOGIN ",
                                                           "AUTHENTICATE "};
  return std::any_of(kFirstCommands.begin(), kFirstCommands.end(), [&](std::string_view first) {
    return starts_with_ignoring_case(command, first);
  });
}

bool is_sip(Payload& payload) noexcept {
  const auto text = payload.text();
  if (is_status_line(text, "SIP/2.0")) return true;
  const FirstLine line(text);
  const auto rest = behind_method(line.text, kSipMethods);
  return line.is_complete && rest.ends_with(" SIP/2.0") &&
         (starts_with_ignoring_case(rest, "SIP") || starts_with_ignoring_case(rest, "TEL:"));
}

bool is_rtsp(Payload& payload) noexcept {
  const auto text = payload.text();
  if (is_status_line(text, "RTSP/1.0") || is_status_line(text, "RTSP/2.0")) return true;
  const FirstLine line(text);
  const auto rest = behind_method(line.text, kRtspMethods);
  return line.is_complete && (rest.ends_with(" RTSP/1.0") || rest.ends_with(" RTSP/2.0"));
}

bool is_ssdp(Payload& payload) noexcept {
  constexpr std::uint16_t kPort = 1900;
  const auto text = payload.text();
  const bool is_home = payload.server_port == kPort || payload.client_port == kPort;
  return text.starts_with("M-SEARCH * HTTP/1.1\r\n") || text.starts_with("NOTIFY * HTTP/1.1\r\n") ||
         (is_home && is_status_line(text, "HTTP/1.1"));
}

bool is_syslog(Payload& payload) noexcept {
  const auto text = payload.text();
  std::size_t end = 0;
  if (!text.starts_with('<') || !is_syslog_priority(text, end)) return false;
  // Behind "<34>": the version and a space (RFC 5424), or words.
  const auto message = text.substr(end + 1, 16);
  return message.size() >= 4 && std::all_of(message.begin(), message.end(), [](char c) {
           return is_printable(c) || c == '\n' || c == '\r' || c == '\t';
         });
}

bool is_syslog_over_tcp(Payload& payload) noexcept {
  constexpr std::uint16_t kPort = 514, kReliablePort = 601;
  return (payload.is_on(kPort) || payload.is_on(kReliablePort)) && payload.to_server &&
         is_syslog(payload);
}

bool is_rfb(Payload& payload) noexcept {
  const auto text = payload.text();
  return text.size() >= 12 && text.starts_with("RFB ") && starts_with_status(text.substr(4)) &&
         text[7] == '.' && starts_with_status(text.substr(8)) && text[11] == '\n';
}

bool is_redis(Payload& payload) noexcept {
  // "*2\r\n$4\r\n...": an array of bulk strings, the only form clients use.
  const auto text = payload.text();
  if (!payload.to_server || !text.starts_with('*')) return false;
  const auto end = text.substr(0, 8).find("\r\n");
  if (end == text.npos || end < 2) return false;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end), is_digit))
    return false;
  const auto element = text.substr(end + 2);
  return element.size() >= 2 && element[0] == '$' && is_digit(element[1]);
}

}  // namespace sekisho::engines::appid
