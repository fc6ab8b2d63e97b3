#include <cmath>

#include "measured.h"
#include "pdf_scan.h"

namespace sekisho::engines::file_features::test {
namespace {

using enum Feature;

float log1(double n) { return static_cast<float>(std::log1p(n)); }

TEST_CASE("names are counted, however their characters are written") {
  const auto features = measured(
      "junk%PDF-1.4\n1 0 obj<</Type/Catalog/#4fpen#41ction 2 0 R/A#20B 1>>endobj\n"
      "2 0 obj<</S/Jav#61Script/JS(app.alert\\(1\\))>>endobj\n%%EOF\ntail\n%%EOFmore");
  CHECK(features.kind == Kind::pdf);
  CHECK(features[pdf_objects] == log1(2));
  CHECK(features[pdf_open_actions] == log1(1));
  CHECK(features[pdf_scripts] == log1(2));
  CHECK(features[pdf_escaped_names] == log1(2));  // a blank must be written so
  CHECK(features[pdf_header_at] == log1(4));
  CHECK(features[pdf_revisions] == 2);
  CHECK(features[pdf_after_end] == log1(4));
  CHECK(features[word_screen] == log1(1));
}

TEST_CASE("scripts are measured as text, in place and in streams") {
  const auto open = measured(seed("pdf_open_script")), packed = measured(seed("pdf_packed_script"));
  for (const auto& features : {open, packed}) {
    CHECK(features[pdf_scripts] > 0);
    CHECK(features[text_bytes] > 4);
  }
  CHECK(measured(seed("pdf_launch"))[pdf_launches] == log1(1));
  CHECK(measured(seed("pdf_form"))[pdf_more_actions] > 0);
  CHECK(measured(seed("pdf_form"))[pdf_forms] == log1(1));
}

TEST_CASE("objects within streams are looked at") {
  const auto hidden = measured(seed("pdf_hidden_objects"));
  CHECK(hidden[pdf_object_streams] == log1(1));
  CHECK(hidden[pdf_scripts] >= log1(4));
}

TEST_CASE(
    "texts behind /JS keep their inner parentheses, and what ends nowhere ends with the file") {
  PdfScan scan;
  const std::string file =
      "1 0 obj<</JS (a(b)\\)c)>>endobj 2 0 obj<</JS<6869>>>endobj 3 0 obj<</JS 77 0 R>>endobj "
      "4 0 obj<</JS(open";
  scan.read(bytes_of(file));
  CHECK(scan.scripts == "a(b))c\nhi\nopen\n");
  CHECK(scan.script_objects == std::vector<std::uint32_t>{77});
  CHECK(scan.objects == 4);
}

}  // namespace
}  // namespace sekisho::engines::file_features::test
