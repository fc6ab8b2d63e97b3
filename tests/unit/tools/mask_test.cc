#include "tools/sekisho/mask.h"

#include <catch2/catch.hpp>

using namespace sekisho::tools;

TEST_CASE("names of secrets are known in every spelling") {
  for (const auto* name :
       {"password",   "Password",    "admin_password", "pass-word",     "clientSecret",
        "api_key",    "apiKey",      "APIKEY",         "key",           "private-key",
        "psk",        "token",       "access_token",   "Authorization", "Cookie",
        "passphrase", "credentials", "auth",           "パスワード",    "管理者パスワード",
        "pin",        "tls.key"})
    CHECK(is_secret_name(name));
  for (const auto* name : {"name", "keyboard", "monkey", "rules", "spin", "author", "bypass",
                           "content_address", "passed", "destination", "decoder.pkts", ""})
    CHECK_FALSE(is_secret_name(name));
}

TEST_CASE("no secret stays in text, whatever is around it") {
  const auto text = GENERATE(
      as<std::string>{}, "password: HIDDEN", "  - password: HIDDEN and HIDDEN, HIDDEN",
      "password:\n  HIDDEN\n  HIDDEN", "keys:\n- HIDDEN\n- HIDDEN", "psk: |\n  HIDDEN\n\n  HIDDEN",
      "password: \"a\n  HIDDEN\"", "{user: a, password: HIDDEN}", R"({"password":"HIDDEN"})",
      R"({"password":"a\"HIDDEN"})", R"({"password" : "HIDDEN","a":1})",
      R"({"note":"{\"password\":\"HIDDEN\"}"})", R"({"keys":["HIDDEN","HIDDEN"]})",
      "12:00 login user=a password=HIDDEN ok", "12:00 token='HIDDEN HIDDEN' ok",
      "GET /x?token=HIDDEN&b=1", "Authorization: Bearer HIDDEN", "'password': 'HIDDEN'",
      "url: https://user:HIDDEN@example.com/", "fetch ftp://HIDDEN@h/ failed",
      "x: -----BEGIN PRIVATE KEY-----\nHIDDEN\n-----END PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----\nHIDDEN\nHIDDEN",
      "\"pem\":\"-----BEGIN EC PRIVATE KEY-----\\nHIDDEN\\n-----END EC PRIVATE KEY-----\\n\"",
      "value MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAHIDDEN0 x",
      "ssh b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAHIDDEN",
      "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.HIDDEN", "パスワード: HIDDEN");
  CAPTURE(text);
  const auto masked = mask_text(text);
  CAPTURE(masked);
  CHECK(masked.find("HIDDEN") == std::string::npos);
  CHECK(masked.find(kMasked) != std::string::npos);
}

TEST_CASE("what is no secret stays as it is") {
  const auto text = GENERATE(
      as<std::string>{}, "", "\n\n", "rules:\n  - name: guests\n    source: [10.0.0.0/8]\n",
      "name: key room\n", "time_zone: Asia/Tokyo", "url: https://example.com:8443/a@b",
      R"({"event_type":"drop","src_ip":"10.0.0.1","flow_id":123})",
      "content_address: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "来客: 許可\n");
  CAPTURE(text);
  CHECK(mask_text(text) == text);
}

TEST_CASE("what stands behind a secret is still there") {
  CHECK(mask_text("a:\n  password: x\n  user: bob\n") == "a:\n  password: [masked]\n  user: bob\n");
  CHECK(mask_text("keys:\n- x\nname: y\n") == "keys: [masked]\nname: y\n");
  CHECK(mask_text("p: -----BEGIN X-----\nabc\n-----END X-----\nname: y\n") ==
        "p: [masked]\nname: y\n");
  CHECK(mask_text(R"({"password":"x","user":"bob"})") == R"({"password":[masked],"user":"bob"})");
  CHECK(mask_text("token=x user=bob") == "token=[masked] user=bob");
}

TEST_CASE("JSON is masked by member names and by the look of strings") {
  const auto masked = mask_json(nlohmann::json::parse(
      R"({"user":"bob","password":"x","nested":[{"api_key":7,"url":"https://u:p@h/"}],
          "token":null,"verdict":{"pass":12},"keys":{"a":"b"}})"));
  CHECK(masked == nlohmann::json::parse(
                      R"({"user":"bob","password":"[masked]","nested":[{"api_key":"[masked]",
          "url":"https://[masked]@h/"}],"token":null,"verdict":{"pass":12},"keys":"[masked]"})"));
}
