#include <array>

#include "protocol_driver.h"

/// The first byte selects the protocol.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sekisho::rules::Protocol;
  struct Choice {
    Protocol protocol;
    bool tcp;
  };
  static constexpr std::array kChoices{
      Choice{Protocol::modbus, true},
      Choice{Protocol::enip, true},
      Choice{Protocol::enip, false},
      Choice{Protocol::mysql, true},
  };
  if (size == 0) return 0;
  const auto& choice = kChoices[data[0] % kChoices.size()];
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(choice.protocol, choice.tcp), {data + 1, size - 1});
  return 0;
}
