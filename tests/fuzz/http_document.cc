// What a web server answers sekisho-fetch, whole and byte by byte: both come to the same. The first
// line is the URL that was asked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "controlplane/fetch/http_answer.h"
#include "controlplane/fetch/http_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho::controlplane;
  constexpr std::size_t kMostBytes = 1000;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = std::min(input.find('\n'), input.size());
  if (auto url = parse_http_url(input.substr(0, line)); url)
    if (!url->target.starts_with('/') || url->host.empty()) std::abort();
  const auto bytes = input.substr(std::min(line + 1, input.size()));
  HttpAnswer whole(kMostBytes), cut(kMostBytes);
  whole.take(bytes);
  for (const char& byte : bytes) cut.take({&byte, 1});
  const auto state = whole.close();
  if (cut.close() != state || whole.body().size() > kMostBytes) std::abort();
  if (state == HttpAnswer::State::whole && whole.body() != cut.body()) std::abort();
  return 0;
}
