// A message between sekisho-decrypt and sekisho-fetch: what is read is written again as it was.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "config/base/text_bytes.h"
#include "config/inquiry/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho;
  const std::span bytes(data, size);
  const auto is_same = [&](const std::string& text) {
    return std::equal(text.begin(), text.end(), bytes.begin(), bytes.end(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  };
  if (const auto asked = inquiry::parse_inquiry(bytes); asked && !is_same(encode(*asked)))
    std::abort();
  if (const auto found = inquiry::parse_finding(bytes); found && !is_same(encode(*found)))
    std::abort();
  return 0;
}
