#include <zlib.h>

#include <catch2/catch.hpp>
#include <map>

#include "scratch_dir.h"
#include "session.h"
#include "tools/sekisho/tar_gz.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::contents;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string text(std::size_t{16} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int result = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  REQUIRE(result == Z_STREAM_END);
  return text;
}

/// The files of a ustar archive.
std::map<std::string, std::string> untar(const std::string& tar) {
  std::map<std::string, std::string> files;
  for (std::size_t at = 0; at + 512 <= tar.size() && tar[at] != '\0';) {
    const auto size = std::stoul(tar.substr(at + 124, 11), nullptr, 8);
    files[tar.c_str() + at] = tar.substr(at + 512, size);
    at += 512 + (size + 511) / 512 * 512;
  }
  return files;
}

}  // namespace

TEST_CASE("an archive holds what was put into it") {
  TarGz archive(1'700'000'000);
  const std::map<std::string, std::string> files{
      {"a/empty", ""}, {"a/small", "hello\n"}, {"a/block", std::string(512, 'x')}};
  for (const auto& [name, content] : files) REQUIRE(archive.add(name, content));
  CHECK_FALSE(archive.add(std::string(101, 'n'), ""));
  const auto packed = archive.finish();
  REQUIRE(packed);
  CHECK(untar(gunzip(*packed)) == files);
}

TEST_CASE("tar itself can read the archive") {
  ScratchDir dir;
  TarGz archive(1'700'000'000);
  REQUIRE(archive.add("folder/file", "hello\n"));
  append(dir / "a.tar.gz", *archive.finish());
  const auto command =
      "tar xzf '" + (dir / "a.tar.gz").string() + "' -C '" + (dir / "").string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(contents(dir / "folder/file") == "hello\n");
}

TEST_CASE("a support bundle holds what support needs and no secret") {
  ScratchDir dir;
  append(dir / "eve.json",
         R"({"event_type":"http","http":{"url":"/?token=HIDDEN","cookie":"HIDDEN"}})"
         "\n"
         R"({"event_type":"drop","src_ip":"10.0.0.1"})"
         "\n");
  append(dir / "control.log", "12:00 login password=HIDDEN\n12:01 applied serial 4\n");
  append(dir / "supervisor.json", R"({"processes":[{"name":"x","restarts":3}]})");
  append(dir / "edge.yaml", "name: edge\nsyslog_token: HIDDEN\n");
  Session session;
  session.replies["control/status"] = {R"({"ok":true,"api_key":"HIDDEN","box_file":")" +
                                       (dir / "edge.yaml").string() + R"(","events":{"file":")" +
                                       (dir / "eve.json").string() + "\"}}"};
  session.replies["control/log"] = {
      R"({"ok":true,"lines":["[control] [error] syslog: refused","token=HIDDEN"]})"};
  session.replies["control/policy.show"] = {
      R"({"ok":true,"serial":4,"yaml":"time_zone: Asia/Tokyo\npassword: HIDDEN\n",
          "meta":{"secret":"HIDDEN"}})"};
  session.replies["dataplane/counters"] = {R"({"ok":true,"counters":{"decoder.pkts":5}})"};
  session.replies["dataplane/flows"] = {R"({"ok":true,"flows":[{"token":"HIDDEN"}]})"};
  session.replies["dataplane/status"] = {R"({"ok":false,"error":{"code":"io",
      "message":"password=HIDDEN"}})"};
  REQUIRE(session.run({"support-bundle", "--output", (dir / "b.tar.gz").string(), "--run-dir",
                       (dir / "").string()}) == ExitCode::done);
  const auto tar = gunzip(contents(dir / "b.tar.gz"));
  CHECK(tar.find("HIDDEN") == std::string::npos);
  auto files = untar(tar);
  const std::string folder = "sekisho-support/";
  for (const auto* name :
       {"control-status.json", "counters.json", "flows.json", "box.yaml", "policy/current.yaml",
        "policy/meta.json", "events/eve.json", "logs/control.log", "log-files/control.log",
        "supervisor.json", "diag.json", "version.json", "digests.json"})
    CHECK(files.count(folder + name) == 1);
  CHECK(files[folder + "policy/current.yaml"].find("Asia/Tokyo") != std::string::npos);
  CHECK(files[folder + "log-files/control.log"].find("applied serial 4") != std::string::npos);
  CHECK(files[folder + "logs/control.log"].find("syslog: refused\n") != std::string::npos);
  CHECK(files[folder + "box.yaml"].find("name: edge") != std::string::npos);
  CHECK(files[folder + "supervisor.json"].find("\"restarts\":3") != std::string::npos);
  CHECK(files[folder + "events/eve.json"].find("10.0.0.1") != std::string::npos);
  const auto manifest = nlohmann::json::parse(files[folder + "manifest.json"]);
  for (const auto* name : {"dataplane-status.json", "logs/dataplane.log"}) {
    bool told = false;
    for (const auto& miss : manifest.at("missing")) told = told || miss.at("name") == name;
    CAPTURE(name);
    CHECK(told);
  }
  CHECK(std::filesystem::status(dir / "b.tar.gz").permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}
