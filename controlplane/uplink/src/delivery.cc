#include "controlplane/uplink/delivery.h"

namespace sekisho::controlplane {

std::string_view name_of(DeliveryState state) noexcept {
  switch (state) {
    case DeliveryState::none:
      return "none";
    case DeliveryState::received:
      return "received";
    case DeliveryState::enforced:
      return "enforced";
    case DeliveryState::confirmed:
      return "confirmed";
    case DeliveryState::refused:
      return "refused";
    case DeliveryState::rolled_back:
      return "rolled_back";
  }
  return "none";
}

}  // namespace sekisho::controlplane
