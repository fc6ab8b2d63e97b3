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
