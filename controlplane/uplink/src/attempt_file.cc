#include "controlplane/uplink/attempt_file.h"

#include <array>
#include <nlohmann/json.hpp>

#include "json_fields.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

DeliveryState state_named(std::string_view name) {
  using enum DeliveryState;
  for (const auto state : {enforced, confirmed, refused, rolled_back})
    if (name_of(state) == name) return state;
  return none;
}

json to_json(const DeliveryMemory& memory) {
  const auto& attempt = memory.attempt;
  json mistakes = json::array();
  for (const auto& m : attempt.mistakes)
    mistakes.push_back({{"line", m.line}, {"column", m.column}, {"message", m.message}});
  return {{"highest_version", memory.highest_version},
          {"version", attempt.version},
          {"state", name_of(attempt.state)},
          {"reason_code", attempt.reason_code},
          {"reason", attempt.reason},
          {"mistakes", std::move(mistakes)},
          {"apply_ms", attempt.apply_ms},
          {"verified", attempt.verified}};
}

}  // namespace

DeliveryMemory AttemptFile::load() const {
  const auto bytes = files_.read(path_, kMaxFileBytes);
  if (!bytes) return {};
  const json document = parse_json(*bytes);
  if (!document.is_object()) return {};
  DeliveryMemory memory;
  memory.highest_version = number_at(document, "highest_version");
  auto& attempt = memory.attempt;
  attempt.version = number_at(document, "version");
  attempt.state = state_named(text_at(document, "state"));
  attempt.reason_code = text_at(document, "reason_code");
  attempt.reason = text_at(document, "reason");
  attempt.apply_ms = static_cast<std::uint32_t>(number_at(document, "apply_ms"));
  attempt.verified = document.value("verified", json(false)) == true;
  const json mistakes = document.value("mistakes", json::array());
  if (mistakes.is_array())
    for (const json& m : mistakes)
      attempt.mistakes.push_back({static_cast<std::uint32_t>(number_at(m, "line")),
                                  static_cast<std::uint32_t>(number_at(m, "column")),
                                  text_at(m, "message")});
  return memory;
}

Status AttemptFile::save(const DeliveryMemory& memory) {
  const auto text = to_json(memory).dump(1, ' ', false, json::error_handler_t::replace);
  return replace_file(files_, path_, text, Readers::group);
}

}  // namespace sekisho::controlplane
