#pragma once

#include "config/base/address.h"

namespace sekisho::controlplane {

/// Whether a URL of a certificate, which anybody can write, may lead there. Not to this machine
/// nor to its neighbours' configuration: loopback, link-local, unspecified, multicast and broadcast
/// are refused. Private addresses are not: a company's own authority answers there.
bool may_be_reached(const IpAddress& address) noexcept;

}  // namespace sekisho::controlplane
