// SMB, NFS over TCP and UDP: the first byte selects.
#include <array>

#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sekisho::engines::Protocol;
  struct Choice {
    Protocol protocol;
    bool tcp;
  };
  constexpr std::array kChoices{Choice{Protocol::smb, true}, Choice{Protocol::nfs, true},
                                Choice{Protocol::nfs, false}};
  if (size == 0) return 0;
  const auto& choice = kChoices[data[0] % kChoices.size()];
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(choice.protocol, choice.tcp), {data + 1, size - 1});
  return 0;
}
