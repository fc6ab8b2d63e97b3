#include "config/events/event_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

using namespace sekisho;
using namespace sekisho::events;

namespace {

/// A ring in plain memory, with records before and behind that nobody may touch.
struct TestRing {
  static constexpr std::size_t kCapacity = 8;
  EventRingHeader header;
  std::vector<EventRecord> records = std::vector<EventRecord>(kCapacity);
  EventRing ring{&header, records.data(), kCapacity};

  bool write(std::uint64_t flow_id) {
    auto* const record = ring.reserve();
    if (record == nullptr) return false;
    *record = EventRecord{};
    record->flow_id = flow_id;
    ring.commit();
    return true;
  }
  std::vector<std::uint64_t> peek(std::size_t count) {
    std::vector<EventRecord> out(count);
    out.resize(ring.peek(out));
    std::vector<std::uint64_t> ids;
    ids.reserve(out.size());
    for (const auto& record : out) ids.push_back(record.flow_id);
    return ids;
  }
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ring-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

template <class T>
void overwrite(const std::string& file, std::streamoff at, T value) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at).write(reinterpret_cast<const char*>(&value), sizeof value);
}

void write_one(EventRing ring, std::uint64_t flow_id) {
  auto* const record = ring.reserve();
  REQUIRE(record != nullptr);
  *record = EventRecord{};
  record->flow_id = flow_id;
  ring.commit();
}

}  // namespace

TEST_CASE("records come out in order and stay until they are consumed") {
  TestRing t;
  for (std::uint64_t id = 1; id <= 3; ++id) REQUIRE(t.write(id));
  CHECK(t.peek(2) == std::vector<std::uint64_t>{1, 2});
  CHECK(t.peek(9) == std::vector<std::uint64_t>{1, 2, 3});
  t.ring.consume(2);
  CHECK(t.peek(9) == std::vector<std::uint64_t>{3});
  t.ring.consume(100);  // more than there are
  CHECK(t.peek(9).empty());
  CHECK(t.write(4));
  CHECK(t.peek(9) == std::vector<std::uint64_t>{4});
}

TEST_CASE("a full ring counts what it loses and keeps what it has") {
  TestRing t;
  for (std::uint64_t id = 0; id < 10; ++id) CHECK(t.write(id) == (id < 8));
  CHECK(t.ring.lost() == 2);
  CHECK(t.ring.written() == 8);
  CHECK(t.peek(99).size() == 8);
}

TEST_CASE("the ring behaves like a bounded queue under random use") {
  TestRing t;
  std::deque<std::uint64_t> queue;
  std::uint64_t lost = 0;
  std::mt19937 random(7);
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0) {
      const bool fits = queue.size() < TestRing::kCapacity;
      REQUIRE(t.write(step) == fits);
      if (fits) queue.push_back(step);
      lost += fits ? 0 : 1;
    } else {
      const auto wanted = random() % 12;
      const auto expected_count = std::min<std::size_t>(wanted, queue.size());
      REQUIRE(t.peek(wanted) ==
              std::vector<std::uint64_t>(
                  queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(expected_count)));
      const auto eaten = expected_count == 0 ? 0 : random() % (expected_count + 1);
      t.ring.consume(eaten);
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(eaten));
    }
    REQUIRE(t.ring.lost() == lost);
    REQUIRE(t.ring.room() == TestRing::kCapacity - queue.size());
  }
}

TEST_CASE("a writer's impossible index makes the reader skip to it and go on") {
  const auto written = GENERATE(as<std::uint64_t>{}, 9, 1'000'000, ~0ULL, 1ULL << 63);
  CAPTURE(written);
  TestRing t;
  t.header.written.store(written);
  CHECK(t.peek(99).empty());
  CHECK(t.peek(99).empty());
  REQUIRE(t.write(5));
  CHECK(t.peek(99) == std::vector<std::uint64_t>{5});
  t.ring.consume(1);
  CHECK(t.peek(99).empty());
}

TEST_CASE("consume does nothing on impossible indices") {
  TestRing t;
  t.header.written.store(~0ULL);
  t.ring.consume(3);
  CHECK(t.header.read.load() == 0);
}

TEST_CASE("a reader's impossible index loses records, never memory, until the writer repairs it") {
  TestRing t;
  t.header.read.store(12345);
  CHECK(t.ring.room() == 0);
  CHECK_FALSE(t.write(1));
  CHECK(t.ring.lost() == 1);
  t.ring.repair();
  CHECK(t.write(2));
  CHECK(t.peek(99) == std::vector<std::uint64_t>{2});
}

TEST_CASE("one writer and one reader on two threads lose nothing that is not counted") {
  TestRing t;
  constexpr std::uint64_t kRecords = 200'000;
  std::thread writer([&] {
    for (std::uint64_t id = 1; id <= kRecords; ++id) t.write(id);
  });
  std::uint64_t seen = 0, last = 0;
  std::vector<EventRecord> out(5);
  const auto drain = [&] {
    const auto count = t.ring.peek(out);
    for (std::size_t i = 0; i < count; ++i) {
      if (out[i].flow_id <= last) FAIL("out of order");
      last = out[i].flow_id;
    }
    t.ring.consume(count);
    seen += count;
    return count;
  };
  while (seen + t.ring.lost() < kRecords) drain();
  writer.join();
  while (drain() != 0) continue;
  CHECK(seen + t.ring.lost() == kRecords);
}

TEST_CASE("the reader sees what the writer's process wrote, ring by ring") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  auto writer = EventRingFile::create(path, 3, 16);
  REQUIRE(writer);
  auto reader = EventRingFile::open(path);
  REQUIRE(reader);
  CHECK(reader->workers() == 3);
  CHECK(reader->boot_id() == writer->boot_id());
  write_one(writer->ring(0), 10);
  write_one(writer->ring(2), 30);
  std::vector<EventRecord> out(4);
  REQUIRE(reader->ring(2).peek(out) == 1);
  CHECK(out[0].flow_id == 30);
  CHECK(reader->ring(1).peek(out) == 0);
  REQUIRE(reader->ring(0).peek(out) == 1);
  CHECK(out[0].flow_id == 10);
}

TEST_CASE("unread records of the run before are kept when the shape is the same") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  std::uint64_t first_boot = 0;
  {
    auto writer = EventRingFile::create(path, 1, 16);
    REQUIRE(writer);
    first_boot = writer->boot_id();
    write_one(writer->ring(0), 77);
  }
  auto again = EventRingFile::create(path, 1, 16);
  REQUIRE(again);
  CHECK(again->boot_id() > first_boot);
  std::vector<EventRecord> out(4);
  REQUIRE(again->ring(0).peek(out) == 1);
  CHECK(out[0].flow_id == 77);
}

TEST_CASE("another shape gets a new file, and the reader of the old one is told") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  auto writer = EventRingFile::create(path, 1, 16);
  REQUIRE(writer);
  write_one(writer->ring(0), 77);
  auto reader = EventRingFile::open(path);
  REQUIRE(reader);
  auto wider = EventRingFile::create(path, 2, 16);
  REQUIRE(wider);
  CHECK(wider->workers() == 2);
  CHECK(reader->boot_id() == 0);
  std::vector<EventRecord> out(4);
  CHECK(reader->ring(0).peek(out) == 1);  // still readable to its end
  CHECK(wider->ring(0).peek(out) == 0);
  CHECK(wider->boot_id() != 0);
}

TEST_CASE("a file keeps its identity over runs, and no other file has it") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  const auto first = EventRingFile::create(path, 1, 16);
  REQUIRE(first);
  CHECK(EventRingFile::create(path, 1, 16)->identity() == first->identity());
  CHECK(EventRingFile::open(path)->identity() == first->identity());
  CHECK(EventRingFile::create(path, 2, 16)->identity() != first->identity());
  CHECK(EventRingFile::create(folder.file("other"), 1, 16)->identity() != first->identity());
}

TEST_CASE("a file that the machine's last run left on a disk is replaced by an empty one") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  std::uint64_t identity = 0;
  {
    auto writer = EventRingFile::create(path, 1, 16);
    REQUIRE(writer);
    write_one(writer->ring(0), 77);
    identity = writer->identity();
  }
  overwrite<char>(path, 40, '-');  // the kernel's id
  const auto reader = EventRingFile::open(path);
  REQUIRE(reader);  // a reader that is first gets the rest of it
  CHECK(reader->identity() == identity);
  auto writer = EventRingFile::create(path, 1, 16);
  REQUIRE(writer);
  CHECK(writer->identity() != identity);
  CHECK(reader->boot_id() == 0);
  std::vector<EventRecord> out(4);
  CHECK(reader->ring(0).peek(out) == 1);
  CHECK(writer->ring(0).peek(out) == 0);
}

TEST_CASE("positions count records from the file's beginning") {
  const TemporaryFolder folder;
  auto file = EventRingFile::create(folder.file("events"), 1, 4);
  REQUIRE(file);
  auto ring = file->ring(0);
  CHECK(ring.position() == 0);
  for (std::uint64_t i = 0; i < 10; ++i) {
    write_one(ring, i);
    ring.consume(1);
  }
  CHECK(ring.position() == 10);
}

TEST_CASE("create empties a ring whose indices a crash left impossible") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  { REQUIRE(EventRingFile::create(path, 1, 16)); }
  overwrite<std::uint64_t>(path, 4096, 1'000'000);  // EventRingHeader::written
  auto writer = EventRingFile::create(path, 1, 16);
  REQUIRE(writer);
  write_one(writer->ring(0), 5);
  std::vector<EventRecord> out(4);
  CHECK(writer->ring(0).peek(out) == 1);
}

TEST_CASE("create replaces a file that is something else") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  std::ofstream(path) << "notes";
  CHECK(EventRingFile::create(path, 1, 16));
  CHECK(EventRingFile::open(path));
}

TEST_CASE("create refuses impossible shapes and folders") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  CHECK_FALSE(EventRingFile::create(path, 0, 16));
  CHECK_FALSE(EventRingFile::create(path, 257, 16));
  CHECK_FALSE(EventRingFile::create(path, 1, 15));
  CHECK_FALSE(EventRingFile::create(path, 1, 1));
  CHECK_FALSE(EventRingFile::create(path, 1, kMaxRingCapacity * 2));
  CHECK_FALSE(EventRingFile::create(folder.file("no/such/folder"), 1, 16));
}

TEST_CASE("open refuses a file whose header does not agree with it") {
  struct Case {
    const char* what;
    std::streamoff at;
    std::uint32_t value;
    Error::Code code;
  };
  const auto c = GENERATE(Case{"magic", 0, 0, Error::Code::invalid_input},
                          Case{"version", 8, 2, Error::Code::version},
                          Case{"record size", 12, 64, Error::Code::version},
                          Case{"no workers", 16, 0, Error::Code::invalid_input},
                          Case{"more workers", 16, 2, Error::Code::invalid_input},
                          Case{"huge workers", 16, 0xffffffff, Error::Code::invalid_input},
                          Case{"capacity not a power of two", 20, 15, Error::Code::invalid_input},
                          Case{"more capacity", 20, 1024, Error::Code::invalid_input},
                          Case{"huge capacity", 20, 0x80000000, Error::Code::invalid_input});
  CAPTURE(c.what);
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  { REQUIRE(EventRingFile::create(path, 1, 64)); }
  overwrite(path, c.at, c.value);
  const auto file = EventRingFile::open(path);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == c.code);
}

TEST_CASE("open refuses files of the wrong length and what is not a file") {
  const TemporaryFolder folder;
  const auto path = folder.file("events");
  CHECK(EventRingFile::open(path).error().code == Error::Code::not_found);
  CHECK_FALSE(EventRingFile::open(folder.file("")));
  { REQUIRE(EventRingFile::create(path, 1, 16)); }
  const auto bytes = std::filesystem::file_size(path);
  for (const auto size : {std::uintmax_t{0}, std::uintmax_t{10}, bytes - 1, bytes + 1}) {
    std::filesystem::resize_file(path, size);
    CHECK_FALSE(EventRingFile::open(path));
  }
  std::filesystem::create_symlink(path, folder.file("link"));
  std::filesystem::resize_file(path, bytes);
  CHECK_FALSE(EventRingFile::open(folder.file("link")));
}
