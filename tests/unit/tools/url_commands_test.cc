#include <catch2/catch.hpp>
#include <filesystem>

#include "engines/reputation/reputation_database.h"
#include "rules/urls/categories.h"
#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::contents;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

/// A database of one list.
std::string build(Session& session, const ScratchDir& dir, const std::string& list) {
  const auto file = (dir / "own.urls").string(), database = (dir / "urls.db").string();
  append(file, list);
  REQUIRE(session.run({"content", "build", "--urls", file, "--output", database}) ==
          ExitCode::done);
  return database;
}

}  // namespace

TEST_CASE("content build makes a database of lists and tells what it could not take") {
  ScratchDir dir;
  std::filesystem::create_directories(dir / "ut1/gambling");
  append(dir / "ut1/gambling/domains", "casino.example\nbad..example\n");
  std::filesystem::create_directories(dir / "ut1/unheard-of");
  append(dir / "ut1/unheard-of/domains", "x.example\n");
  append(dir / "hosts.txt", "0.0.0.0 ads.example\n");
  const auto database = (dir / "urls.db").string(), ut1 = (dir / "ut1").string();
  const auto hosts = "advertising=" + (dir / "hosts.txt").string();
  Session session;
  REQUIRE(session.run({"content", "build", "--urls", ut1, hosts, "--output", database}) ==
          ExitCode::done);
  CHECK(session.out.starts_with(database + ": 2 entries, "));
  CHECK(session.out.find("2 lines taken, 1 refused") != std::string::npos);
  CHECK(session.err.find(ut1 + "/gambling/domains:2: bad..example has nothing between two dots") !=
        std::string::npos);
  CHECK(session.err.find("left out: UT1: unheard-of") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(database + ".new"));

  REQUIRE(session.run({"content", "build", "--urls", ut1, "--urls", hosts, "--output", database,
                       "--json"}) == ExitCode::done);
  const auto answer = session.out_json();
  CHECK(answer.at("entries") == 2);
  CHECK(answer.at("bytes") == std::filesystem::file_size(database));
  CHECK(answer.at("lines_refused") == 1);
  CHECK(answer.at("refused").at(0).at("line") == 2);
  CHECK(answer.at("left_out").at(0) == "UT1: unheard-of");

  append(dir / "own.map", "unheard-of = humor\ngambling = -\n");
  REQUIRE(session.run({"content", "build", "--urls", ut1, "--map", (dir / "own.map").string(),
                       "--output", database, "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("entries") == 1);
  CHECK(session.requests.empty());
}

TEST_CASE("content build refuses what it cannot make a database of, and leaves the former one") {
  ScratchDir dir;
  Session session;
  const auto database = build(session, dir, "[games]\nplay.example\n");
  const auto before = contents(database);
  append(dir / "plain.txt", "example.com\n");
  append(dir / "bad.map", "gambling = gamling\n");
  const auto plain = (dir / "plain.txt").string();
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"content", "build", "--output", database};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return session.run(arguments);
  };
  CHECK(run({"--urls", plain}) == ExitCode::negative);
  CHECK(session.err.find(plain + ":1: example.com stands before any [category]") !=
        std::string::npos);
  CHECK(session.err.find("no line could be taken") != std::string::npos);
  CHECK(run({"--urls", "gamling=" + plain}) == ExitCode::usage);
  CHECK(session.err.find("no category is called gamling") != std::string::npos);
  CHECK(run({"--urls", (dir / "none").string()}) == ExitCode::negative);
  CHECK(run({"--urls", plain, "--map", (dir / "bad.map").string()}) == ExitCode::negative);
  CHECK(session.err.find("bad.map:1: no category is called gamling") != std::string::npos);
  CHECK(run({}) == ExitCode::usage);
  CHECK(session.run({"content", "build", "--urls", plain}) == ExitCode::usage);
  CHECK(session.run({"content", "build", "--urls", "games=" + plain, "--output",
                     (dir / "none/urls.db").string()}) == ExitCode::refused);
  CHECK(contents(database) == before);
}

TEST_CASE("url lookup shows the normalised URL, its categories and the entry that decides") {
  ScratchDir dir;
  Session session;
  const auto database = build(session, dir,
                              "[games]\nplay.example\n[gambling]\nplay.example\n"
                              "play.example/casino\n[news]\n0.0.0.0 only.example\n");
  CHECK(session.run({"url", "lookup", "--database", database,
                     "HTTP://u@WWW.Play.Example.:80/a/%2e%2e/casino/%7Ejoe#x", "shop.play.example",
                     "only.example", "a.only.example"}) == ExitCode::done);
  CHECK(session.out ==
        "http://www.play.example/casino/~joe\n"
        "  categories  gambling\n"
        "  entry       play.example/casino and all below\n"
        "http://shop.play.example/\n"
        "  categories  gambling, games\n"
        "  entry       play.example and all below\n"
        "http://only.example/\n"
        "  categories  news\n"
        "  entry       only.example, that host only\n"
        "http://a.only.example/\n"
        "  categories  none\n"
        "  entry       none\n");
  CHECK(session.run({"url", "lookup", "--database", database, "a..b", "play.example", "--json"}) ==
        ExitCode::negative);
  const auto answer = session.out_json();
  CHECK(answer.at("entries") == 3);
  CHECK(answer.at("urls").at(0).at("error") == "has nothing between two dots of its host");
  CHECK(answer.at("urls").at(1).at("categories").at(0).at("title_ja") == "ギャンブル");
  CHECK(session.requests.empty());
}

TEST_CASE("url lookup says a policy's own categories and lists, too") {
  ScratchDir dir;
  Session session;
  const auto database = build(session, dir, "[games]\nplay.example\n");
  const auto policy = (dir / "my.yaml").string();
  append(policy,
         "version: 1\n"
         "objects:\n"
         "  url_categories:\n"
         "    - {name: rest, entries: [other.example]}\n"
         "    - {name: ours, title: 社内, entries: ['*.example', play.example/shop]}\n"
         "lists: {block: [play.example/shop]}\n");
  REQUIRE(session.run({"url", "lookup", "--database", database, "--policy", policy,
                       "play.example/shop/1", "play.example.com"}) == ExitCode::done);
  CHECK(session.out ==
        "http://play.example/shop/1\n  categories  ours, games\n"
        "  entry       play.example and all below\n  list        block\n"
        "http://play.example.com/\n  categories  none\n  entry       none\n");
  REQUIRE(session.run({"url", "lookup", "--database", database, "--policy", policy, "--json",
                       "other.example"}) == ExitCode::done);
  const auto categories = session.out_json().at("urls").at(0).at("categories");
  REQUIRE(categories.size() == 2);
  CHECK(categories.at(0).at("id") == 900);
  CHECK(categories.at(1).at("title_ja") == "社内");
  append(policy, "rules: 7\n");
  CHECK(session.run({"url", "lookup", "--database", database, "--policy", policy, "a.example"}) ==
        ExitCode::negative);
  CHECK(session.err.find("my.yaml:7:") != std::string::npos);
}

TEST_CASE("url lookup refuses what is no database") {
  ScratchDir dir;
  Session session;
  const auto file = (dir / "urls.db").string();
  CHECK(session.run({"url", "lookup", "--database", file, "a.example"}) == ExitCode::negative);
  append(file, "text");
  CHECK(session.run({"url", "lookup", "--database", file, "a.example"}) == ExitCode::negative);
  CHECK(session.err.find(file + ": is too short for a URL database") != std::string::npos);
  CHECK(session.run({"url", "lookup", "--database", file}) == ExitCode::usage);
}

TEST_CASE("content build leaves out what has expired, and says how much") {
  ScratchDir dir;
  const auto indicator = [](const std::string& host, const std::string& valid_until) {
    return R"({"type":"indicator","valid_until":")" + valid_until +
           R"(","pattern":"[domain-name:value = ')" + host + R"(']"})";
  };
  append(dir / "feed.json", R"({"type":"bundle","objects":[)" +
                                indicator("old.example", "2020-01-31T12:00:00Z") + "," +
                                indicator("new.example", "9999-01-31T12:00:00Z") + "]}");
  const auto feed = (dir / "feed.json").string(), database = (dir / "out.db").string();
  const auto kind = GENERATE("--indicators", "--reputation");
  const bool is_pack = GENERATE(false, true);
  std::vector<std::string> arguments{"content",  "build",  kind,    feed,
                                     "--output", database, "--json"};
  if (is_pack) arguments.emplace_back("--pack");
  Session session;
  REQUIRE(session.run(arguments) == ExitCode::done);
  CHECK(session.err == "left out, as expired or not valid yet: 1\n");
  const auto answer = session.out_json();
  CHECK(answer.at("expired") == 1);
  CHECK(answer.at(is_pack || kind == std::string("--reputation") ? "entries" : "indicators") == 1);
}

TEST_CASE("content build makes a reputation database of feeds") {
  ScratchDir dir;
  append(dir / "iocs.txt", "# a list\nbad.example\nhxxp://worse[.]example/login\nnot a line\n");
  append(dir / "more.csv", "url,score\nhttp://grey.example/a,40\n");
  const auto list = (dir / "iocs.txt").string(), csv = (dir / "more.csv").string();
  const auto database = (dir / "rated.db").string();
  Session session;
  REQUIRE(session.run({"content", "build", "--reputation", list, csv, "--score", "5", "--category",
                       "phishing", "--output", database, "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("entries") == 3);
  CHECK(session.out_json().at("refused") == 1);
  CHECK(session.err.find(list + ": line 4: ") != std::string::npos);
  const auto opened = sekisho::engines::reputation::ReputationDatabase::open(database);
  REQUIRE(opened);
  const auto find = [&](std::string_view host, std::string_view path) {
    return opened->find(sekisho::rules::hash_of({host, path}));
  };
  const auto phishing = sekisho::rules::find_url_category("phishing")->id;
  CHECK(find("bad.example", "/") == sekisho::rules::Reputation{5, phishing});
  CHECK(find("worse.example", "/login") == sekisho::rules::Reputation{5, phishing});
  CHECK(find("grey.example", "/a") == sekisho::rules::Reputation{40, phishing});
  CHECK_FALSE(find("worse.example", "/"));

  CHECK(session.run({"content", "build", "--reputation", list, "--category", "nonsense", "--output",
                     database}) == ExitCode::usage);
  CHECK(session.run({"content", "build", "--reputation", list, "--urls", list, "--output",
                     database}) == ExitCode::usage);
  CHECK(session.run({"content", "build", "--reputation", list, "--score", "101", "--output",
                     database}) == ExitCode::usage);
  CHECK(session.run({"content", "build", "--output", database}) == ExitCode::usage);
}
