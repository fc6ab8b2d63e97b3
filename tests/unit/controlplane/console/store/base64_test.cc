#include "controlplane/console/store/base64.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace sekisho::console;

TEST_CASE("bytes become base64 as RFC 4648 has it, and come back") {
  struct Row {
    std::string bytes, text;
  };
  const auto row = GENERATE(values<Row>({{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {std::string("\x00\xff\xfe", 3), "AP/+"},
                                         {std::string(2, '\0'), "AAA="}}));
  CHECK(to_base64(row.bytes) == row.text);
  CHECK(from_base64(row.text) == row.bytes);
}

TEST_CASE("every length comes back as it was") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST_CASE("what is no base64 is refused") {
  const std::string text =
      GENERATE("Z", "Zg", "Zg=", "Zg==Zg==", "=Zg=", "====", " Zm9v", "Zm9v\n\n\n\n", "Zm-_");
  CAPTURE(text);
  CHECK_THROWS_AS(from_base64(text), std::runtime_error);
}
