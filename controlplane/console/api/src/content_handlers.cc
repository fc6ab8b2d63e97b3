// Packs of IPS rules: made, brought to the gateways, taken back. They need no "Deliver all".
#include <algorithm>

#include "content_check.h"
#include "content_packs.h"
#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

// Of all packs of a tenant: what a bundle and the gateways' compiler take (config/bundle,
// controlplane/compiler), with room for the rules that gateways have of themselves.
constexpr std::int64_t kMaxFiles = 199;
constexpr std::int64_t kMaxBytes = std::int64_t{100} << 20;

PackRow pack_of(Session& session, const Call& call) {
  for (auto& pack : packs_of(session, call.tenant()))
    if (pack.id == call.path.at("pack")) return pack;
  throw not_found("there is no such pack of rules");
}

std::int64_t bytes_of(const Json& files) {
  std::int64_t bytes = 0;
  for (const Json& file : files)
    bytes += static_cast<std::int64_t>(file["text"].get_ref<const std::string&>().size());
  return bytes;
}

/// With the files of all other packs.
void check_room(Session& session, const std::string& tenant, const std::string& pack,
                const Json& files) {
  std::int64_t num_files = 0, bytes = 0;
  session << "SELECT CAST(COALESCE(SUM(v.num_files), 0) AS BIGINT), CAST(COALESCE(SUM(v.bytes), 0) "
             "AS BIGINT) FROM content_packs p JOIN content_pack_versions v ON v.pack = p.id AND "
             "v.version = p.version WHERE p.tenant = :tenant AND p.id <> :pack",
      soci::into(num_files), soci::into(bytes), soci::use(tenant, "tenant"),
      soci::use(pack, "pack");
  num_files += static_cast<std::int64_t>(files.size());
  bytes += bytes_of(files);
  if (num_files > kMaxFiles)
    throw Refusal(422, "too_large",
                  "all packs together would have " + std::to_string(num_files) +
                      " files, at most " + std::to_string(kMaxFiles) + " are possible");
  if (bytes > kMaxBytes)
    throw Refusal(422, "too_large",
                  "all packs together would have " + std::to_string(bytes) + " bytes, at most " +
                      std::to_string(kMaxBytes) + " are possible");
}

void store_version(Session& session, const Services& services, const Call& call,
                   const PackRow& pack, const rules::RuleSet& set) {
  const Json& files = call.body["files"];
  const auto stored = files.dump();
  const auto num_files = static_cast<std::int64_t>(files.size());
  const auto bytes = bytes_of(files);
  const auto num_rules = static_cast<std::int64_t>(set.rules.size());
  const auto num_refused = static_cast<std::int64_t>(set.refused.size());
  const auto notes = call.body.value("notes", "");
  const auto now = services.now();
  session << "INSERT INTO content_pack_versions (pack, version, files, num_files, bytes, "
             "num_rules, num_refused, notes, created_at, created_by) VALUES (:pack, :version, "
             ":files, :num_files, :bytes, :rules, :refused, :notes, :now, :login)",
      soci::use(pack.id, "pack"), soci::use(pack.newest, "version"), soci::use(stored, "files"),
      soci::use(num_files, "num_files"), soci::use(bytes, "bytes"), soci::use(num_rules, "rules"),
      soci::use(num_refused, "refused"), soci::use(notes, "notes"), soci::use(now, "now"),
      soci::use(call.user().login, "login");
  const auto oldest = pack.newest - kKeptPackVersions;
  session << "DELETE FROM content_pack_versions WHERE pack = :pack AND version <= :oldest",
      soci::use(pack.id, "pack"), soci::use(oldest, "oldest");
}

/// The pack of the body's name, a new one where there is none; `newest` is the version to make.
PackRow next_version(Session& session, const Call& call, const std::string& group) {
  const auto name = call.body["name"].get<std::string>();
  for (auto& pack : packs_of(session, call.tenant())) {
    if (pack.name != name) continue;
    pack.version = ++pack.newest;
    session << "UPDATE content_packs SET version = :version, newest = :newest, group_id = :group "
               "WHERE id = :id",
        soci::use(pack.version, "version"), soci::use(pack.newest, "newest"),
        soci::use(group, "group"), soci::use(pack.id, "id");
    return pack;
  }
  PackRow pack{new_uuid(), name, group, 1, 1};
  session << "INSERT INTO content_packs (id, tenant, name, group_id, version, newest) VALUES "
             "(:id, :tenant, :name, :group, 1, 1)",
      soci::use(pack.id, "id"), soci::use(call.tenant(), "tenant"), soci::use(name, "name"),
      soci::use(group, "group");
  return pack;
}

http::Response get_content(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    return json_response(200, content_json(session, services, call.tenant()));
  });
}

http::Response check_content_pack(Services&, const Call& call) {
  const Json& files = call.body["files"];
  return json_response(200, content_check_json(parse_content(files), files));
}

http::Response publish_content_pack(Services& services, const Call& call) {
  const Json& files = call.body["files"];
  const auto set = parse_content(files);
  if (set.rules.empty())
    throw Refusal(422, "invalid_policy", "the files hold no rule that can be used")
        .with("field", "/files");
  return services.database().write([&](Session& session) {
    lock_content(session, services, call.tenant());
    const auto group = call.body.value("group", "");
    std::string whose = "all groups";
    if (!group.empty())
      whose = "group " + group_of(session, services, call.tenant(), group, Rows::lock).name;
    auto pack = next_version(session, call, group);
    check_room(session, call.tenant(), pack.id, files);
    store_version(session, services, call, pack, set);
    // Whose gateways had it may be others than whose get it.
    const bool moves = pack.group != group;
    send_packs(session, call.tenant(), moves ? "" : group, services.now());
    pack.group = group;
    audit(session, services, call, pack.name,
          "version " + std::to_string(pack.version) + ", " + whose + ", " +
              std::to_string(set.rules.size()) + " rules, " + std::to_string(set.refused.size()) +
              " refused");
    return json_response(201, pack_json(session, pack));
  });
}

http::Response return_to_content_version(Services& services, const Call& call) {
  const auto version = call.body["version"].get<std::int64_t>();
  return services.database().write([&](Session& session) {
    lock_content(session, services, call.tenant());
    auto pack = pack_of(session, call);
    std::string stored;
    if (!first_row((session.prepare << "SELECT files FROM content_pack_versions WHERE pack = :pack "
                                       "AND version = :version",
                    soci::into(stored), soci::use(pack.id, "pack"), soci::use(version, "version"))))
      throw not_found("version " + std::to_string(version) + " of the pack is not kept");
    if (pack.version == version) throw conflict("this version is the one that is delivered");
    check_room(session, call.tenant(), pack.id, Json::parse(stored));
    const auto detail =
        "version " + std::to_string(version) + ", was " + std::to_string(pack.version);
    pack.version = version;
    session << "UPDATE content_packs SET version = :version WHERE id = :id",
        soci::use(version, "version"), soci::use(pack.id, "id");
    send_packs(session, call.tenant(), pack.group, services.now());
    audit(session, services, call, pack.name, detail);
    return json_response(200, pack_json(session, pack));
  });
}

http::Response delete_content_pack(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    lock_content(session, services, call.tenant());
    const auto pack = pack_of(session, call);
    session << "DELETE FROM content_pack_versions WHERE pack = :id", soci::use(pack.id, "id");
    session << "DELETE FROM content_packs WHERE id = :id", soci::use(pack.id, "id");
    send_packs(session, call.tenant(), pack.group, services.now());
    audit(session, services, call, pack.name, "version " + std::to_string(pack.version));
  });
  return no_content();
}

}  // namespace

void add_content_handlers(Handlers& handlers) {
  handlers["getContent"] = get_content;
  handlers["checkContentPack"] = check_content_pack;
  handlers["publishContentPack"] = publish_content_pack;
  handlers["returnToContentVersion"] = return_to_content_version;
  handlers["deleteContentPack"] = delete_content_pack;
}

}  // namespace sekisho::console
