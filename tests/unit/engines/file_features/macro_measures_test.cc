#include <cmath>

#include "compound_file.h"
#include "measured.h"
#include "vba_project.h"
#include "zip_member.h"

namespace sekisho::engines::file_features::test {
namespace {

using enum Feature;
using namespace std::string_view_literals;

std::string unpacked(std::string_view container, std::size_t most = 1 << 20) {
  return unpack_vba(bytes_of(container), most);
}

// The examples of [MS-OVBA] 3.2.
TEST_CASE("compressed containers of the specification are unpacked") {
  CHECK(unpacked("\x01\x19\xb0\x00\x61\x62\x63\x64\x65\x66\x67\x68\x00\x69\x6a\x6b\x6c\x6d\x6e\x6f"
                 "\x70\x00\x71\x72\x73\x74\x75\x76\x2e"sv) == "abcdefghijklmnopqrstuv.");
  CHECK(unpacked("\x01\x2f\xb0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69"
                 "\x6a\x01\x38\x08\x61\x6b\x6c\x00\x30\x6d\x6e\x6f\x70\x06\x71\x02\x70\x04\x10\x72"
                 "\x73\x74\x75\x76\x10\x77\x78\x79\x7a\x00\x3c"sv) ==
        "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
  CHECK(unpacked("\x01\x03\xb0\x02\x61\x45\x00"sv) == std::string(73, 'a'));
}

TEST_CASE("damaged containers give what stands before the damage, and no more than was asked for") {
  CHECK(unpacked("").empty());
  CHECK(unpacked("\x02\x03\xb0\x02\x61\x45\x00"sv).empty());
  CHECK(unpacked("\x01\x03\xb0\x02\x61"sv) == "a");
  CHECK(unpacked("\x01\x05\xb0\x02\x61\xff\xff"sv) == "a");  // from before the beginning
  CHECK(unpacked("\x01\x03\xb0\x02\x61\x45\x00"sv, 10) == std::string(10, 'a'));
}

TEST_CASE("macros are measured in old and in new documents") {
  for (const auto* name : {"macro_shell_ole", "macro_shell_ooxml"}) {
    CAPTURE(name);
    const auto features = measured(seed(name));
    CHECK(features.kind == Kind::macros);
    CHECK(features[vba_modules] >= 1);
    CHECK(features[vba_source] > 0.2F);
    CHECK(features[word_auto] > 0);
    CHECK(features[word_run] > 0);
    CHECK(features[text_bytes] > 4);
  }
}

TEST_CASE("what was stomped has compiled macros and hardly a source") {
  const auto stomped = measured(seed("macro_stomped_ole"));
  CHECK(stomped.kind == Kind::macros);
  CHECK(stomped[vba_source] < 0.05F);
}

TEST_CASE("the source is that of all modules") {
  const auto file = seed("office_macros_ole");
  const auto opened = CompoundFile::open(bytes_of(file));
  REQUIRE(opened);
  const auto project = read_vba_project(*opened);
  CHECK(project.modules >= 2);
  CHECK(project.source.find("Attribute VB_Name = \"ThisWorkbook\"") != std::string::npos);
  CHECK(project.source.find("Option Explicit") != std::string::npos);
  CHECK(project.source.find("End Sub") != std::string::npos);
  REQUIRE(opened->find("dir") != nullptr);
  CHECK(opened->find("DIR") == opened->find("dir"));
  CHECK(opened->read(*opened->find("dir"), 5).size() == 5);
}

TEST_CASE("chains of sectors that run in circles end") {
  auto file = seed("macro_shell_ole");
  for (std::size_t at = 512; at + 4 <= file.size(); at += 4)  // every number points at sector 1
    file.replace(at, 4, "\x01\0\0\0", 4);
  const auto opened = CompoundFile::open(bytes_of(file));
  if (opened)
    for (const auto& entry : opened->entries())
      CHECK(opened->read(entry, 1 << 20).size() <= file.size() + 512);
}

TEST_CASE("members of an archive are found by the end of their names") {
  const auto file = seed("macro_shell_ooxml");
  CHECK(read_zip_member(bytes_of(file), "VBAPROJECT.bin", 8) == "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
  CHECK(read_zip_member(bytes_of(file), "absent.bin", 8).empty());
  CHECK(count_zip_members(bytes_of(file), "_RELS/") == 1);
}

}  // namespace
}  // namespace sekisho::engines::file_features::test
