#include "config/activation/activation_code.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What is accepted has one spelling, which means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho::activation;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto code = parse_activation_code(text);
  if (!code) return 0;
  const auto again = parse_activation_code(to_text(*code));
  if (!again || *again != *code) std::abort();
  return 0;
}
