#include "config/snapshot/snapshot.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <map>
#include <random>

using namespace sekisho;
using namespace sekisho::snapshot;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

Bytes sample() {
  SnapshotWriter writer;
  writer.add("meta", bytes_of("{}"));
  writer.add("firewall", bytes_of(std::string(200, 'f')));
  writer.add("empty", {});
  return writer.finish();
}

// The layout as snapshot.h describes it, spelt out again so that the format cannot drift unnoticed.
constexpr std::size_t kDigestAt = 8, kVersionAt = 40, kCountAt = 44, kBytesAt = 48,
                      kReservedAt = 56;
constexpr std::size_t kTableAt = 64, kRowBytes = 48, kOffsetInRow = 32, kBytesInRow = 40;

template <class T>
void put(Bytes& file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

std::byte hex_value(char c) { return static_cast<std::byte>(c <= '9' ? c - '0' : c - 'a' + 10); }

/// Makes the digest right again after an alteration, as somebody who forges a file would.
void sign(Bytes& file) {
  const auto hex = sha256_hex(std::span(file).subspan(kVersionAt));
  for (std::size_t i = 0; i < 32; ++i)
    file[kDigestAt + i] = hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]);
}

}  // namespace

TEST_CASE("what was added to a snapshot is read back unchanged") {
  const auto file = sample();
  const auto view = SnapshotView::open(file);
  REQUIRE(view);
  const auto firewall = view->section("firewall");
  REQUIRE(firewall);
  CHECK(Bytes(firewall->begin(), firewall->end()) == bytes_of(std::string(200, 'f')));
  CHECK(view->section("empty")->empty());
  CHECK(view->section("meta")->size() == 2);
  CHECK(view->section("appid").error().code == Error::Code::not_found);
  CHECK(view->section("appid").error().message == "snapshot: no section 'appid'");
}

TEST_CASE("sections begin on 64-byte boundaries of the file") {
  const auto file = sample();
  const auto view = SnapshotView::open(file);
  REQUIRE(view);
  for (const auto* name : {"meta", "firewall", "empty"})
    CHECK((view->section(name)->data() - file.data()) % 64 == 0);
}

TEST_CASE("the same sections give the same bytes and address, whatever the order they came in") {
  SnapshotWriter forward, backward;
  forward.add("a", bytes_of("1"));
  forward.add("b", bytes_of("2"));
  backward.add("b", bytes_of("2"));
  backward.add("a", bytes_of("1"));
  CHECK(forward.finish() == backward.finish());

  SnapshotWriter other;
  other.add("a", bytes_of("2"));
  other.add("b", bytes_of("1"));
  CHECK(SnapshotView::open(other.finish())->content_address() !=
        SnapshotView::open(forward.finish())->content_address());
}

TEST_CASE("the content address is the digest of everything behind the digest") {
  const auto file = sample();
  const auto expected = sha256_hex(std::span(file).subspan(kVersionAt));
  CHECK(SnapshotView::open(file)->content_address() == expected);
  CHECK(sha256_hex(bytes_of("abc")) ==  // FIPS 180-2 appendix B.1
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a snapshot without sections is a snapshot") {
  const auto file = SnapshotWriter().finish();
  CHECK(SnapshotView::open(file));
}

TEST_CASE("every prefix of a snapshot is refused") {
  const auto file = sample();
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK_FALSE(SnapshotView::open(std::span(file).first(size)));
}

TEST_CASE("a flipped bit anywhere is refused") {
  const auto file = sample();
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto altered = file;
    altered[at] ^= std::byte{0x10};
    CAPTURE(at);
    CHECK_FALSE(SnapshotView::open(altered));
  }
}

TEST_CASE("a forged table is refused with its fault even when the digest is right") {
  struct Forgery {
    const char* what;
    std::function<void(Bytes&)> alter;
    const char* message;
  };
  // Rows in order of name: empty (offset 256), firewall (256, 200 bytes), meta (512, 2 bytes).
  const auto row = [](std::size_t index, std::size_t field) {
    return kTableAt + index * kRowBytes + field;
  };
  const auto forgery = GENERATE_COPY(values<Forgery>({
      {"magic", [](Bytes& f) { f[0] = std::byte{'X'}; }, "not a snapshot file"},
      {"version", [](Bytes& f) { put<std::uint32_t>(f, kVersionAt, 9); }, "format version 9"},
      {"size", [](Bytes& f) { put<std::uint64_t>(f, kBytesAt, 64); }, "the header says 64"},
      {"reserved", [](Bytes& f) { put<std::uint64_t>(f, kReservedAt, 1); }, "reserved"},
      {"huge table", [](Bytes& f) { put<std::uint32_t>(f, kCountAt, 0xffffffff); },
       "4294967295 sections"},
      {"long table", [](Bytes& f) { put<std::uint32_t>(f, kCountAt, 60); }, "past the end"},
      {"misaligned", [=](Bytes& f) { put<std::uint64_t>(f, row(1, kOffsetInRow), 257); },
       "'firewall' is misaligned"},
      {"overlap", [=](Bytes& f) { put<std::uint64_t>(f, row(2, kOffsetInRow), 256); },
       "'meta' overlaps"},
      {"gap", [=](Bytes& f) { put<std::uint64_t>(f, row(1, kOffsetInRow), 320); },
       "'firewall' overlaps or leaves a gap"},
      {"into the table", [=](Bytes& f) { put<std::uint64_t>(f, row(0, kOffsetInRow), 0); },
       "'empty' overlaps"},
      {"far away", [=](Bytes& f) { put<std::uint64_t>(f, row(1, kOffsetInRow), ~63ULL); },
       "'firewall' overlaps"},
      {"too long", [=](Bytes& f) { put<std::uint64_t>(f, row(2, kBytesInRow), 65); },
       "'meta' runs past the end"},
      {"longest", [=](Bytes& f) { put<std::uint64_t>(f, row(2, kBytesInRow), ~0ULL); },
       "'meta' runs past the end"},
      {"same name", [=](Bytes& f) { std::memcpy(&f[row(1, 0)], &f[row(0, 0)], 32); },
       "'empty' is out of order or there twice"},
      {"name in capitals", [=](Bytes& f) { f[row(0, 0)] = std::byte{'E'}; }, "invalid name"},
      {"name without end", [=](Bytes& f) { std::memset(&f[row(0, 0)], 'e', 32); }, "invalid name"},
      {"bytes behind the name", [=](Bytes& f) { f[row(0, 31)] = std::byte{'x'}; }, "invalid name"},
      {"no name", [=](Bytes& f) { std::memset(&f[row(0, 0)], 0, 32); }, "invalid name"},
      {"bytes behind the last section",
       [](Bytes& f) {
         f.resize(f.size() + 64);
         put<std::uint64_t>(f, kBytesAt, f.size());
       },
       "behind the last section"},
  }));
  CAPTURE(forgery.what);
  auto file = sample();
  forgery.alter(file);
  sign(file);
  const auto view = SnapshotView::open(file);
  REQUIRE_FALSE(view);
  CHECK_THAT(view.error().message, Catch::Contains(forgery.message));
}

TEST_CASE("random sections survive the way through the file") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 50; ++round) {
    std::map<std::string, Bytes> sections;
    const auto count = random() % (kMaxSections + 1);
    while (sections.size() < count) {
      std::string name;
      for (auto length = 1 + random() % 31; length > 0; --length)
        name += "abcdefghijklmnopqrstuvwxyz0123456789_"[random() % 37];
      Bytes content(random() % 300);
      for (auto& byte : content) byte = static_cast<std::byte>(random());
      sections.emplace(name, content);
    }
    SnapshotWriter writer;
    for (const auto& [name, content] : sections) writer.add(name, content);
    const auto file = writer.finish();
    const auto view = SnapshotView::open(file);
    REQUIRE(view);
    for (const auto& [name, content] : sections) {
      const auto found = view->section(name);
      REQUIRE(found);
      CHECK(std::equal(found->begin(), found->end(), content.begin(), content.end()));
    }
  }
}
