#include <catch2/catch.hpp>

#include "catalogue_source.h"

using namespace sekisho::rules;

namespace {

/// A file of one category with these entries; the first one is on line 5.
std::string file_of(const std::string& entries, const std::string& category = "streaming") {
  return "category: " + category + "\ntitle: T\ntitle_ja: J\napplications:\n" + entries;
}

/// "file:line: message" of each mistake.
std::vector<std::string> mistakes_in(const std::vector<std::string>& files) {
  CatalogueSource source;
  for (std::size_t i = 0; i < files.size(); ++i)
    source.read(std::string(1, static_cast<char>('a' + i)), files[i]);
  source.check();
  std::vector<std::string> told;
  for (const auto& one : source.mistakes)
    told.push_back(one.place.file + ":" + std::to_string(one.place.line) + ": " + one.message);
  return told;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("an application takes one line, and all that it says is read") {
  CatalogueSource source;
  source.read("a",
              file_of("- {id: 7, name: tube, title: Tube, title_ja: 管, risk: 2, region: jp, tags: "
                      "[video], hosts: [tube.example, t.example.com], functions: {upload: {hosts: "
                      "[up.tube.example], paths: [/u]}}, payloads: [{over: udp, port: 9, from: "
                      "client, hex: \"0a .b c.\", least: 8}]}\n"));
  source.check();
  REQUIRE(source.mistakes.empty());
  REQUIRE(source.applications.size() == 1);
  const auto& one = source.applications.front();
  CHECK(one.id == 7);
  CHECK(one.category == "streaming");
  CHECK(one.japanese);
  CHECK(one.hosts == Told{"tube.example", "t.example.com"});
  REQUIRE(one.functions.size() == 1);
  REQUIRE(one.functions.front().signatures.size() == 1);
  CHECK(one.functions.front().signatures.front().paths == Told{"/u"});
  REQUIRE(one.payloads.size() == 1);
  CHECK(one.payloads.front().value == std::string("\x0a\x0b\xc0", 3));
  CHECK(one.payloads.front().mask == std::string("\xff\x0f\xf0", 3));
  CHECK(one.payloads.front().least == 8);
  const auto code = to_cpp(source);
  CHECK(code.find("\"tube\"") != code.npos);
  CHECK(code.find("\\012\\013\\300") != code.npos);
}

TEST_CASE("an edition of the catalogue is known by what it says, not by how it is written") {
  const auto code_of = [](const std::string& entry) {
    CatalogueSource source;
    source.read("a", file_of(entry));
    REQUIRE(source.mistakes.empty());
    return to_cpp(source);
  };
  const auto edition_of = [&](const std::string& entry) {
    const auto code = code_of(entry);
    const auto at = code.find("kCatalogueEdition = ");
    REQUIRE(at != code.npos);
    return code.substr(at, code.find(';', at) - at);
  };
  const auto edition = edition_of("- {id: 1, name: a, title: A, risk: 1}");
  CHECK(edition_of("# Of old.\n- {name: a, id: 1,\n   title: A, risk: 1}") == edition);
  CHECK(edition_of("- {id: 1, name: a, title: A, risk: 2}") != edition);
  CHECK(edition_of("- {id: 1, name: a, title: A, risk: 1, hosts: [a.example]}") != edition);
}

TEST_CASE("what is wrong in an entry is told with file and line") {
  struct Case {
    const char* entry;
    const char* told;
  };
  const auto c = GENERATE(
      Case{"- {name: a, title: A, risk: 1}", "a:5: 'id' is missing or no text"},
      Case{"- {id: 0, name: a, title: A, risk: 1}", "a:5: 'id' must be a number from 1 to 65535"},
      Case{"- {id: 1, name: A b, title: A, risk: 1}", "a:5: 'A b' is no application name"},
      Case{"- {id: 1, name: a, title: A, risk: 6}", "a:5: 'risk' must be a number from 1 to 5"},
      Case{"- {id: 1, name: a, title: A, risk: 1, colour: red}", "a:5: 'colour' is no key here"},
      Case{"- {id: 1, name: a, title: A, risk: 1, risk: 2}", "a:5: 'risk' is there twice"},
      Case{"- {id: 1, name: a, title: A, risk: 1,\n   region: fr}", "a:6: region can only be jp"},
      Case{"- {id: 1, name: a, title: A, risk: 1,\n   hosts: [Exa_mple.com]}",
           "a:6: 'Exa_mple.com' is no host name"},
      Case{"- {id: 1, name: a, title: A, risk: 1, hosts: [com]}", "a:5: 'com' is no host name"},
      Case{"- {id: 1, name: a, title: A, risk: 1, port: 9}", "a:5: a port needs a protocol"},
      Case{"- {id: 1, name: a, title: A, risk: 1, parent: b}", "a:5: no application is called 'b'"},
      Case{"- {id: 1, name: a, title: A, risk: 1, parent: a}", "a:5: 'a' is a part of itself"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {paths: [x]}}}",
           "a:5: 'x' begins without /"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {}}}",
           "a:5: a function has hosts, methods, paths, types or headers"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: []}}",
           "a:5: a function is a map of what shows it, or a list of them"},
      Case{"- {id: 1, name: a, title: A, risk: 1,\n   functions: {up: {paths: [/]}}}",
           "a:6: 'up' is no function; there are view, post, comment, upload, download, chat, call, "
           "send, broadcast"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {paths: [/]},\n"
           "   post: {paths: [/]}}}",
           "a:6: function post is there twice"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: [{methods: [post]}]}}",
           "a:5: 'post' is no method of HTTP, like POST"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {types: [form]}}}",
           "a:5: 'form' is no media type, like video/* or image/png"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {headers: [X-Up]}}}",
           "a:5: 'X-Up' is no beginning of a header, like 'Name:' or 'Name: value'"},
      Case{"- {id: 1, name: a, title: A, risk: 1, functions: {post: {path: [/]}}}",
           "a:5: 'path' is no key here"},
      Case{"- {id: 1, name: a, title: A, risk: 1, payloads: [{over: tcp, text: abc}]}",
           "a:5: a payload needs 8 fixed digits, or 3 and a port"},
      Case{"- {id: 1, name: a, title: A, protocol: tcp, risk: 1, payloads: [{over: udp, hex: "
           "01020304}]}",
           "a:5: a payload is over the application's own protocol"},
      Case{"- {id: 1, name: a, title: A, risk: 1, networks: [{range: 10.0.0.0/33}]}",
           "a:5: '10.0.0.0/33' is no range of addresses"},
      Case{"- {id: 1, name: a, title: A, risk: 1, networks: [10.0.0.0/8]}",
           "a:5: a network is a map"},
      Case{"- {id: 1, name: a, title: A, risk: 1, networks: [{range: 10.0.0.0/8, port: 0}]}",
           "a:5: 'port' must be a number from 1 to 65535"},
      Case{"- {id: 1, name: a, title: A, risk: 1, certificates: [{subject: Example}]}",
           "a:5: a certificate's subject is like O=Example, OU=Unit"},
      Case{"- {id: 1, name: a, title: A, risk: 1, agents: [A/]}", "a:5: 'A/' is too short"},
      Case{"- {id: 1, name: a, title: A, risk: 1, networks: [{range: 10.0.0.0/8}]}\n"
           "- {id: 2, name: b, title: B, risk: 1, networks: [{range: 10.1.0.0/16}]}",
           "a:6: 10.1.0.0/16 overlaps 10.0.0.0/8 of a"},
      Case{"- {id: 1, name: a, title: A, risk: 1, payloads: [{over: tcp, hex: abcdefg0}]}",
           "a:5: hex is up to 32 bytes of two digits, or .. for any"});
  CAPTURE(c.entry);
  const auto told = mistakes_in({file_of(c.entry)});
  REQUIRE_FALSE(told.empty());
  CHECK(told.front() == c.told);
}

TEST_CASE("patterns of payloads are read as regular expressions of bytes") {
  struct Case {
    const char* pattern;
    const char* expression;
  };
  const auto c = GENERATE(
      Case{"abc-9 def", "abc\\x2d9\\x20def"},
      Case{"\"a|00 4. .c ..|b|7c|def\"",
           "a\\x00[\\x40-\\x4f]"
           "[\\x0c\\x1c\\x2c\\x3c\\x4c\\x5c\\x6c\\x7c\\x8c\\x9c\\xac\\xbc\\xcc\\xdc\\xec\\xfc]."
           "b\\x7cdef"},
      Case{"{at: 0, text: abcdef}", "^abcdef"}, Case{"{at: 7, text: abcdef}", "^.{7}abcdef"},
      Case{"{regex: \"abc[def]|ghijkl\", at: 2}", "^.{2}(?:abc[def]|ghijkl)"},
      Case{"{regex: \"^a\\\\x00bcdef[0-9]+\", within: 9, nocase: true}", "^a\\x00bcdef[0-9]+"});
  CAPTURE(c.pattern);
  CatalogueSource source;
  source.read("a", file_of("- {id: 1, name: a, title: A, risk: 1, patterns: [{over: tcp, port: 9,\n"
                           "   client: [abcdefg, " +
                           std::string(c.pattern) + "]}]}\n"));
  source.check();
  REQUIRE(source.mistakes.empty());
  const auto& patterns = source.applications.front().patterns.at(0);
  CHECK(patterns.protocol == 6);
  CHECK(patterns.port == 9);
  CHECK(patterns.server.empty());
  CHECK(patterns.either.empty());
  REQUIRE(patterns.client.size() == 2);
  const auto& one = patterns.client.back();
  CHECK(one.expression == c.expression);
  CHECK(one.nocase == (std::string_view(c.pattern).find("nocase") != std::string_view::npos));
  CHECK(one.within == (one.nocase ? 9 : 0));
  CHECK(to_cpp(source).find("ApplicationPatterns kPatterns") != std::string::npos);
}

TEST_CASE("what is wrong in patterns is told with file and line") {
  struct Case {
    const char* patterns;
    const char* told;
  };
  const auto c = GENERATE(
      Case{"patterns: {over: tcp}", "a:6: 'patterns' must be a list"},
      Case{"patterns: [abcdef]", "a:6: patterns are a map of ends"},
      Case{"patterns: [{over: tcp}]", "a:6: patterns are of client, server or either"},
      Case{"patterns: [{over: sctp, client: [abcdef]}]", "a:6: patterns are over tcp or udp"},
      Case{"patterns: [{over: tcp, client: []}]", "a:6: 'client' must be a list of patterns"},
      Case{"patterns: [{over: tcp, client: abcdef}]", "a:6: 'client' must be a list of patterns"},
      Case{"patterns: [{over: tcp, client: [[abcdef]]}]", "a:6: a pattern is a text or a map"},
      Case{"patterns: [{over: tcp, client: [abcdef],\n   either: [abcdef]}]",
           "a:6: patterns of either end stand alone"},
      Case{"patterns: [{over: tcp, client: [abcde]}]",
           "a:6: patterns need 6 fixed bytes in all, or 4 and a port"},
      Case{"patterns: [{over: tcp, port: 9, client: [abc]}]",
           "a:6: patterns need 6 fixed bytes in all, or 4 and a port"},
      Case{"patterns: [{over: tcp, client: [{regex: \"a(bcdef)g?[hijkl]mn*|x\"}]}]",
           "a:6: patterns need 6 fixed bytes in all, or 4 and a port"},
      Case{"patterns: [{over: tcp, client: [\n   \"abcdef|0|\"]}]",
           "a:7: between bars stand up to 32 bytes of two digits, or .. for any"},
      Case{"patterns: [{over: tcp, client: [\"abcdef|00\"]}]",
           "a:6: between bars stand up to 32 bytes of two digits, or .. for any"},
      Case{"patterns: [{over: tcp, client: [\"abcdef\\xff\"]}]",
           "a:6: bytes beyond ASCII are written as |ff|"},
      Case{"patterns: [{over: tcp, client: [{regex: \"abcdef\\n\"}]}]",
           "a:6: a regular expression is of ASCII, other bytes are written as \\xff"},
      Case{"patterns: [{over: tcp, client: [{text: abcdef, regex: abcdef}]}]",
           "a:6: a pattern has either text or regex"},
      Case{"patterns: [{over: tcp, client: [{text: abcdef, at: 1024}]}]",
           "a:6: 'at' must be a number from 0 to 1023"},
      Case{"patterns: [{over: tcp, client: [{text: abcdef, within: 1025}]}]",
           "a:6: 'within' must be a number from 1 to 1024"},
      Case{"patterns: [{over: tcp, client: [{text: abcdef, nocase: maybe}]}]",
           "a:6: 'nocase' can only be true"},
      Case{"patterns: [{over: tcp, client: [{text: abcdef, depth: 3}]}]",
           "a:6: 'depth' is no key here"},
      Case{"ja4: [t13d1516h2_8daaf615277]", "a:6: 't13d1516h2_8daaf615277' is no JA4 fingerprint"},
      Case{"ja4: [x13d1516h2]", "a:6: 'x13d1516h2' is no JA4 fingerprint"},
      Case{"ja4: [t13d1516h]", "a:6: 't13d1516h' is no JA4 fingerprint"});
  CAPTURE(c.patterns);
  const auto told = mistakes_in(
      {file_of("- {id: 1, name: a, title: A, risk: 1,\n   " + std::string(c.patterns) + "}")});
  REQUIRE_FALSE(told.empty());
  CHECK(told.front() == c.told);
}

TEST_CASE("patterns are over the application's own protocol, a fingerprint is one's only") {
  CHECK(mistakes_in({file_of("- {id: 1, name: a, title: A, protocol: udp, risk: 1, patterns: "
                             "[{over: tcp, client: [abcdef]}]}")}) ==
        Told{"a:5: patterns are over the application's own protocol"});
  CHECK(mistakes_in({file_of("- {id: 1, name: a, title: A, risk: 1, ja4: [t13d1516h2]}\n"
                             "- {id: 2, name: b, title: B, risk: 1, ja4: [t13d1516h2]}")}) ==
        Told{"a:6: fingerprint t13d1516h2 is in a:5 already"});
}

TEST_CASE("more patterns than a scan or a flow can remember are refused") {
  const auto entry = [](int id, const std::string& patterns) {
    const auto number = std::to_string(id);
    return "- {id: " + number + ", name: n" + number + ", title: A, risk: 1, patterns: [" +
           patterns + "]}\n";
  };
  std::string both, parts;
  for (int i = 1; i <= 128; ++i)
    both += entry(i, "{over: tcp, client: [abcdef], server: [abcdef]}");
  CHECK(mistakes_in({file_of(both)}) == Told{"a:132: the catalogue has too many patterns"});
  for (int i = 1; i <= 513; ++i) parts += entry(i, "{over: tcp, client: [abcdef]}");
  CHECK(mistakes_in({file_of(parts)}) == Told{"a:517: the catalogue has too many patterns"});
}

TEST_CASE("functions of one application may share a host, those of two may not") {
  const auto entry = [](const std::string& id, const std::string& functions) {
    return "- {id: " + id + ", name: n" + id + ", title: A, risk: 1, functions: {" + functions +
           "}}\n";
  };
  const std::string shared = "post: {hosts: [x.example], paths: [/p]}, ";
  const std::string view = "view: [{hosts: [x.example], methods: [GET]}, {methods: [HEAD]}]";
  CHECK(mistakes_in({file_of(entry("1", shared + view))}).empty());
  CHECK(mistakes_in({file_of(entry("1", shared) + entry("2", view))}) ==
        Told{"a:6: host x.example is in a:5 already"});
}

TEST_CASE("what two files both claim is told with both places") {
  const auto first = file_of("- {id: 1, name: a, title: A, risk: 1, hosts: [x.example]}\n");
  const auto second =
      file_of("- {id: 1, name: a, title: A, risk: 1, hosts: [x.example]}\n", "music");
  CHECK(mistakes_in({first, second}) == Told{"b:5: id 1 is in a:5 already",
                                             "b:5: name a is in a:5 already",
                                             "b:5: host x.example is in a:5 already"});
  CHECK(mistakes_in({first, "category: streaming\ntitle: T\ntitle_ja: J\napplications: []\n"}) ==
        Told{"b:1: category streaming is in a:1 already"});
}

TEST_CASE("a circle of parts is found, and YAML that is none") {
  CHECK(mistakes_in({file_of("- {id: 1, name: a, title: A, risk: 1, parent: b}\n"
                             "- {id: 2, name: b, title: B, risk: 1, parent: a}\n")}) ==
        Told{"a:5: 'a' is a part of itself", "a:6: 'b' is a part of itself"});
  CHECK(mistakes_in({"a: [\n"}).size() == 1);
  CHECK(mistakes_in({"- 1"}) == Told{"a:1: a catalogue file is a map"});
}
