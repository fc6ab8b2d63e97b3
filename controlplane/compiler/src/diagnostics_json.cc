#include "diagnostics_json.h"

#include <nlohmann/json.hpp>

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

/// The reader of a report takes 4 MiB, and a person less.
constexpr std::size_t kMostDiagnostics = 1000;
constexpr std::size_t kMostOfMessage = 1000;  // bytes; four when a byte is no UTF-8

json list_of(const std::vector<policy::Diagnostic>& diagnostics) {
  json list = json::array();
  for (const auto& d : diagnostics) {
    if (list.size() == kMostDiagnostics) {
      const auto rest = diagnostics.size() - kMostDiagnostics;
      list.push_back(
          {{"line", 0}, {"column", 0}, {"message", "and " + std::to_string(rest) + " more"}});
      break;
    }
    list.push_back({{"line", d.position.line},
                    {"column", d.position.column},
                    {"message", d.message.substr(0, kMostOfMessage)}});
  }
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
