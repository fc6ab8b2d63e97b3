// Folders that something else than a crash has damaged: never an error, every missing line counted,
// never a sequence twice.
#include "spool_user.h"

namespace sekisho::controlplane {
namespace {

using Found = std::map<std::uint64_t, std::string>;

/// Three segments: lines 1-4 in two batches, 5-8 in two, 9-10 in one.
struct Folder {
  FakeDisk disk;
  std::string epoch;

  Folder() {
    auto spool = Spool::open("/spool", {100'000, 16'384}, disk);
    REQUIRE(spool);
    epoch = (*spool)->epoch();
    for (std::uint64_t first = 1; first <= 9; first += 2)
      REQUIRE(append(**spool, {line(first), line(first + 1)}, RingMark{1, 1, first}));
    REQUIRE(disk.files().size() == 4);
  }
  static std::string line(std::uint64_t sequence) {
    return std::to_string(sequence) + " " + std::string(4000, 'x');
  }
  static std::string name(const std::string& first) {
    return "/spool/" + std::string(20 - first.size(), '0') + first + ".segment";
  }
  FakeDisk::Bytes& segment(const std::string& first) {
    REQUIRE(disk.files().contains(name(first)));
    return disk.files()[name(first)];
  }
  std::unique_ptr<Spool> open() {
    auto spool = Spool::open("/spool", {100'000, 16'384}, disk);
    REQUIRE(spool);
    return std::move(*spool);
  }
};

Found lines(const std::vector<std::uint64_t>& sequences) {
  Found found;
  for (const auto sequence : sequences) found[sequence] = Folder::line(sequence);
  return found;
}

constexpr std::size_t kFirstBatch = 64;     // somewhere in it
constexpr std::size_t kSecondBatch = 9000;  // likewise

TEST_CASE("a damaged batch is lost and counted, once, and what follows it is read") {
  struct Case {
    const char* segment;
    std::size_t at;
    std::vector<std::uint64_t> rest;
  };
  const auto c = GENERATE(Case{"1", kFirstBatch, {3, 4, 5, 6, 7, 8, 9, 10}},
                          Case{"1", kSecondBatch, {1, 2, 5, 6, 7, 8, 9, 10}},
                          Case{"5", kFirstBatch, {1, 2, 3, 4, 7, 8, 9, 10}},
                          Case{"5", kSecondBatch, {1, 2, 3, 4, 5, 6, 9, 10}});
  Folder folder;
  folder.segment(c.segment)[c.at] ^= 1;
  for (int restart = 0; restart < 2; ++restart) {
    const auto spool = folder.open();
    CHECK(spool->epoch() == folder.epoch);
    CHECK(read_all(*spool, 1, 100) == lines(c.rest));
    CHECK(read_all(*spool, 1, 1) == lines(c.rest));
    CHECK(spool->status().lost == 2);
    CHECK(spool->status().next == 11);
  }
  {
    const auto spool = folder.open();
    REQUIRE(spool->acknowledge(9));  // nobody has read the damage in this process
    CHECK(spool->status().lost == 2);
  }
  CHECK(folder.open()->status().lost == 2);
}

TEST_CASE("a read stops before a gap, so that its lines are consecutive") {
  Folder folder;
  folder.segment("1")[kSecondBatch] ^= 1;
  const auto spool = folder.open();
  CHECK(spool->read(1, 100, 100'000)->lines.size() == 2);
  const auto rest = spool->read(3, 100, 100'000);
  CHECK(rest->first_sequence == 5);
  CHECK(rest->lines.size() == 6);
}

TEST_CASE("damage that appears under a running process is lost lines too") {
  Folder folder;
  const auto spool = folder.open();
  CHECK(read_all(*spool).size() == 10);
  folder.segment("9")[kFirstBatch] ^= 1;
  folder.segment("5").clear();
  CHECK(read_all(*spool) == lines({1, 2, 3, 4}));
  CHECK(read_all(*spool) == lines({1, 2, 3, 4}));
  CHECK(spool->status().lost == 6);
  REQUIRE(spool->acknowledge(10));
  CHECK(spool->status().lost == 6);
}

TEST_CASE("a missing segment is lost lines, wherever it was") {
  struct Case {
    const char* segment;
    std::vector<std::uint64_t> rest;
  };
  const auto c = GENERATE(Case{"1", {5, 6, 7, 8, 9, 10}}, Case{"5", {1, 2, 3, 4, 9, 10}});
  Folder folder;
  folder.disk.files().erase(Folder::name(c.segment));
  for (int restart = 0; restart < 2; ++restart) {
    const auto spool = folder.open();
    CHECK(read_all(*spool) == lines(c.rest));
    CHECK(spool->status().lost == 4);
    CHECK(spool->epoch() == folder.epoch);
  }
}

TEST_CASE("a damaged header costs no line") {
  Folder folder;
  const std::string segment = GENERATE("1", "5", "9");
  folder.segment(segment)[20] ^= 1;
  {
    const auto spool = folder.open();
    CHECK(spool->epoch() == folder.epoch);
    CHECK(read_all(*spool).size() == 10);
    CHECK(spool->last_mark(1, 1) == 9);
    CHECK(*append(*spool, {"eleven"}) == 11);
    CHECK(spool->status().lost == 0);
  }
  CHECK(read_all(*folder.open()).size() == 11);
}

TEST_CASE("damage before the last batch of the newest segment is no torn end") {
  Folder folder;
  {
    const auto spool = folder.open();
    REQUIRE(append(*spool, {Folder::line(11)}));
  }
  folder.segment("9")[kFirstBatch] ^= 1;
  const auto spool = folder.open();
  CHECK(spool->status().cut_bytes == 0);
  CHECK(spool->status().next == 12);
  CHECK(spool->status().lost == 2);
  CHECK(read_all(*spool) == lines({1, 2, 3, 4, 5, 6, 7, 8, 11}));
}

TEST_CASE("a batch cut at any byte is gone whole, said, and its sequences are given again") {
  FakeDisk disk;
  std::size_t start = 0;
  const std::string path = Folder::name("1");
  {
    auto spool = Spool::open("/spool", kSmall, disk);
    REQUIRE(append(**spool, {"kept"}, RingMark{1, 1, 1}));
    start = disk.files()[path].size();
    REQUIRE(append(**spool, {"first", "second"}, RingMark{1, 1, 3}));
  }
  const auto files = disk.files();
  for (std::size_t bytes = start; bytes < files.at(path).size(); ++bytes)
    for (const bool zeros : {false, true}) {
      CAPTURE(bytes, zeros);
      disk.files() = files;
      disk.files()[path].resize(bytes);
      if (zeros) disk.files()[path].resize(files.at(path).size());
      auto spool = Spool::open("/spool", kSmall, disk);
      REQUIRE(spool);
      CHECK((*spool)->status().cut_bytes == (zeros ? files.at(path).size() : bytes) - start);
      CHECK((*spool)->status().lost == 0);
      CHECK((*spool)->last_mark(1, 1) == 1);
      CHECK(*append(**spool, {"other"}) == 2);
      CHECK(read_all(**spool) == Found{{1, "kept"}, {2, "other"}});
    }
}

TEST_CASE("a lost or damaged state is made up for by the segments") {
  Folder folder;
  { REQUIRE(folder.open()->acknowledge(5)); }  // removes the first segment
  auto& state = folder.disk.files()["/spool/state"];
  const int damage = GENERATE(0, 1, 2, 3);
  if (damage == 0) folder.disk.files().erase("/spool/state");
  if (damage == 1) state.clear();
  if (damage == 2) state[10] ^= 1;
  if (damage == 3) state.push_back(0);
  const auto spool = folder.open();
  CHECK(spool->epoch() == folder.epoch);
  CHECK(spool->status().acknowledged == 4);
  CHECK(spool->status().lost == 0);
  CHECK(read_all(*spool) == lines({5, 6, 7, 8, 9, 10}));
  CHECK(*append(*spool, {"more"}) == 11);
}

TEST_CASE("where sequences could be given twice a new epoch begins, says why and counts the loss") {
  Folder folder;
  struct Case {
    const char* what;
    const char* reason;
    std::uint64_t lost;
  };
  const auto c = GENERATE(Case{"segments", "its segments are gone", 0},
                          Case{"newest", "its newest segments are gone", 4},
                          Case{"newest damaged", "its newest segment is damaged", 4},
                          Case{"acknowledged", "lines are gone that the console has", 0},
                          Case{"everything", "first use", 0},
                          Case{"every header", "no file of it is whole", 0});
  CAPTURE(c.what);
  const std::string what = c.what;
  { REQUIRE(folder.open()->acknowledge(what == "acknowledged" ? 10 : 4)); }
  auto& files = folder.disk.files();
  if (what == "segments") files.erase(Folder::name("5")), files.erase(Folder::name("9"));
  if (what == "newest") files.erase(Folder::name("9"));
  if (what == "newest damaged") folder.segment("9").assign(2000, 0);
  if (what == "acknowledged") folder.segment("9").resize(folder.segment("9").size() - 1);
  if (what == "everything") files.clear();
  if (what == "every header") {
    files.erase("/spool/state");
    folder.segment("5")[3] ^= 1;
    folder.segment("9")[3] ^= 1;
  }
  std::string epoch;
  {
    const auto spool = folder.open();
    epoch = spool->epoch();
    CHECK(epoch != folder.epoch);
    CHECK(spool->status().new_epoch_reason == c.reason);
    CHECK(spool->status().lost == c.lost);
    CHECK(spool->status().acknowledged == 0);
    CHECK_FALSE(spool->last_mark(1, 1));
    CHECK(read_all(*spool).empty());
    CHECK(*append(*spool, {"one"}) == 1);
  }
  const auto spool = folder.open();
  CHECK(spool->epoch() == epoch);
  CHECK(spool->status().new_epoch_reason.empty());
  CHECK(read_all(*spool) == Found{{1, "one"}});
}

TEST_CASE("segments of another epoch and drafts are swept out, other files are left alone") {
  Folder other;
  Folder folder;
  auto& files = folder.disk.files();
  files[Folder::name("7")] = other.segment("5");
  files[Folder::name("500")] = other.segment("9");
  files["/spool/state.new"] = {1, 2, 3};
  files["/spool/notes"] = {1, 2, 3};
  files["/spool/5.segment"] = {1, 2, 3};
  {
    const auto spool = folder.open();
    CHECK(spool->epoch() == folder.epoch);
  }
  CHECK_FALSE(files.contains("/spool/state.new"));
  CHECK(files.contains("/spool/notes"));
  CHECK(files.contains("/spool/5.segment"));
}

}  // namespace
}  // namespace sekisho::controlplane
