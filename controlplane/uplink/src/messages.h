#pragma once

#include "controlplane/proto/gateway_link.pb.h"
#include "controlplane/uplink/box_door.h"
#include "controlplane/uplink/content.h"
#include "controlplane/uplink/database.h"
#include "controlplane/uplink/delivery.h"

namespace sekisho::controlplane {

/// Text that protobuf takes for a string: bytes that are no UTF-8 become '?'.
std::string utf8_of(std::string text);

link::v1::ContentReport to_message(const ContentReport& report,
                                   const std::vector<DatabaseReport>& databases);
link::v1::PolicyReport to_message(const DeliveryReport& report);
link::v1::StatusReport to_message(const BoxStatus& status);

}  // namespace sekisho::controlplane
