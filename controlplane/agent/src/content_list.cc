#include "content_list.h"

#include <algorithm>

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

void add_versions(const Databases::Row& row, json& entry) {
  if (row.current)
    entry.update({{"version", row.current->description.version},
                  {"entries", row.current->description.entries}});
  if (row.former) entry["former_version"] = row.former->description.version;
  if (row.attempt.version == 0) return;
  entry["last_delivery"] = {{"version", row.attempt.version},
                            {"state", name_of(row.attempt.outcome)},
                            {"reason_code", row.attempt.reason_code},
                            {"reason", row.attempt.reason}};
}

}  // namespace

json list_content(const std::vector<Databases::Row>& rows, const std::vector<ContentAge>& ages) {
  auto list = json::array();
  for (const auto& age : ages) {
    json entry{{"kind", age.kind},
               {"origin", name_of(age.origin)},
               {"stale", age.is_stale},
               {"max_age_seconds", age.max_seconds}};
    if (age.origin != ContentAge::Origin::none)
      entry.update({{"built", age.built}, {"age_seconds", age.seconds}, {"bytes", age.bytes}});
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Databases::Row& one) {
      return age.database == one.kind;
    });
    if (row != rows.end()) add_versions(*row, entry);
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace sekisho::controlplane
