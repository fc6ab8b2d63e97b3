#include "dataplane/captures/capture_files.h"

#include <unistd.h>

#include <fstream>

#include "dataplane/worker/alert_capture.h"
#include "folder.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;

namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kTime = 1'795'412'345'123'456'000;

std::unique_ptr<CaptureFiles> open(const Folder& folder, std::uint64_t bytes = kMegabyte) {
  auto files = CaptureFiles::open(folder.captures(), bytes);
  REQUIRE(files);
  return *std::move(files);
}

/// The `number`th of a series, a second after the one before.
CaptureInfo info(std::uint64_t number = 0) {
  CaptureInfo info;
  info.time_ns = kTime + number * 1'000'000'000;
  info.flow_id = 100 + number;
  info.generator = 1;
  info.signature = 2'019'401;
  info.revision = 3;
  info.name = name_of_capture(info.time_ns, info.flow_id, info.generator, info.signature).view();
  info.message = "A \"scan\" \x01\xff";
  info.client = *parse_ip_address("2001:db8::1");
  info.server = *parse_ip_address("192.0.2.80");
  info.client_port = 40'000;
  info.server_port = 80;
  info.protocol = 6;
  return info;
}

/// A capture with one packet, over and done.
void capture(CaptureFiles& files, std::uint64_t number, std::size_t bytes = 100) {
  auto* const capture = files.begin(info(number));
  REQUIRE(capture != nullptr);
  files.add(*capture, kTime, static_cast<std::uint32_t>(bytes), Bytes(bytes, 7));
  files.end(*capture, "time", 0);
}

}  // namespace

TEST_CASE("a capture is a pcap file for its owner alone, and known by more than its name") {
  const Folder folder;
  const auto files = open(folder);
  auto* const capture = files->begin(info());
  REQUIRE(capture != nullptr);
  const Bytes first(60, 1), second(1600, 2);
  files->add(*capture, kTime - 1, 60, first);
  files->add(*capture, kTime, 9000, second);
  CHECK(files->list().at(0).ended == std::nullopt);
  CHECK(files->totals().running == 1);
  files->end(*capture, "flow", 4);
  const auto path = folder.file(info().name);
  CHECK(packets_of(path) == std::vector{first, second});
  CHECK(mode_of(path) == 0600);
  CHECK(mode_of(path + ".json") == 0600);
  CHECK(mode_of(folder.captures()) == 0700);
  const auto known = files->list().at(0);
  CHECK(known.packets == 2);
  CHECK(known.lost == 4);
  CHECK(known.ended == "flow");
  CHECK(known.bytes == std::filesystem::file_size(path));
}

TEST_CASE("another process takes up what it finds, and removes it on request") {
  const Folder folder;
  {
    const auto files = open(folder);
    capture(*files, 0);
    REQUIRE(files->begin(info(1)) != nullptr);  // the process dies meanwhile
  }
  std::ofstream(folder.file("notes.txt")) << "mine";
  std::filesystem::create_symlink("nowhere", folder.file("1795412345.1-1-1-1.pcap"));
  const auto files = open(folder);
  auto list = files->list();
  REQUIRE(list.size() == 2);
  CHECK(list[0].time_ns == kTime);
  CHECK(list[0].flow_id == 100);
  CHECK(list[0].signature == 2'019'401);
  CHECK(list[0].revision == 3);
  CHECK(list[0].message.starts_with("A \"scan\" \x01"));
  CHECK(list[0].client == *parse_ip_address("2001:db8::1"));
  CHECK(list[0].server_port == 80);
  CHECK(list[0].ended == "time");
  CHECK(list[1].ended == "interrupted");
  CHECK(files->totals().files == 2);
  CHECK(files->remove(info(0).name));
  CHECK(files->remove_all() == 1);
  CHECK(folder.num_files() == 2);  // not ours
  CHECK(files->totals().bytes == 0);
}

TEST_CASE("a capture without its description, or with a damaged one, is still one") {
  const Folder folder;
  capture(*open(folder), 0);
  const auto facts = folder.file(info().name) + ".json";
  const auto text = GENERATE(as<std::string>{}, "", "{", "[]", "{\"revision\":\"x\"}",
                             "{\"revision\":1,\"message\":7}");
  std::ofstream(facts, std::ios::trunc) << text;
  const auto list = open(folder)->list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].flow_id == 100);
  CHECK(list[0].ended == "interrupted");
  CHECK(list[0].message.empty());
  CHECK(list[0].packets == 1);
}

TEST_CASE("of a file that a dead process left behind the whole packets count") {
  const Folder folder;
  capture(*open(folder), 0);
  const auto path = folder.file(info().name);
  std::filesystem::remove(path + ".json");
  const auto bytes = std::filesystem::file_size(path);
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{23}, std::uint64_t{24}, std::uint64_t{39}, bytes - 1}) {
    CAPTURE(size);
    const auto copy = folder.file("1795412346.1-1-1-1.pcap");
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(copy, size);
    const auto list = open(folder)->list();
    REQUIRE(list.size() == 2);
    CHECK(list[0].packets == 1);
    CHECK(list[1].packets == 0);
  }
}

TEST_CASE("zeros that a power cut left in a file are no packets") {
  const Folder folder;
  capture(*open(folder), 0);
  const auto path = folder.file(info().name);
  std::filesystem::remove(path + ".json");
  std::filesystem::resize_file(path, std::uintmax_t{60} << 30);  // sparse
  const auto list = open(folder, std::uint64_t{61} << 30)->list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].packets == 1);
}

TEST_CASE("what is left of the disk is left to others") {
  const Folder folder;
  capture(*open(folder), 0);
  {
    const auto files = CaptureFiles::open(folder.captures(), kMegabyte, UINT64_MAX);
    REQUIRE(files);
    CHECK((*files)->begin(info(1)) == nullptr);
    CHECK((*files)->totals().failed == 1);
    CHECK((*files)->totals().removed == 1);  // the one that was over: a new one would be worth more
  }
  const auto files = open(folder);
  auto* const running = files->begin(info(2));
  REQUIRE(running != nullptr);
  files->add(*running, kTime, 60, Bytes(60, 1));
  files->flush();
  files->add(*running, kTime, 60, Bytes(60, 1));
  CHECK(files->list().at(0).packets == 2);
}

TEST_CASE("all files together never have more than their bound; the oldest go first") {
  const Folder folder;
  const auto files = open(folder);
  for (std::uint64_t i = 0; i < 30; ++i) {
    capture(*files, i, 65'000);
    CHECK(folder.bytes() <= kMegabyte);
  }
  const auto list = files->list();
  CHECK(list.size() == 15);
  CHECK(list.front().flow_id == 115);
  CHECK(list.back().flow_id == 129);
  CHECK(files->totals().removed == 15);
  CHECK(folder.num_files() == 30);
  CHECK(open(folder, kMegabyte / 4)->list().size() == 3);  // the bound was lowered meanwhile
}

TEST_CASE("captures that run are not removed: what does not fit is lost and counted") {
  const Folder folder;
  const auto files = open(folder);
  capture(*files, 0, 65'000);
  auto* const running = files->begin(info(1));
  REQUIRE(running != nullptr);
  for (int i = 0; i < 20; ++i) files->add(*running, kTime, 65'000, Bytes(65'000));
  CHECK(files->list().size() == 1);
  CHECK(folder.bytes() <= kMegabyte);
  CHECK_FALSE(files->remove(info(1).name));
  CHECK(files->remove_all() == 0);
  files->end(*running, "time", 0);
  const auto known = files->list().at(0);
  CHECK(known.packets + known.lost == 20);
  CHECK(known.lost > 0);
  CHECK(files->totals().lost == known.lost);
  CHECK(packets_of(folder.file(known.name)).size() == known.packets);
}

TEST_CASE("a capture can be read while it runs; names that are none lead nowhere") {
  const Folder folder;
  const auto files = open(folder);
  auto* const capture = files->begin(info());
  REQUIRE(capture != nullptr);
  files->add(*capture, kTime, 60, Bytes(60, 1));
  const auto file = files->read(info().name);
  REQUIRE(file);
  std::array<char, 4096> bytes{};
  CHECK(::read(file->get(), bytes.data(), bytes.size()) == 24 + 16 + 60);
  for (const char* name : {"", "..", "../captures", "/etc/passwd", "1795412345.1-1-1-1.pcap"}) {
    CAPTURE(name);
    CHECK(files->read(name).error().code == Error::Code::not_found);
    CHECK(files->remove(name).error().code == Error::Code::not_found);
  }
}

TEST_CASE("a folder that cannot be is told, and a link in its place is not written through") {
  CHECK_FALSE(CaptureFiles::open("/proc/captures", kMegabyte));
  const Folder folder;
  const auto files = open(folder);
  std::ofstream(folder.captures() + "/../elsewhere") << "theirs";
  std::filesystem::create_symlink("../elsewhere", folder.file(info().name));
  CHECK(files->begin(info()) == nullptr);
  CHECK(files->totals().failed == 1);
  CHECK(std::filesystem::file_size(folder.captures() + "/../elsewhere") == 6);
}
