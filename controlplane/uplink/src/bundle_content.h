#pragma once

#include <string_view>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/content_delivery.h"

namespace sekisho::controlplane {

/// Opens a bundle and takes the packs out of it. `expected.kind` is content.
OpenedContent open_content_bundle(std::string_view bytes, const bundle::Expectation& expected);

}  // namespace sekisho::controlplane
