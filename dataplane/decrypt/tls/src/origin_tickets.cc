#include "dataplane/decrypt/tls/origin_tickets.h"

#include <utility>

namespace sekisho::decrypt {

std::optional<OriginTickets::Ticket> OriginTickets::take(const Digest& name) {
  auto* const found = kept_.find(name);
  if (found == nullptr) return std::nullopt;
  ++used_;
  auto ticket = std::move(*found);
  kept_.erase(name);
  return ticket;
}

}  // namespace sekisho::decrypt
