#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "config/base/host_and_port.h"
#include "controlplane/uplink/identity.h"
#include "link_stream.h"

namespace sekisho::controlplane {

/// From an activation code to an identity: takes the console's CA from the server when it is the
/// one that the code names, and only then sends the code. Of several addresses, at the first where
/// somebody answers. not_found: nobody does; signature: another console than the code's;
/// invalid_input: the addresses, the code, or the console refuses it.
Result<Identity> enrol_box(std::string_view addresses, std::string_view code,
                           const std::string& box_name, const std::string& software_version);

LinkPeer peer_of(const Identity& identity, const HostAndPort& target);

/// The identity with a new key and certificate.
std::variant<Identity, LinkFailure> renew_identity(const Identity& identity,
                                                   const HostAndPort& target);

}  // namespace sekisho::controlplane
