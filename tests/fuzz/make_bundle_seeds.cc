// Writes the seed corpus of fuzz_bundle: `make_bundle_seeds DIR`.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "bundles/forge.h"
#include "config/bundle/bundle.h"
#include "config/bundle/rotation.h"

namespace {

using namespace sekisho;
using namespace sekisho::bundle;

const Identity kIdentity{"acme", "gw-1", 7};
const std::vector<File> kFiles{{"a/b.pem", ""}, {"policy.yaml", "rules:\n  - name: a\n"}};

std::string built(const std::vector<File>& files, const Identity& identity = kIdentity) {
  return *build(identity, *PackedFiles::pack(files), tests::known_key());
}

std::map<std::string, std::string> seeds() {
  const auto manifest = tests::manifest_of(kIdentity, kFiles);
  const auto stream = tests::zlib_stream(kFiles[1].bytes);
  const auto new_key = SigningKey::from_secret(Secret{}).public_key();
  return {
      {"good", built(kFiles)},
      {"large_file", built({{"zeros", std::string(100'000, '\0')}})},
      {"many_files", built({{"a", "1"}, {"b", "2"}, {"c/d", "3"}, {"c/e", "4"}, {"f", "5"}})},
      {"content", built({{"et/a.rules", "alert tcp any any -> any 80 (sid:1;)\n"},
                         {"packs.json", R"({"packs":[{"name":"et","version":3}]})"}},
                        {"acme", "gw-1", 7, Kind::content})},
      {"other_gateway", built(kFiles, {"acme", "gw-2", 7})},
      {"older", built(kFiles, {"acme", "gw-1", 6})},
      {"truncated", built(kFiles).substr(0, 200)},
      {"other_format", tests::forge_bundle(R"({"format":2})", stream)},
      {"path_trick", tests::forge_bundle(tests::manifest_of(kIdentity, {{"../x", "x"}}), stream)},
      {"more_than_declared", tests::forge_bundle(manifest, tests::zlib_bomb(16).substr(0, 2000))},
      {"trailing_bytes", tests::forge_bundle(manifest, stream + "more")},
      {"deep", tests::forge_bundle(R"({"format":1,"files":)" + std::string(500, '['), stream)},
      {"rotation", *sign_rotation("acme", 3, new_key, tests::known_key())},
      {"rotation_replayed", *sign_rotation("acme", 2, new_key, tests::known_key())},
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_bundle_seeds DIR\n";
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : seeds())
    std::ofstream(folder / name, std::ios::binary) << content;
  return 0;
}
