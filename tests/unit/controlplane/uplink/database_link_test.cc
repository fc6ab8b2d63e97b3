// The console's databases over a real stream.
#include <catch2/catch.hpp>

#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "controlplane/uplink/database_delivery.h"
#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;
using content::DatabaseKind;

content::Description description_of(std::uint64_t version, const std::string& list) {
  return {.version = version,
          .built = 1'790'000'000,
          .entries = content::num_entries(list),
          .bytes = list.size(),
          .sha256 = content::digest_of(list)};
}

struct DatabaseLink {
  TestAuthority authority;
  FakeConsole console{authority};
  LinkBench bench;
  DatabaseLink() {
    bench.enrol(console);
    REQUIRE(bench.wait_for_state("connected"));
  }
  std::string offer_of(const content::Description& description,
                       bundle::Kind kind = bundle::Kind::urls) const {
    return *bundle::build({"tenant", "gateway", description.version, kind},
                          *bundle::PackedFiles::pack({content::description_file(description)}),
                          console.signing_key);
  }
  void offer(std::uint64_t version, const std::string& bytes) {
    v1::ToGateway message;
    message.mutable_database_offer()->set_kind("urls");
    message.mutable_database_offer()->set_version(version);
    message.mutable_database_offer()->set_description(bytes);
    REQUIRE(console.send(message));
  }
  /// What the box asks for, of `version` from `base`; false: nothing comes.
  bool asked(std::uint64_t version, std::uint64_t base, std::uint32_t piece = 0) const {
    return console.wait_for([&](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        if (m.has_database() && m.database().kind() == "urls" &&
            m.database().version() == version && m.database().base() == base &&
            m.database().piece() == piece)
          return true;
      return false;
    });
  }
  void send_piece(std::uint64_t version, std::uint64_t base, const std::string& bytes,
                  std::uint32_t piece = 0, std::uint32_t pieces = 1) {
    v1::ToGateway message;
    auto& one = *message.mutable_database_piece();
    one.set_kind("urls");
    one.set_version(version);
    one.set_base(base);
    one.set_piece(piece);
    one.set_pieces(pieces);
    one.set_bytes(bytes);
    REQUIRE(console.send(message));
  }
  /// The first report of `state` about `version`; an empty one when none comes.
  v1::DatabaseReport reported(v1::ContentState state, std::uint64_t version) const {
    v1::DatabaseReport found;
    console.wait_for([&](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        for (const auto& one : m.content().databases())
          if (one.kind() == "urls" && one.state() == state && one.version() == version) {
            found = one;
            return true;
          }
      return false;
    });
    return found;
  }
  void bring(std::uint64_t version, const std::string& list) {
    offer(version, offer_of(description_of(version, list)));
    REQUIRE(asked(version, 0));
    send_piece(version, 0, content::pack(list));
    REQUIRE(reported(v1::CONTENT_STATE_ACCEPTED, version).version_in_force() == version);
  }
};

TEST_CASE("a list comes whole at first, and the next one as what has changed") {
  DatabaseLink l;
  l.bring(3, "a\nb\n");
  const std::string next = "b\nc\n";
  l.offer(4, l.offer_of(description_of(4, next)));
  REQUIRE(l.asked(4, 3));
  l.send_piece(4, 3, content::pack(content::difference_of("a\nb\n", next)));
  const auto report = l.reported(v1::CONTENT_STATE_ACCEPTED, 4);
  CHECK(report.version_in_force() == 4);
  CHECK(report.entries() == 2);
  CHECK(report.built() == 1'790'000'000);
  CHECK(l.bench.databases.list_in_force(DatabaseKind::urls) == next);
}

TEST_CASE("a difference that is not to be had, or leads elsewhere, is followed by the whole list") {
  DatabaseLink l;
  l.bring(1, "a\nb\n");
  const std::string next = "b\nc\n";
  l.offer(2, l.offer_of(description_of(2, next)));
  REQUIRE(l.asked(2, 1));
  SECTION("none") { l.send_piece(2, 1, "", 0, 0); }
  SECTION("no zlib stream") { l.send_piece(2, 1, "damaged"); }
  SECTION("to another list") { l.send_piece(2, 1, content::pack("-a\n+d\n")); }
  SECTION("not of this list") { l.send_piece(2, 1, content::pack("-x\n")); }
  REQUIRE(l.asked(2, 0));
  l.send_piece(2, 0, content::pack(next));
  CHECK(l.reported(v1::CONTENT_STATE_ACCEPTED, 2).version_in_force() == 2);
}

TEST_CASE("a list in several pieces goes on where the stream broke") {
  DatabaseLink l;
  std::string noise;  // that does not pack to less than a piece
  std::uint64_t state = 7;
  for (int i = 0; i < 60'000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    noise += std::to_string(state) + "\n";
  }
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < noise.size();) {
    const auto end = noise.find('\n', at);
    lines.push_back(std::string("x").append(noise, at, end - at));
    at = end + 1;
  }
  for (std::size_t i = 0, n = lines.size(); i < n; ++i)
    lines.push_back(lines[i] + lines[n - 1 - i]);
  const auto list = content::make_entry_list(std::move(lines));
  const auto packed = content::pack(list);
  constexpr std::size_t kPiece = DatabaseDelivery::kPieceBytes;
  REQUIRE(packed.size() > kPiece);
  const auto pieces = static_cast<std::uint32_t>((packed.size() - 1) / kPiece + 1);
  l.offer(1, l.offer_of(description_of(1, list)));
  REQUIRE(l.asked(1, 0));
  l.send_piece(1, 0, packed.substr(0, kPiece), 0, pieces);
  REQUIRE(l.asked(1, 0, 1));
  l.console.hang_up();
  REQUIRE(l.bench.wait_for([&] { return l.console.hellos() == 2; }));
  REQUIRE(l.bench.wait_for_state("connected"));
  l.offer(1, l.offer_of(description_of(1, list)));
  for (std::uint32_t piece = 0; piece < pieces;
       ++piece)  // those that are not asked for are dropped
    l.send_piece(1, 0, packed.substr(piece * kPiece, kPiece), piece, pieces);
  CHECK(l.reported(v1::CONTENT_STATE_ACCEPTED, 1).version_in_force() == 1);
}

TEST_CASE("what is not signed for this box as it stands is refused with its reason") {
  DatabaseLink l;
  l.bring(5, "a\n");
  FakeConsole forger(l.authority);
  DatabaseLink* console = &l;
  const auto description = [](std::uint64_t version) { return description_of(version, "b\n"); };
  const auto forged = *bundle::build(
      {"tenant", "gateway", 6, bundle::Kind::urls},
      *bundle::PackedFiles::pack({content::description_file(description(6))}), forger.signing_key);
  auto tampered = console->offer_of(description(7));
  tampered.back() = static_cast<char>(tampered.back() ^ 1);
  struct Row {
    std::uint64_t version;
    std::string bytes, code;
  };
  for (const Row& row :
       std::vector<Row>{{6, forged, "unknown_key"},
                        {7, tampered, "bad_signature"},
                        {4, l.offer_of(description(4)), "not_newer"},
                        {8, l.offer_of(description(8), bundle::Kind::reputation), "other_kind"},
                        {9, l.offer_of(description(10)), "bad_manifest"},
                        {11, "", "truncated"}}) {
    CAPTURE(row.version);
    l.offer(row.version, row.bytes);
    const auto report = l.reported(v1::CONTENT_STATE_REFUSED, row.version);
    CHECK(report.reason_code() == row.code);
    CHECK_FALSE(report.reason().empty());
    CHECK(report.version_in_force() == 5);
  }
  l.offer(12, l.offer_of(description(12)));
  REQUIRE(l.asked(12, 5));
  l.send_piece(12, 5, "x", 0, 0);
  REQUIRE(l.asked(12, 0));
  l.send_piece(12, 0, content::pack("c\n"));
  CHECK(l.reported(v1::CONTENT_STATE_REFUSED, 12).reason_code() == "bad_content");
  CHECK(l.bench.databases.list_in_force(DatabaseKind::urls) == "a\n");
  l.offer(13, l.offer_of(description_of(13, "bad\n")));
  REQUIRE(l.asked(13, 5));
  l.send_piece(13, 5, content::pack("-a\n+bad\n"));
  CHECK(l.reported(v1::CONTENT_STATE_REFUSED, 13).reason_code() == "compiler");
}

TEST_CASE("somebody at the box asks for what is newer, where there is a console") {
  LinkBench alone;
  CHECK(alone.uplink->ask_for_content().error().code == Error::Code::not_found);
  DatabaseLink l;
  REQUIRE(l.bench.wait_for([&] { return static_cast<bool>(l.bench.uplink->ask_for_content()); }));
  CHECK(l.console.wait_for([](const FakeConsole::Messages& all) {
    return std::any_of(all.begin(), all.end(),
                       [](const auto& m) { return m.has_content_wanted(); });
  }));
}

}  // namespace
}  // namespace sekisho::controlplane
