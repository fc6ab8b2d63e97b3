// What is refused before anything is parsed, and what a rightly signed bundle is refused for.
#include <set>

#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

TEST_CASE("a bundle with any byte altered is refused") {
  const auto file = sample_bundle();
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto altered = file;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      CAPTURE(at, flip);
      const auto reason = refusal_of(altered).reason;
      if (at < 8)
        CHECK(reason == Reason::not_a_bundle);
      else if (at < 16)
        CHECK(reason == Reason::unknown_key);
      else if (at >= 80 && at < 84)  // the length: the signature tells where the size does not
        CHECK((reason == Reason::truncated || reason == Reason::bad_signature));
      else
        CHECK(reason == Reason::bad_signature);
    }
}

TEST_CASE("a bundle that breaks off anywhere is refused as truncated") {
  const auto file = sample_bundle();
  for (std::size_t size = 0; size < file.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal_of(file.substr(0, size)).reason == Reason::truncated);
  }
  CHECK(refusal_of("").message == "bundle breaks off within its first 88 bytes, after 0");
  CHECK(refusal_of(file.substr(0, file.size() - 1)).message ==
        "bundle breaks off after " + std::to_string(file.size() - 1) + " of " +
            std::to_string(file.size()) + " bytes");
}

TEST_CASE("bytes behind a bundle are refused") {
  CHECK(refusal_of(sample_bundle() + '\0').reason == Reason::bad_signature);
  const auto signed_part = sample_bundle().substr(80);
  const auto refusal = refusal_of(forge_envelope(signed_part + "more"));
  CHECK(refusal.reason == Reason::bad_content);
  CHECK(refusal.message == "bundle content: bytes behind the bundle's declared end");
}

TEST_CASE("what is no bundle is refused as such") {
  CHECK(refusal_of("rules: []").reason == Reason::not_a_bundle);
  CHECK(refusal_of(std::string(1000, '\0')).message == "bundle does not begin with SKBUNDL1");
}

TEST_CASE("more than the limit is refused unread") {
  auto file = sample_bundle();
  file.resize(kMaxBundleBytes + 1);
  const auto refusal = refusal_of(file);
  CHECK(refusal.reason == Reason::too_large);
  CHECK(refusal.message == "bundle has 67108865 bytes, at most 67108864 are accepted");
  file.pop_back();
  CHECK(refusal_of(file).reason == Reason::bad_signature);
}

TEST_CASE("a bundle by another key is refused") {
  auto expected = sample_expectation();
  expected.key = SigningKey::generate().public_key();
  const auto opened = bundle::open(sample_bundle(), expected);
  REQUIRE_FALSE(opened);
  CHECK(opened.refusal().reason == Reason::unknown_key);
  CHECK(opened.refusal().message ==
        "bundle is signed with key 56475aa75463474c, this gateway trusts key " +
            expected.key.id_hex());

  // Naming the trusted key does not help.
  const auto packed = PackedFiles::pack(sample_files());
  auto forged = *build(kSample, *packed, SigningKey::generate());
  forged.replace(8, 8, known_key().public_key().id());
  const auto refusal = refusal_of(forged);
  CHECK(refusal.reason == Reason::bad_signature);
  CHECK(refusal.message == "bundle does not match its signature by key 56475aa75463474c");
}

TEST_CASE("a bundle for somebody else is refused") {
  const auto [identity, reason, message] = GENERATE(table<Identity, Reason, std::string>({
      {{"umbrella", "gw-1", 7},
       Reason::other_tenant,
       "bundle is of tenant 'umbrella', this gateway belongs to 'acme'"},
      {{"acme", "gw-2", 7}, Reason::other_gateway, "bundle is for gateway 'gw-2', this is 'gw-1'"},
      {{"acm", "gw-1", 7},
       Reason::other_tenant,
       "bundle is of tenant 'acm', this gateway belongs to 'acme'"},
  }));
  const auto refusal = refusal_of(sample_bundle(identity));
  CHECK(refusal.reason == reason);
  CHECK(refusal.message == message);
}

TEST_CASE("a bundle of another kind is refused, whatever its version") {
  const auto content = sample_bundle({"acme", "gw-1", 7, Kind::content});
  CHECK(refusal_of(content).reason == Reason::other_kind);
  CHECK(refusal_of(content).message == "bundle carries content, policy is expected");
  auto expected = sample_expectation();
  expected.kind = Kind::content;
  const auto policy = bundle::open(sample_bundle(), expected);
  REQUIRE_FALSE(policy);
  CHECK(policy.refusal().reason == Reason::other_kind);
  CHECK(policy.refusal().message == "bundle carries policy, content is expected");

  const auto opened = bundle::open(content, expected);
  REQUIRE(opened);
  CHECK(opened->version == 7);
  CHECK(opened->files.size() == sample_files().size());
}

TEST_CASE("only a version newer than the one in force is opened") {
  for (const std::uint64_t version : {1U, 5U, 6U}) {
    const auto refusal = refusal_of(sample_bundle({"acme", "gw-1", version}));
    CHECK(refusal.reason == Reason::not_newer);
    CHECK(refusal.message ==
          "bundle has version " + std::to_string(version) + ", version 6 is in force");
  }
  CHECK(bundle::open(sample_bundle({"acme", "gw-1", 70}), sample_expectation()));
  auto fresh = sample_expectation();
  fresh.version_in_force = 0;
  CHECK(bundle::open(sample_bundle({"acme", "gw-1", 1}), fresh));
}

TEST_CASE("every reason has its own name") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::bad_content); ++i)
    names.insert(name_of(static_cast<Reason>(i)));
  CHECK(names == std::set<std::string_view>{
                     "too_large", "not_a_bundle", "not_a_rotation", "truncated", "unknown_key",
                     "bad_signature", "bad_manifest", "unsupported_format", "other_tenant",
                     "other_gateway", "other_kind", "not_newer", "bad_content"});
}
