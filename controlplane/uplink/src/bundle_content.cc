#include "bundle_content.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "json_fields.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::string_view kListFile = "packs.json";

BundleRefusal bad(std::string why) {
  return {std::string(bundle::name_of(bundle::Reason::bad_content)),
          "the bundle's packs: " + std::move(why)};
}

/// The packs with their names and versions, without files.
std::variant<std::vector<ContentPack>, BundleRefusal> read_list(std::string_view text) {
  const auto document = json::parse(text, nullptr, false);
  const auto list = document.is_object() ? document.find("packs") : document.end();
  if (!document.is_object() || list == document.end() || !list->is_array())
    return bad("packs.json has no list of packs");
  std::vector<ContentPack> packs;
  for (const json& entry : *list) {
    ContentPack pack{text_at(entry, "name"), number_at(entry, "version"), {}};
    if (!is_content_pack_name(pack.name) || pack.version == 0)
      return bad("packs.json has a pack without a name or version");
    const auto same = [&](const ContentPack& other) { return other.name == pack.name; };
    if (std::any_of(packs.begin(), packs.end(), same))
      return bad("'" + pack.name + "' is there twice");
    packs.push_back(std::move(pack));
  }
  return packs;
}

}  // namespace

OpenedContent open_content_bundle(std::string_view bytes, const bundle::Expectation& expected) {
  auto opened = bundle::open(bytes, expected);
  if (!opened)
    return BundleRefusal{std::string(bundle::name_of(opened.refusal().reason)),
                         opened.refusal().message};
  auto& files = opened->files;
  const auto list = std::find_if(files.begin(), files.end(),
                                 [](const auto& file) { return file.name == kListFile; });
  if (list == files.end()) return bad("there is no file packs.json");
  auto packs = read_list(list->bytes);
  if (auto* refusal = std::get_if<BundleRefusal>(&packs)) return std::move(*refusal);
  ContentSet set{opened->version, std::move(*std::get_if<std::vector<ContentPack>>(&packs))};
  for (auto& file : files) {
    if (file.name == kListFile) continue;
    const auto slash = std::min(file.name.find('/'), file.name.size());
    const auto pack =
        std::find_if(set.packs.begin(), set.packs.end(), [&](const ContentPack& candidate) {
          return candidate.name == std::string_view(file.name).substr(0, slash);
        });
    auto name = file.name.substr(std::min(slash + 1, file.name.size()));
    if (pack == set.packs.end() || !is_content_file_name(name))
      return bad("'" + file.name + "' is no file of a pack");
    pack->files.push_back({std::move(name), std::move(file.bytes)});
  }
  return set;
}

}  // namespace sekisho::controlplane
