#include "dataplane/loader/policy_snapshot.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "config/snapshot/snapshot.h"
#include "worker_harness/worker_harness.h"

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::string_view kPolicy = R"(
version: 1
rules:
  - {name: first, action: block, services: [tcp/80]}
  - {name: second, action: allow}
packet_checks: {malformed: pass, midstream: refuse, out_of_window: pass, asymmetric: accept}
)";

const Bytes& sample() {
  static const Bytes bytes = tests::compile_snapshot(kPolicy);
  return bytes;
}

engines::Facts tcp_to(std::uint16_t port) {
  engines::Facts facts;
  facts.source = IpAddress::from_v4(0xc0000201);
  facts.destination = IpAddress::from_v4(0xc6336402);
  facts.protocol = 6;
  facts.destination_port = port;
  return facts;
}

/// A file that goes when the test ends.
class ScratchFile {
 public:
  explicit ScratchFile(std::span<const std::byte> content) {
    std::string folder =
        (std::filesystem::temp_directory_path() / "sekisho_loader_XXXXXX").string();
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    write(content);
  }
  ~ScratchFile() { std::filesystem::remove_all(folder_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  void write(std::span<const std::byte> content) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
  }
  std::string path() const { return folder_ + "/snapshot"; }
  std::string other(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

}  // namespace

TEST_CASE("a snapshot file is loaded with its rules, names and packet checks") {
  const ScratchFile file(sample());
  const auto loaded = PolicySnapshot::load(file.path(), 7, 3);
  REQUIRE(loaded);
  const auto& policy = **loaded;
  CHECK(policy.serial() == 7);
  CHECK(policy.content_address() == snapshot::SnapshotView::open(sample())->content_address());
  REQUIRE(policy.meta().rules.size() == 2);
  CHECK(policy.meta().rules[0].name == "first");
  CHECK(policy.firewall().judge(tcp_to(80), {}).rule == 1);
  CHECK(policy.firewall().judge(tcp_to(81), {}).rule == 2);
  CHECK_FALSE(policy.drop_malformed());
  CHECK_FALSE(policy.tcp_rules().midstream_pickup);
  CHECK(policy.tcp_rules().accept_asymmetric);
  CHECK_FALSE(policy.tcp_rules().drop_out_of_window);
  CHECK(policy.hits().size() == 4);  // with the end and the block list
}

TEST_CASE("what happens to the file after the check changes nothing") {
  const ScratchFile file(sample());
  const auto loaded = PolicySnapshot::load(file.path(), 1, 1);
  REQUIRE(loaded);
  file.write({});
  file.write(Bytes(sample().size(), std::byte{0xff}));
  CHECK((*loaded)->firewall().judge(tcp_to(80), {}).verdict == engines::Verdict::drop);
  CHECK((*loaded)->firewall().judge(tcp_to(81), {}).verdict == engines::Verdict::pass);
}

TEST_CASE("a damaged byte anywhere is refused") {
  auto bytes = sample();
  std::mt19937 random(20261121);
  const auto refused = [&](std::size_t at) {
    const auto original = bytes[at];
    bytes[at] ^= static_cast<std::byte>(1 + random() % 255);
    const auto loaded = PolicySnapshot::load(bytes, 1, 1);
    bytes[at] = original;
    return !loaded && !loaded.error().message.empty();
  };
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < 512; ++at) accepted += !refused(at);  // header and table
  for (int i = 0; i < 500; ++i) accepted += !refused(random() % bytes.size());
  CHECK(accepted == 0);
  CHECK(PolicySnapshot::load(bytes, 1, 1));
}

TEST_CASE("a snapshot cut anywhere is refused") {
  for (std::size_t size = 0; size < sample().size(); size += 1 + size / 40)
    CHECK_FALSE(PolicySnapshot::load(
        Bytes(sample().begin(), sample().begin() + static_cast<long>(size)), 1, 1));
}

TEST_CASE("what is no file of a snapshot's size is refused at once, whatever it is") {
  const ScratchFile file(sample());
  REQUIRE(mkfifo(file.other("fifo").c_str(), 0600) == 0);
  std::filesystem::create_symlink(file.path(), file.other("link"));
  std::ofstream(file.other("empty")).close();
  for (const auto* name : {"fifo", "link", "empty", "absent", "."}) {
    CAPTURE(name);
    const auto loaded = PolicySnapshot::load(file.other(name), 1, 1);
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::StartsWith(file.other(name) + ": "));
  }
}

TEST_CASE("a snapshot without an engine's section is refused and says which") {
  const auto view = snapshot::SnapshotView::open(sample());
  for (const auto* missing : engines::all_engines()) {
    snapshot::SnapshotWriter writer;
    writer.add(snapshot::kMetaSection, *view->section(snapshot::kMetaSection));
    for (const auto* spec : engines::all_engines())
      if (spec != missing) writer.add(spec->name, *view->section(spec->name));
    const auto loaded = PolicySnapshot::load(writer.finish(), 1, 1);
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Contains("'" + std::string(missing->name) + "'"));
  }
}

TEST_CASE("a rule table and names of another policy are refused together") {
  const auto other = tests::compile_snapshot("version: 1\nrules: [{name: one, action: allow}]\n");
  const auto mine = snapshot::SnapshotView::open(sample()),
             theirs = snapshot::SnapshotView::open(other);
  snapshot::SnapshotWriter writer;
  writer.add(snapshot::kMetaSection, *theirs->section(snapshot::kMetaSection));
  for (const auto* spec : engines::all_engines())
    writer.add(spec->name, *mine->section(spec->name));
  const auto loaded = PolicySnapshot::load(writer.finish(), 1, 1);
  REQUIRE_FALSE(loaded);
  CHECK_THAT(loaded.error().message, Catch::Contains("disagree on the number of rules"));
}

TEST_CASE("hits follow a rule's name to the next policy and add up over workers") {
  auto before = *PolicySnapshot::load(sample(), 1, 2);
  before->worker(0).hits[1].packets += 3;
  before->worker(1).hits[1].packets += 4;
  before->worker(1).hits[2].bytes += 9;
  const auto next = tests::compile_snapshot(
      "version: 1\nrules: [{name: new, action: allow}, {name: first, action: allow}]\n");
  auto after = *PolicySnapshot::load(next, 2, 2);
  after->inherit_hits(*before);
  after->worker(0).hits[2].packets += 1;
  CHECK(after->hits()[1].packets == 0);
  CHECK(after->hits()[2].packets == 8);
  CHECK(after->hits()[1].bytes == 0);
}

TEST_CASE("a policy is loaded into the memory of one that is gone") {
  const ScratchFile file(sample());
  auto before = *PolicySnapshot::load(file.path(), 1, 1);
  before->worker(0).hits[1].packets += 3;
  auto memory = before->take_memory();
  CHECK(before->hits()[1].packets == 3);
  const auto* const bytes = memory.data();
  auto after = *PolicySnapshot::load(file.path(), 2, 1, std::move(memory));
  before.reset();
  CHECK(after->take_memory().data() == bytes);
}

TEST_CASE("spare memory that does not fit is let go") {
  const ScratchFile file(sample());
  for (const std::size_t size : {std::size_t{1}, std::size_t{64} << 20}) {
    auto memory = *HugeMemory::create(size);
    const auto loaded = PolicySnapshot::load(file.path(), 1, 1, std::move(memory));
    REQUIRE(loaded);
    CHECK((*loaded)->take_memory().size_bytes() < std::size_t{64} << 20);
  }
}
