#include "diagnostics_json.h"

#include <nlohmann/json.hpp>

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

json list_of(const std::vector<policy::Diagnostic>& diagnostics) {
  json list = json::array();
  for (const auto& d : diagnostics)
    list.push_back(
        {{"line", d.position.line}, {"column", d.position.column}, {"message", d.message}});
  return list;
}

}  // namespace

std::string diagnostics_json(std::uint32_t num_rules,
                             const std::vector<policy::Diagnostic>& warnings,
                             const std::vector<policy::Diagnostic>& mistakes,
                             const std::vector<RuleCount>& counts) {
  json report{
      {"rules", num_rules}, {"warnings", list_of(warnings)}, {"diagnostics", list_of(mistakes)}};
  for (const auto& text : counts)
    report["texts"].push_back(
        {{"name", text.name}, {"rules", text.rules}, {"refused", text.refused}});
  // A message may quote bytes of the file that are no UTF-8.
  return report.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sekisho::controlplane
