#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

TEST_CASE("a log-in sets a cookie that only our pages send, and gives the CSRF token") {
  ApiFixture fixture;
  auto asked =
      ApiFixture::request({}, "POST", "/session", {{"login", "root"}, {"password", kPassword}});
  const auto plain = fixture.send(asked);
  CHECK(plain.status == 200);
  CHECK(plain.body["user"]["login"] == "root");
  CHECK(plain.body["user"]["role"] == "admin");
  CHECK_THAT(plain.header("Set-Cookie"), Catch::Contains("HttpOnly; SameSite=Strict"));
  CHECK_THAT(plain.header("Set-Cookie"), !Catch::Contains("Secure"));
  asked.secure = true;
  CHECK_THAT(fixture.send(asked).header("Set-Cookie"), Catch::Contains("; Secure"));
}

TEST_CASE("the database holds no token, only what it hashes to") {
  ApiFixture fixture;
  const auto token = fixture.root.cookie.substr(fixture.root.cookie.find('=') + 1);
  std::string stored;
  fixture.sql(
      [&](auto& session) { session << "SELECT token_hash FROM sessions", soci::into(stored); });
  CHECK(stored.size() == 64);
  CHECK(stored != token);
}

TEST_CASE("a wrong password and an unknown login get the same answer") {
  ApiFixture fixture;
  const auto wrong =
      fixture.call({}, "POST", "/session", {{"login", "root"}, {"password", "not this one"}});
  const auto unknown =
      fixture.call({}, "POST", "/session", {{"login", "nobody"}, {"password", "not this one"}});
  CHECK(wrong.status == 401);
  CHECK(wrong.code() == "wrong_credentials");
  CHECK(wrong.text == unknown.text);
}

TEST_CASE(
    "the eleventh wrong password of a login has to wait, whoever tries and even with the right "
    "one") {
  ApiFixture fixture;
  for (int i = 0; i < 10; ++i)
    CHECK(fixture.call({}, "POST", "/session", {{"login", "x"}, {"password", "no"}}).status == 401);
  const auto refused = fixture.call({}, "POST", "/session", {{"login", "x"}, {"password", "no"}});
  CHECK(refused.status == 429);
  CHECK(refused.code() == "too_many_attempts");
  CHECK(std::stoi(refused.header("Retry-After")) == 90);
  fixture.log_in("root");  // another login is not held up
  fixture.now += 90'000;
  CHECK(fixture.call({}, "POST", "/session", {{"login", "x"}, {"password", "no"}}).status == 401);
}

TEST_CASE("a session ends twelve hours after its last use and seven days after its beginning") {
  ApiFixture fixture;
  constexpr std::int64_t kHour = 3'600'000;
  fixture.now += 11 * kHour;
  CHECK(fixture.call(fixture.root, "GET", "/session").status == 200);
  fixture.now += 11 * kHour;
  CHECK(fixture.call(fixture.root, "GET", "/session").status == 200);
  fixture.now += 12 * kHour + 1;
  CHECK(fixture.call(fixture.root, "GET", "/session").code() == "unauthenticated");

  const auto again = fixture.log_in("root");
  for (int i = 0; i < 7 * 24 / 11; ++i) {
    fixture.now += 11 * kHour;
    CHECK(fixture.call(again, "GET", "/session").status == 200);
  }
  fixture.now += 11 * kHour;
  CHECK(fixture.call(again, "GET", "/session").status == 401);
}

TEST_CASE("logging out ends the session and takes the cookie") {
  ApiFixture fixture;
  const auto out = fixture.call(fixture.root, "DELETE", "/session");
  CHECK(out.status == 204);
  CHECK_THAT(out.header("Set-Cookie"), Catch::Contains("Max-Age=0"));
  CHECK(fixture.call(fixture.root, "GET", "/session").status == 401);
}

TEST_CASE("a new password ends the user's other sessions and is the one that counts") {
  ApiFixture fixture;
  const auto other = fixture.log_in("root");
  const std::string better = "an even better one";
  CHECK(fixture
            .call(fixture.root, "PUT", "/session/password",
                  {{"old_password", "guessed"}, {"password", better}})
            .code() == "wrong_credentials");
  CHECK(fixture
            .call(fixture.root, "PUT", "/session/password",
                  {{"old_password", kPassword}, {"password", better}})
            .status == 204);
  CHECK(fixture.call(fixture.root, "GET", "/session").status == 200);
  CHECK(fixture.call(other, "GET", "/session").status == 401);
  CHECK(fixture.call({}, "POST", "/session", {{"login", "root"}, {"password", kPassword}}).status ==
        401);
  fixture.log_in("root", better);
}

TEST_CASE("cookies that are not a session are nobody's") {
  ApiFixture fixture;
  const std::string token = fixture.root.cookie;
  for (const std::string& cookie :
       {std::string("sekisho_session="), "sekisho_session=" + std::string(64, '0'),
        "Xsekisho_session=" + token.substr(16), token + "0", std::string("sekisho_session"),
        std::string(";;;=;")}) {
    CAPTURE(cookie);
    CHECK(fixture.call({cookie, fixture.root.csrf}, "GET", "/session").status == 401);
  }
  CHECK(fixture.call({"a=b; " + token + "; c=d", ""}, "GET", "/session").status == 200);
}

TEST_CASE("create_admin refuses what createUser would refuse, and a login that is taken") {
  ApiFixture fixture;
  auto& database = fixture.database();
  CHECK_FALSE(create_admin(database, "", kPassword, 0));
  CHECK_FALSE(create_admin(database, "two words", kPassword, 0));
  CHECK_FALSE(create_admin(database, "short", "too short", 0));
  CHECK_FALSE(create_admin(database, "root", kPassword, 0));
  CHECK(create_admin(database, "second", kPassword, 0));
  fixture.log_in("second");
}
