#pragma once

#include "rows.h"

namespace sekisho::console {

/// What a tenant's page tells as "not delivered yet" (R062).
Json changes_json(Session& session, Services& services, const std::string& tenant);

/// What the drafts and versions of a tenant tell at most, lines for each group.
inline constexpr std::size_t kMaxChangeLines = 1000;

/// Refuses (412) when a draft that matters is not the one that the user has seen. `matters(group)`
/// says of which groups the revision must have been seen; of one that was, it must be right.
template <class Matters>
void check_revisions(const std::vector<GroupRow>& groups, const Json& seen, Matters matters) {
  std::map<std::string, std::int64_t> revisions;
  for (const Json& entry : seen)
    revisions[entry["group"].get<std::string>()] = entry["revision"].get<std::int64_t>();
  for (const GroupRow& group : groups) {
    const auto known = revisions.find(group.id);
    const bool fine = known == revisions.end() ? !matters(group) : known->second == group.revision;
    revisions.erase(group.id);
    if (!fine)
      throw Refusal(412, "stale",
                    "the draft of " + group.name + " was changed meanwhile by " + group.changed_by)
          .with("field", "/revisions")
          .with("revision", group.revision)
          .with("changed_by", group.changed_by);
  }
  if (!revisions.empty())
    throw Refusal(412, "stale", "a gateway group was removed meanwhile")
        .with("field", "/revisions");
}

}  // namespace sekisho::console
