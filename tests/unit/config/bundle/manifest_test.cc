// Manifests that a signer who is out of order or hostile could sign.
#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

namespace {

const std::vector<File> kFiles{{"a", "first\n"}, {"b/c", "second\n"}};

std::string manifest() { return manifest_of(kSample, kFiles); }

Refusal refusal_of_manifest(std::string_view text) {
  return refusal_of(forge_bundle(text, zlib_stream("first\nsecond\n")));
}

std::string replaced(std::string_view from, std::string_view to) {
  auto text = manifest();
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the manifest that these tests spoil is a good one") {
  const auto opened =
      bundle::open(forge_bundle(manifest(), zlib_stream("first\nsecond\n")), sample_expectation());
  REQUIRE(opened);
  CHECK(opened->files[1].bytes == "second\n");
}

TEST_CASE("a manifest with a mistake is refused") {
  const auto [from, to, why] = GENERATE(table<std::string, std::string, std::string>({
      {"{", "", "not a JSON object"},
      {R"("format":1,)", "", "format is missing or not a whole number"},
      {R"("format":1,)", R"("format":"1",)", "format is missing or not a whole number"},
      {R"("format":1,)", R"("format":-1,)", "format is missing or not a whole number"},
      {R"("format":1,)", R"("format":1.0,)", "format is missing or not a whole number"},
      {R"("tenant":"acme",)", "", "tenant is missing or no string"},
      {R"("gateway":"gw-1")", R"("gateway":1)", "gateway is missing or no string"},
      {R"("version":7)", R"("version":"7")", "version is missing or not a whole number"},
      {R"("version":7)", R"("version":18446744073709551616)",
       "version is missing or not a whole number"},
      {R"("version":7)", R"("version":0)", "versions start from 1"},
      {"acme", "a cme", "the tenant's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {"gw-1", "", "the gateway's id is not 1 to 64 of the characters A-Z a-z 0-9 _ . -"},
      {R"("files":[)", R"("files":[1,)", "files is missing or not a list of name, size and sha256"},
      {R"("size":6)", R"("size":-6)", "files is missing or not a list of name, size and sha256"},
      {R"("size":6)", R"("size":268435457)", "the files are larger than 268435456 bytes together"},
      {R"("size":6)", R"("size":18446744073709551615)",
       "the files are larger than 268435456 bytes together"},
      {R"("sha256":")", R"("sha256":"00)",
       "files is missing or not a list of name, size and sha256"},
      {R"("sha256":")", R"("sha":")", "files is missing or not a list of name, size and sha256"},
      {R"("bytes":13)", R"("bytes":12)", "bytes is not the sum of the files' sizes"},
      {R"("bytes":13)", R"("bytes":14)", "bytes is not the sum of the files' sizes"},
      {R"("b/c")", R"("../c")", "file 2 of 2: the name has a segment that starts with '.'"},
      {R"("b/c")", R"("b/\u0000")",
       "file 2 of 2: the name has a character that is not of a-z 0-9 _ . - /"},
      {R"("b/c")", R"("a")", "file 'a' is there twice or out of order"},
      {R"("b/c")", R"("0")", "file '0' is there twice or out of order"},
      {R"("b/c")", R"("a/c")", "file 'a/c' has another file's name as its folder"},
      {R"("gateway")", R"("kind":"policy","gateway")", "kind is none that this program knows"},
      {R"("gateway")", R"("kind":7,"gateway")", "kind is none that this program knows"},
      {R"("gateway")", R"("kind":"content","gateway")", "not in canonical form"},
      {"{", "{ ", "not in canonical form"},
      {"{", R"({"also":null,)", "not in canonical form"},
      {R"("format":1,)", R"("format":1,"format":1,)", "not in canonical form"},
      {R"("acme")", R"("\u0061cme")", "not in canonical form"},
  }));
  CAPTURE(from, to);
  const auto refusal = refusal_of_manifest(replaced(from, to));
  CHECK(refusal.reason == Reason::bad_manifest);
  CHECK(refusal.message == "bundle manifest: " + why);
}

TEST_CASE("hex digits of the other case are not canonical") {
  auto text = manifest();
  const auto at = text.find_first_of("abcdef", text.find(R"("sha256":")") + 10);
  text[at] = static_cast<char>(text[at] - 'a' + 'A');
  CHECK(refusal_of_manifest(text).message == "bundle manifest: not in canonical form");
}

TEST_CASE("a bundle of a later format is refused as such, whatever else it holds") {
  const auto [text, number] = GENERATE(table<std::string, std::string>({
      {replaced(R"("format":1,)", R"("format":2,)"), "2"},
      {R"({"format":3,"parts":[]})", "3"},
      {R"({"format":0})", "0"},
  }));
  const auto refusal = refusal_of_manifest(text);
  CHECK(refusal.reason == Reason::unsupported_format);
  CHECK(refusal.message == "bundle is of format " + number + ", this program reads 1");
}

TEST_CASE("a manifest without files is refused") {
  CHECK(refusal_of_manifest(manifest_of(kSample, {})).message == "bundle manifest: no files");
  const std::vector<File> many(201, File{"a", ""});
  CHECK(refusal_of_manifest(manifest_of(kSample, many)).message ==
        "bundle manifest: 201 files, at most 200 are possible");
}

TEST_CASE("a manifest that is no object is refused") {
  const auto* const text = GENERATE("", "[]", "null", "\xff\xfe", "{}{}", "1e999999");
  const auto refusal = refusal_of_manifest(text);
  CHECK(refusal.reason == Reason::bad_manifest);
  CHECK(refusal.message == "bundle manifest: not a JSON object");
}

TEST_CASE("a deeply nested manifest is refused") {
  const auto deep = R"({"format":1,"tenant":)" + std::string(60'000, '[');
  CHECK(refusal_of_manifest(deep).reason == Reason::bad_manifest);
  const auto closed =
      R"({"format":1,"tenant":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}";
  CHECK(refusal_of_manifest(closed).message == "bundle manifest: tenant is missing or no string");
}

TEST_CASE("a manifest's length has its limits") {
  CHECK(refusal_of_manifest(std::string(kMaxManifestBytes + 1, ' ')).message ==
        "bundle manifest: 65537 bytes, at most 65536 are accepted");
  const auto text = manifest();
  const auto size = 88 + text.size();
  CHECK(refusal_of(forge_envelope(be32(size) + be32(text.size() + 1) + text)).message ==
        "bundle manifest: runs past the end of the bundle");
  CHECK(refusal_of(forge_envelope(be32(88) + be32(0xffffffff))).reason == Reason::bad_manifest);
}
