#include "config/content/description.h"

#include <catch2/catch.hpp>

#include "bundles/forge.h"

namespace sekisho::content {
namespace {

const std::string kList = "a\nb\n";

Description of_list() {
  return {
      .version = 7, .built = 1'790'000'000, .entries = 2, .bytes = 4, .sha256 = digest_of(kList)};
}

std::string bundled(const std::vector<bundle::File>& files, bundle::Kind kind) {
  return *bundle::build({"acme", "gw-1", 7, kind}, *bundle::PackedFiles::pack(files),
                        tests::known_key());
}

bundle::Expectation expected(bundle::Kind kind, std::uint64_t in_force = 6) {
  return {tests::known_key().public_key(), "acme", "gw-1", in_force, kind};
}

TEST_CASE("a description comes out of its bundle as it was signed") {
  const auto bytes = bundled({description_file(of_list())}, bundle::Kind::urls);
  const auto opened = open_description(bytes, expected(bundle::Kind::urls));
  REQUIRE(opened);
  CHECK(*opened == of_list());
}

TEST_CASE("one kind does not pass for another, nor an old version for a new one") {
  const auto bytes = bundled({description_file(of_list())}, bundle::Kind::urls);
  CHECK(open_description(bytes, expected(bundle::Kind::reputation)).refusal().reason ==
        bundle::Reason::other_kind);
  CHECK(open_description(bytes, expected(bundle::Kind::content)).refusal().reason ==
        bundle::Reason::other_kind);
  CHECK(open_description(bytes, expected(bundle::Kind::urls, 7)).refusal().reason ==
        bundle::Reason::not_newer);
}

TEST_CASE("what is signed and no description is refused") {
  for (const auto& file : std::vector<bundle::File>{
           {"description.json", "{}"},
           {"description.json", "x"},
           {"description.json", R"({"built":-1,"bytes":4,"entries":2,"sha256":""})"},
           {"other.json", description_file(of_list()).bytes},
           {"description.json", " " + description_file(of_list()).bytes}}) {
    CAPTURE(file.name, file.bytes);
    const auto opened =
        open_description(bundled({file}, bundle::Kind::urls), expected(bundle::Kind::urls));
    REQUIRE_FALSE(opened);
    CHECK(opened.refusal().reason == bundle::Reason::bad_content);
  }
}

TEST_CASE("numbers out of their ranges are refused") {
  auto description = of_list();
  SECTION("too long") { description.bytes = (std::uint64_t{64} << 20) + 1; }
  SECTION("no entry") { description.entries = 0; }
  SECTION("more entries than bytes can hold") { description.entries = 3; }
  SECTION("no digest") { description.sha256 = "abc"; }
  SECTION("capitals") { description.sha256 = std::string(64, 'A'); }
  CHECK_FALSE(parse_description(description_file(description).bytes, 7));
}

TEST_CASE("a list is checked against its description in every respect") {
  CHECK(check_against(of_list(), kList));
  CHECK_FALSE(check_against(of_list(), "a\nc\n"));
  CHECK_FALSE(check_against(of_list(), "a\n"));
  auto other = of_list();
  other.entries = 1;
  CHECK_FALSE(check_against(other, kList));
  const std::string unordered = "b\na\n";
  other = of_list();
  other.sha256 = digest_of(unordered);
  CHECK_FALSE(check_against(other, unordered));
}

}  // namespace
}  // namespace sekisho::content
