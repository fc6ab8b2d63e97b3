#include "content_rows.h"

#include <nlohmann/json.hpp>

namespace sekisho::console {
namespace {

using nlohmann::json;

/// A stored list of files, each into `files` under the pack's name.
bool add_files(const std::string& pack, const std::string& stored,
               std::vector<bundle::File>& files) {
  auto list = json::parse(stored, nullptr, false);
  if (!list.is_array()) return false;
  for (json& file : list) {
    if (!file.is_object() || !file["name"].is_string() || !file["text"].is_string()) return false;
    files.push_back({pack + "/" + file["name"].get<std::string>(),
                     std::move(file["text"].get_ref<std::string&>())});
  }
  return true;
}

}  // namespace

Result<std::vector<ContentPackVersion>> content_for(Database::Session& session,
                                                    const std::string& gateway,
                                                    std::uint64_t version) {
  long long desired = -1, pack_version = 0;
  ContentPackVersion pack;
  std::vector<ContentPackVersion> packs;
  // One statement, so that version and packs are of the same moment.
  soci::statement select =
      (session.prepare
           << "SELECT g.content_desired, COALESCE(p.id, ''), COALESCE(p.name, ''), "
              "COALESCE(p.version, 0) FROM gateways g LEFT JOIN content_packs p ON p.tenant = "
              "g.tenant AND (p.group_id = '' OR p.group_id = g.group_id) WHERE g.id = :gateway "
              "ORDER BY p.name",
       soci::into(desired), soci::into(pack.id), soci::into(pack.name), soci::into(pack_version),
       soci::use(gateway));
  select.execute();
  while (select.fetch()) {
    pack.version = static_cast<std::uint64_t>(pack_version);
    if (!pack.id.empty()) packs.push_back(pack);
  }
  if (desired < 0) return Error{Error::Code::not_found, "there is no such gateway"};
  if (static_cast<std::uint64_t>(desired) != version)
    return Error{Error::Code::version, "the packs changed at this moment"};
  return packs;
}

Result<std::vector<bundle::File>> files_of_content(Database::Session& session,
                                                   const std::vector<ContentPackVersion>& packs) {
  auto list = json::array();
  std::vector<bundle::File> files;
  for (const auto& pack : packs) {
    const auto version = static_cast<long long>(pack.version);
    std::string stored;
    session << "SELECT files FROM content_pack_versions WHERE pack = :pack AND version = :version",
        soci::into(stored), soci::use(pack.id), soci::use(version);
    if (!session.got_data()) return Error{Error::Code::version, "the packs changed at this moment"};
    if (!add_files(pack.name, stored, files))
      return Error{Error::Code::io, "the pack " + pack.name + " is damaged in the database"};
    list.push_back({{"name", pack.name}, {"version", pack.version}});
  }
  files.push_back({"packs.json", json{{"packs", std::move(list)}}.dump()});
  return files;
}

}  // namespace sekisho::console
