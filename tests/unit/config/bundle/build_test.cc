#include <zlib.h>

#include <algorithm>
#include <random>

#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

namespace {

std::string random_bytes(std::size_t count, std::mt19937& random) {
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("what was built is opened again, sorted by name") {
  const auto opened = bundle::open(sample_bundle(), sample_expectation());
  REQUIRE(opened);
  CHECK(opened->version == 7);
  REQUIRE(opened->files.size() == 2);
  CHECK(opened->files[0].name == "certificates/empty.pem");
  CHECK(opened->files[0].bytes.empty());
  CHECK(opened->files[1].name == "policy.yaml");
  CHECK(opened->files[1].bytes == "rules: []\n");
}

TEST_CASE("files of every size survive the way through a bundle") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<File> files;
    const auto count = 1 + random() % kMaxFiles;
    for (std::size_t i = 0; i < count; ++i) {
      const auto size = random() % 3 == 0 ? random() % 200'000 : random() % 200;
      files.push_back({"f" + std::to_string(i),
                       random() % 2 == 0 ? random_bytes(size, random) : std::string(size, 'x')});
    }
    const auto packed = PackedFiles::pack(files);
    REQUIRE(packed);
    const auto opened = bundle::open(*build(kSample, *packed, known_key()), sample_expectation());
    REQUIRE(opened);
    std::sort(files.begin(), files.end(),
              [](const File& a, const File& b) { return a.name < b.name; });
    REQUIRE(opened->files.size() == files.size());
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(opened->files[i].name == files[i].name);
      CHECK((opened->files[i].bytes == files[i].bytes));
    }
  }
}

TEST_CASE("the same input gives the same bytes, whatever the order of the files") {
  auto files = sample_files();
  std::reverse(files.begin(), files.end());
  CHECK(sample_bundle() == sample_bundle());
  CHECK(*build(kSample, *PackedFiles::pack(files), known_key()) == sample_bundle());
}

TEST_CASE("one packing serves every gateway") {
  const auto packed = PackedFiles::pack(sample_files());
  CHECK(*build({"acme", "gw-2", 8}, *packed, known_key()) == sample_bundle({"acme", "gw-2", 8}));
}

// README.md's layout spelt out again, with values from elsewhere, so that the format cannot drift
// unnoticed. The compressed bytes are zlib's to choose and are compared by what they unpack to.
TEST_CASE("a bundle has the documented layout") {
  const auto file = sample_bundle();
  const std::string manifest =
      R"({"bytes":10,"files":[{"name":"certificates/empty.pem","sha256":)"
      R"("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},)"
      R"({"name":"policy.yaml","sha256":)"
      R"("e0dfa70eb69d47fe9cb2be8a4fcd53e74cf7fe26fcbb1f06912b57a9c028e4e0","size":10}],)"
      R"("format":1,"gateway":"gw-1","tenant":"acme","version":7})";
  CHECK(file.substr(0, 8) == "SKBUNDL1");
  CHECK(to_hex(file.substr(8, 8)) == "56475aa75463474c");
  CHECK(file.substr(80, 4) == be32(file.size()));
  CHECK(file.substr(84, 4) == be32(manifest.size()));
  CHECK(file.substr(88, manifest.size()) == manifest);

  const auto stream = file.substr(88 + manifest.size());
  std::string content(100, '\0');
  uLongf length = content.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(content.data()), &length,
                     reinterpret_cast<const Bytef*>(stream.data()), stream.size()) == Z_OK);
  CHECK(content.substr(0, length) == "rules: []\n");
  CHECK(file == forge_bundle(manifest, stream));  // the signature, made independently
}

TEST_CASE("file names that could lead elsewhere are not packed") {
  const auto [name, why] = GENERATE(table<std::string, std::string>({
      {"", "the name is empty"},
      {"../x", "the name has a segment that starts with '.'"},
      {"a/../x", "the name has a segment that starts with '.'"},
      {".x", "the name has a segment that starts with '.'"},
      {"/x", "the name has an empty segment"},
      {"a//b", "the name has an empty segment"},
      {"a/", "the name has an empty segment"},
      {"A", "the name has a character that is not of a-z 0-9 _ . - /"},
      {"a b", "the name has a character that is not of a-z 0-9 _ . - /"},
      {"a\\b", "the name has a character that is not of a-z 0-9 _ . - /"},
      {std::string("a\0b", 3), "the name has a character that is not of a-z 0-9 _ . - /"},
      {"\xe9\x96\xa2", "the name has a character that is not of a-z 0-9 _ . - /"},
      {std::string(129, 'a'), "the name is longer than 128 bytes"},
  }));
  const auto packed = PackedFiles::pack({{name, "x"}});
  REQUIRE_FALSE(packed);
  CHECK(packed.error().code == Error::Code::invalid_input);
  CHECK(packed.error().message == "bundle: file 1 of 1: " + why);
}

TEST_CASE("names that contradict each other are not packed") {
  CHECK(PackedFiles::pack({{"a", "1"}, {"a", "2"}}).error().message ==
        "bundle: file 'a' is there twice or out of order");
  CHECK(PackedFiles::pack({{"a/b/c", "1"}, {"a-", ""}, {"a", "2"}}).error().message ==
        "bundle: file 'a/b/c' has another file's name as its folder");
  CHECK(PackedFiles::pack({{"a/b/c", "1"}, {"a/b", "2"}}).error().message ==
        "bundle: file 'a/b/c' has another file's name as its folder");
  CHECK(PackedFiles::pack({{"a/b", "1"}, {"a.b", "2"}, {std::string(128, 'a'), "3"}}));
}

TEST_CASE("the number of files has its limits") {
  std::vector<File> files;
  CHECK(PackedFiles::pack(files).error().message == "bundle: no files");
  for (std::size_t i = 0; i < kMaxFiles; ++i) files.push_back({"f" + std::to_string(i), ""});
  CHECK(PackedFiles::pack(files));
  files.push_back({"one-too-many", ""});
  CHECK(PackedFiles::pack(files).error().message == "bundle: 201 files, at most 200 are possible");
}

TEST_CASE("a bundle of the greatest manifest is opened") {
  std::vector<File> files;
  for (std::size_t i = 0; i < kMaxFiles; ++i) {
    files.push_back({std::string(kMaxFileNameBytes - 3, 'n'), std::string(1 << 16, 'x')});
    files.back().name += std::to_string(100 + i);
  }
  const Identity identity{std::string(kMaxIdBytes, 'T'), std::string(kMaxIdBytes, 'G'),
                          ~std::uint64_t{0}};
  const auto built = build(identity, *PackedFiles::pack(files), known_key());
  REQUIRE(built);
  const auto opened = bundle::open(
      *built, {known_key().public_key(), identity.tenant, identity.gateway, ~std::uint64_t{0} - 1});
  REQUIRE(opened);
  CHECK(opened->version == ~std::uint64_t{0});
  CHECK(opened->files.size() == kMaxFiles);
}

TEST_CASE("contents over the limit are not packed") {
  const File half{"a", std::string(kMaxContentBytes / 2, '\0')};
  const File more{"b", std::string(kMaxContentBytes / 2 + 1, '\0')};
  CHECK(PackedFiles::pack({half, more}).error().message ==
        "bundle: the files are larger than 268435456 bytes together");
}

TEST_CASE("contents that do not compress below the limit are not packed") {
  std::mt19937_64 random(1);
  std::string noise;
  while (noise.size() < kMaxBundleBytes) {
    const auto word = random();
    noise.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  const auto packed = PackedFiles::pack({{"noise", noise}});
  REQUIRE_FALSE(packed);
  CHECK(packed.error().message.ends_with(" bytes when compressed, at most 67043240 are possible"));
}

TEST_CASE("a bundle needs a tenant, a gateway and a version") {
  const auto packed = PackedFiles::pack(sample_files());
  const auto [identity, why] = GENERATE(table<Identity, std::string>({
      {{"", "gw-1", 1}, "the tenant's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {{"a\"b", "gw-1", 1}, "the tenant's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {{"acme", "gw 1", 1}, "the gateway's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {{"acme", std::string(65, 'g'), 1},
       "the gateway's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {{"acme", "gw-1", 0}, "versions start from 1"},
  }));
  const auto built = build(identity, *packed, known_key());
  REQUIRE_FALSE(built);
  CHECK(built.error().message == "bundle: " + why);
}
