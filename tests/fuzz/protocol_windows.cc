// DCERPC over TCP and UDP, LDAP, Kerberos, SNMP: the first byte selects.
#include <array>

#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sekisho::engines::Protocol;
  struct Choice {
    Protocol protocol;
    bool tcp;
  };
  constexpr std::array kChoices{Choice{Protocol::dcerpc, true}, Choice{Protocol::dcerpc, false},
                                Choice{Protocol::ldap, true},   Choice{Protocol::ldap, false},
                                Choice{Protocol::krb5, true},   Choice{Protocol::krb5, false},
                                Choice{Protocol::snmp, false}};
  if (size == 0) return 0;
  const auto& choice = kChoices[data[0] % kChoices.size()];
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(choice.protocol, choice.tcp), {data + 1, size - 1});
  return 0;
}
