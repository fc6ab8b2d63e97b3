#include <cmath>

#include "measured.h"

namespace sekisho::engines::file_features::test {
namespace {

using enum Feature;

float log1(double n) { return static_cast<float>(std::log1p(n)); }

TEST_CASE("headers, sections and directories of a program are measured") {
  const auto plain = measured(seed("pe_plain"));
  CHECK(plain.kind == Kind::pe);
  CHECK(plain[pe_64] == 1);
  CHECK(plain[pe_dll] == 0);
  CHECK(plain[pe_sections] == 6);
  CHECK(plain[pe_code_sections] == 1);
  CHECK(plain[pe_writable_code] == 0);
  CHECK(plain[pe_usual_names] == 1);
  CHECK(plain[pe_code_entropy] == Approx(8));
  CHECK(plain[pe_entry_outside] == 0);
  CHECK(plain[pe_debug] == 1);
  CHECK(plain[pe_relocations] == 1);
  CHECK(plain[pe_tls] == 1);
  CHECK(plain[pe_signature] == 1);
  CHECK(plain[pe_overlay] == 0);  // the signature is none
  CHECK(plain[pe_resources] > 0.1F);
  CHECK(plain[pe_resource_entropy] == 0);
  CHECK(plain[pe_libraries] == 2);
  CHECK(plain[pe_imports] == log1(4));
  CHECK(plain[pe_ordinals] == 0.25F);
  CHECK(plain[api_resolve] == log1(1));
  CHECK(plain[api_screen] == log1(1));
  CHECK(std::isnan(plain[pdf_objects]));
}

TEST_CASE("a packed program is told by what it lacks") {
  const auto packed = measured(seed("pe_packed"));
  CHECK(packed[pe_64] == 0);
  CHECK(packed[pe_writable_code] == 2);
  CHECK(packed[pe_usual_names] == Approx(1.0 / 3));
  CHECK(packed[pe_empty_sections] == 1);
  CHECK(packed[pe_code_entropy] > 7);
  CHECK(packed[pe_growth] > 3);
  CHECK(packed[pe_overlay] > 0.1F);
  CHECK(packed[pe_imports] == log1(2));
  CHECK(std::isnan(packed[pe_resource_entropy]));
}

TEST_CASE("what a library imports is counted by purpose, whatever its form") {
  const auto library = measured(seed("pe_library"));
  CHECK(library[pe_dll] == 1);
  CHECK(library[pe_exports] == log1(7));
  CHECK(library[api_inject] == log1(3));
  CHECK(library[api_download] == 0);
}

}  // namespace
}  // namespace sekisho::engines::file_features::test
