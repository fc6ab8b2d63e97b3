// What an enrolled gateway may send: any bytes as a message of the link, then its checks, then the
// lines of its events.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "controlplane/console/gateways/event_batch.h"
#include "controlplane/console/gateways/message_check.h"
#include "controlplane/proto/gateway_link.pb.h"

namespace {

using namespace sekisho;
using namespace sekisho::console;

constexpr std::int64_t kNow = 1'800'000'000'000;

void require(bool holds) {
  if (!holds) std::abort();
}

/// What either database takes as text.
void require_text(const std::string& text) {
  require(text.find('\0') == std::string::npos);
  static_cast<void>(nlohmann::json(text).dump());  // throws where it is no UTF-8
}

void require_address(const std::string& text) { require(text.empty() || text.size() == 32); }

void check_batch(const link::v1::EventBatch& batch) {
  const auto lines = read_event_batch(batch, kNow);
  if (!lines) return require(!lines.error().message.empty());
  require(lines->rows.size() == batch.lines());
  for (const auto& row : lines->rows) {
    require(nlohmann::json::parse(row.eve).is_object());
    for (const auto* text : {&row.type, &row.action, &row.rule, &row.protocol, &row.application,
                             &row.eve, &row.source, &row.destination})
      require_text(*text);
    require_address(row.source);
    require_address(row.destination);
    require(row.source_port >= 0 && row.source_port <= 65'535);
    require(row.destination_port >= 0 && row.destination_port <= 65'535);
    require(row.version >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  link::v1::FromGateway message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  if (auto checked = check_message(message); !checked) return 0;
  if (message.has_policy()) {
    require_text(message.policy().reason());
    require(message.policy().mistakes_size() <= 100);
  }
  if (message.has_content()) {
    require_text(message.content().reason());
    require(message.content().packs_size() <= 200);
    for (const auto& pack : message.content().packs()) require_text(pack.name());
  }
  if (message.has_hello()) require_text(message.hello().software_version());
  if (message.has_events()) check_batch(message.events());
  return 0;
}
