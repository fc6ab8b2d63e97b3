#include "controlplane/fetch/http_url.h"

#include <algorithm>

#include "config/base/host_and_port.h"

namespace sekisho::controlplane {
namespace {

constexpr std::string_view kScheme = "http://";

Error refused(const char* why) { return {Error::Code::invalid_input, std::string("URL: ") + why}; }

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string HttpUrl::host_field() const {
  const auto named = host.find(':') == host.npos ? host : "[" + host + "]";
  return port == "80" ? named : named + ":" + port;
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  if (text.size() > HttpUrl::kMaxBytes) return refused("too long");
  if (!text.starts_with(kScheme)) return refused("not http://");
  if (!is_printable(text)) return refused("characters that no URL has");
  text = text.substr(0, text.find('#'));
  text.remove_prefix(kScheme.size());
  const auto slash = std::min(text.find_first_of("/?"), text.size());
  std::string authority(text.substr(0, slash));
  const bool lacks_port = authority.ends_with(']') || authority.find(':') == authority.npos;
  if (lacks_port) authority += ":80";
  auto server = parse_host_and_port(authority);
  if (!server) return refused("no host");
  if (server->port != "80" && server->port != "8080") return refused("a port that is not of HTTP");
  std::string target(text.substr(slash));
  if (!target.starts_with('/')) target.insert(0, "/");
  return HttpUrl{server->host, server->port, std::move(target)};
}

}  // namespace sekisho::controlplane
