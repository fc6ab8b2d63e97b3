#include "http1/parser.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

using namespace http1;

Likeness probe_request(Bytes bytes) noexcept {
  constexpr std::size_t kMaxLineBytes = 1024;
  bytes = bytes.subspan(leading_white_space(bytes));
  if (bytes.empty() || may_become_method(bytes)) return Likeness::maybe;
  const auto feed = find_byte(bytes, '\n');
  const auto line = bytes.first(std::min(feed, bytes.size()));
  const auto protocol = find_nocase(line, " http/");
  const bool http = protocol != std::string_view::npos;
  if (http && protocol + 6 < line.size() && line[protocol + 6] == '2') return Likeness::no;
  if (begins_with_method(bytes)) {
    const bool other = find_nocase(line, " sip/2.0") != std::string_view::npos ||
                       find_nocase(line, " rtsp/1.0") != std::string_view::npos;
    if (other) return Likeness::no;
    if (http) return Likeness::yes;
    // HTTP/0.9, or the line goes on
    const auto parsed = parse_request_line(line);
    const bool target = !parsed.uri.empty() && (parsed.uri[0] == '/' || parsed.uri[0] == '*');
    if (target || find_nocase(line, "://") != std::string_view::npos) return Likeness::yes;
    return feed == std::string_view::npos && line.size() < kMaxLineBytes ? Likeness::maybe
                                                                         : Likeness::no;
  }
  // a method that is not in use
  std::size_t word = 0;
  while (word < line.size() && is_token_character(line[word])) ++word;
  if (word == 0 || (word < line.size() && !is_blank(line[word]))) return Likeness::no;
  if (http) return Likeness::yes;
  return feed == std::string_view::npos && line.size() < kMaxLineBytes ? Likeness::maybe
                                                                       : Likeness::no;
}

Likeness probe_response(Bytes bytes) noexcept {
  bytes = bytes.subspan(leading_white_space(bytes));
  constexpr std::string_view kBegin = "HTTP/";
  const auto compared = std::min(bytes.size(), kBegin.size());
  if (!equals_nocase(bytes.first(compared), kBegin.substr(0, compared))) return Likeness::no;
  return compared == kBegin.size() ? Likeness::yes : Likeness::maybe;
}

Likeness probe(const ProbeInput& input) noexcept {
  return input.direction == Direction::to_server ? probe_request(input.bytes)
                                                 : probe_response(input.bytes);
}

}  // namespace

const ProtocolSpec kHttp1{.protocol = Protocol::http1,
                          .tcp = true,
                          .probe = probe,
                          .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                            return make_pooled<HttpParser, Parser>(pool, pool, options);
                          }};

}  // namespace sekisho::engines
