#pragma once

#include <string>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/policy_delivery.h"

namespace sekisho::controlplane {

/// Opens a bundle and takes the policy out of it.
OpenedBundle open_policy_bundle(std::string_view bytes, const bundle::Expectation& expected);

}  // namespace sekisho::controlplane
