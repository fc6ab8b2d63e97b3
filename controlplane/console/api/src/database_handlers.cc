// Databases of URLs, ratings and C&C servers: made from uploaded lists, offered to all gateways of
// the tenant at once. They need no "Deliver all".
#include <optional>

#include "config/content/description.h"
#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "content_packs.h"
#include "controlplane/console/store/base64.h"
#include "controlplane/databases/compile_database.h"

namespace sekisho::console {
namespace {

constexpr std::int64_t kKeptVersions = 5;
constexpr std::int64_t kMsPerSecond = 1'000;

struct NewVersion {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  std::string packed;
  content::Description description;
  std::string notes;
};

content::DatabaseKind kind_of(const std::string& name) {
  const auto kind = content::find_database_kind(name);
  if (!kind) throw not_found("there is no database of that kind");
  return *kind;
}

Refusal unusable(const std::string& why) {
  return Refusal(422, "invalid_policy", why).with("field", "/list");
}

/// What gateways would make of it is made here once, so that a list that they would refuse is
/// refused at once.
NewVersion read_upload(const Json& body) {
  NewVersion version;
  version.kind = kind_of(body["kind"].get<std::string>());
  version.notes = body.value("notes", "");
  try {
    version.packed = from_base64(body["list"].get_ref<const std::string&>());
  } catch (const std::runtime_error&) {
    throw unusable("the list is no base64");
  }
  const auto list = content::unpack(version.packed, content::kMaxListBytes);
  if (!list)
    throw unusable("the list is no zlib stream of at most " +
                   std::to_string(content::kMaxListBytes) + " bytes");
  if (const auto compiled = controlplane::compile_database(version.kind, *list); !compiled)
    throw unusable(compiled.error().message);
  version.description.bytes = list->size();
  version.description.entries = content::num_entries(*list);
  version.description.sha256 = content::digest_of(*list);
  return version;
}

std::int64_t newest_version(Session& session, const std::string& tenant, const std::string& kind) {
  std::int64_t newest = 0;
  session << "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM content_databases WHERE tenant "
             "= :tenant AND kind = :kind",
      soci::into(newest), soci::use(tenant, "tenant"), soci::use(kind, "kind");
  return newest;
}

/// As the newest version, on its way to the gateways; the oldest go.
std::int64_t store(Session& session, const Services& services, const Call& call,
                   const NewVersion& made) {
  const std::string kind(name_of(made.kind));
  const auto version = newest_version(session, call.tenant(), kind) + 1;
  const auto list = to_base64(made.packed);
  const auto bytes = static_cast<std::int64_t>(made.description.bytes);
  const auto packed_bytes = static_cast<std::int64_t>(made.packed.size());
  const auto entries = static_cast<std::int64_t>(made.description.entries);
  const auto now = services.now();
  const std::int64_t built =
      made.description.built != 0 ? made.description.built : now / kMsPerSecond;
  session << "INSERT INTO content_databases (tenant, kind, version, list, bytes, packed_bytes, "
             "entries, sha256, built, notes, created_at, created_by) VALUES (:tenant, :kind, "
             ":version, :list, :bytes, :packed, :entries, :sha256, :built, :notes, :now, :login)",
      soci::use(call.tenant(), "tenant"), soci::use(kind, "kind"), soci::use(version, "version"),
      soci::use(list, "list"), soci::use(bytes, "bytes"), soci::use(packed_bytes, "packed"),
      soci::use(entries, "entries"), soci::use(made.description.sha256, "sha256"),
      soci::use(built, "built"), soci::use(made.notes, "notes"), soci::use(now, "now"),
      soci::use(call.user().login, "login");
  const auto oldest = version - kKeptVersions;
  session << "DELETE FROM content_databases WHERE tenant = :tenant AND kind = :kind AND version <= "
             ":oldest",
      soci::use(call.tenant(), "tenant"), soci::use(kind, "kind"), soci::use(oldest, "oldest");
  notify_tenant(session, call.tenant());
  return version;
}

Json database_json(Session& session, const std::string& tenant, const std::string& kind) {
  for (Json& one : databases_json(session, tenant))
    if (one["kind"] == kind) return one;
  throw not_found("there is no database of that kind");
}

http::Response publish_database(Services& services, const Call& call) {
  const auto made = read_upload(call.body);
  return services.database().write([&](Session& session) {
    lock_content(session, services, call.tenant());
    const auto version = store(session, services, call, made);
    const std::string kind(name_of(made.kind));
    audit(session, services, call, kind,
          "version " + std::to_string(version) + ", " + std::to_string(made.description.entries) +
              " entries");
    return json_response(201, database_json(session, call.tenant(), kind));
  });
}

/// A kept version once more, under a new number: gateways take no older one.
http::Response return_to_database_version(Services& services, const Call& call) {
  const auto wanted = call.body["version"].get<std::int64_t>();
  NewVersion again;
  again.kind = kind_of(call.path.at("kind"));
  const std::string kind(name_of(again.kind));
  return services.database().write([&](Session& session) {
    lock_content(session, services, call.tenant());
    std::string list;
    std::int64_t bytes = 0, entries = 0;
    if (!first_row((session.prepare << "SELECT list, bytes, entries, sha256, built, notes FROM "
                                       "content_databases WHERE tenant = :tenant AND kind = :kind "
                                       "AND version = :version",
                    soci::into(list), soci::into(bytes), soci::into(entries),
                    soci::into(again.description.sha256), soci::into(again.description.built),
                    soci::into(again.notes), soci::use(call.tenant(), "tenant"),
                    soci::use(kind, "kind"), soci::use(wanted, "version"))))
      throw not_found("version " + std::to_string(wanted) + " of the database is not kept");
    if (wanted == newest_version(session, call.tenant(), kind))
      throw conflict("this version is the one that is delivered");
    again.packed = from_base64(list);
    again.description.bytes = static_cast<std::uint64_t>(bytes);
    again.description.entries = static_cast<std::uint64_t>(entries);
    const auto version = store(session, services, call, again);
    audit(session, services, call, kind,
          "version " + std::to_string(version) + ", which is version " + std::to_string(wanted) +
              " again");
    return json_response(200, database_json(session, call.tenant(), kind));
  });
}

}  // namespace

Json databases_json(Session& session, const std::string& tenant) {
  Json list = Json::array();
  std::string kind, notes, created_by;
  std::int64_t version = 0, bytes = 0, packed_bytes = 0, entries = 0, built = 0, created_at = 0;
  for_each_row(
      (session.prepare << "SELECT kind, version, bytes, packed_bytes, entries, built, notes, "
                          "created_at, created_by FROM content_databases WHERE tenant = :tenant "
                          "ORDER BY kind, version DESC",
       soci::into(kind), soci::into(version), soci::into(bytes), soci::into(packed_bytes),
       soci::into(entries), soci::into(built), soci::into(notes), soci::into(created_at),
       soci::into(created_by), soci::use(tenant, "tenant")),
      [&] {
        if (list.empty() || list.back()["kind"] != kind)
          list.push_back({{"kind", kind}, {"version", version}, {"versions", Json::array()}});
        list.back()["versions"].push_back({{"version", version},
                                           {"bytes", bytes},
                                           {"packed_bytes", packed_bytes},
                                           {"entries", entries},
                                           {"built", built},
                                           {"notes", notes},
                                           {"created_at", created_at},
                                           {"created_by", created_by}});
      });
  return list;
}

void add_database_handlers(Handlers& handlers) {
  handlers["publishDatabase"] = publish_database;
  handlers["returnToDatabaseVersion"] = return_to_database_version;
}

}  // namespace sekisho::console
