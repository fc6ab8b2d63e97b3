// The console's ratings, asked over a real stream.
#include <algorithm>
#include <catch2/catch.hpp>

#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;
using rules::UrlHashPrefix;

/// Writes down what it hears.
struct Heard final : ReputationListener {
  void answered(std::uint64_t id, std::span<const PrefixAnswer> answers) override {
    add("answered " + std::to_string(id));
    const std::lock_guard lock(mutex);
    last.assign(answers.begin(), answers.end());
  }
  void failed(std::uint64_t id) override { add("failed " + std::to_string(id)); }
  void changed(std::span<const UrlHashPrefix> prefixes) override {
    std::string text = "changed";
    for (const auto prefix : prefixes) text += " " + std::to_string(prefix);
    add(text);
  }
  void all_changed() override { add("all changed"); }

  void add(std::string text) {
    const std::lock_guard lock(mutex);
    words.push_back(std::move(text));
  }
  bool has(const std::string& word) {
    const std::lock_guard lock(mutex);
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  std::mutex mutex;
  std::vector<std::string> words;
  std::vector<PrefixAnswer> last;
};

struct Linked {
  TestAuthority authority;
  FakeConsole console{authority};
  Heard heard;
  LinkBench bench;

  explicit Linked(bool answers = true) {
    FakeConsole::Behaviour behaviour;
    behaviour.answers_reputation = answers;
    console.behave(behaviour);
    service().listen(&heard);
    bench.enrol(console);
    REQUIRE(bench.wait_for_state("connected"));
    if (answers) REQUIRE(hears("all changed"));
  }
  ~Linked() { service().listen(nullptr); }

  ReputationService& service() { return bench.uplink->reputation(); }
  bool hears(const std::string& word,
             std::chrono::milliseconds timeout = std::chrono::seconds(15)) {
    return bench.wait_for([&] { return heard.has(word); }, timeout);
  }
  AskOutcome ask(std::uint64_t id, const std::vector<UrlHashPrefix>& prefixes) {
    return service().ask(id, prefixes);
  }
  /// The number under which the console got the newest question.
  std::uint64_t number() {
    std::uint64_t number = 0;
    console.wait_for([&](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        if (m.has_reputation()) number = m.reputation().id();
      return number != 0;
    });
    return number;
  }
  void answer(std::uint64_t number, const std::vector<std::string>& hashes, std::uint32_t ttl = 60,
              std::uint32_t score = 5) {
    v1::ToGateway message;
    auto& said = *message.mutable_reputation();
    said.set_id(number);
    said.set_ttl_seconds(ttl);
    for (const auto& hash : hashes) {
      auto& rated = *said.add_rated();
      rated.set_hash(hash);
      rated.set_score(score);
      rated.set_category(3);
    }
    REQUIRE(console.send(message));
  }
};

/// Begins with the bytes 0, 0, 0, `last`.
std::string hash_with_prefix(char last) {
  return std::string(3, '\0') + last + std::string(28, 'x');
}

TEST_CASE("each prefix of a question is answered, rated or not") {
  Linked l;
  REQUIRE(l.ask(7, {2, 1}) == AskOutcome::sent);
  l.answer(l.number(), {hash_with_prefix(1)});
  REQUIRE(l.hears("answered 7"));
  REQUIRE(l.bench.wait_for([&] {
    const std::lock_guard lock(l.heard.mutex);
    return l.heard.last.size() == 2;
  }));
  RatedHash rated;
  const auto hash = hash_with_prefix(1);
  std::copy(hash.begin(), hash.end(), rated.hash.begin());
  rated.reputation = {5, 3};
  CHECK(l.heard.last[0] == PrefixAnswer{1, 60, {rated}});
  CHECK(l.heard.last[1] == PrefixAnswer{2, 60, {}});
}

TEST_CASE("an answer that makes no sense is none") {
  Linked l;
  const auto [hash, score] = GENERATE(table<std::string, std::uint32_t>({
      {hash_with_prefix(9), 5},            // was not asked for
      {hash_with_prefix(1).substr(1), 5},  // no SHA-256
      {hash_with_prefix(1), 101},          // no score
  }));
  REQUIRE(l.ask(7, {1}) == AskOutcome::sent);
  l.answer(l.number(), {hash}, 60, score);
  CHECK(l.hears("failed 7"));
  CHECK_FALSE(l.heard.has("answered 7"));
}

TEST_CASE("an answer is believed for a second at least and a day at most") {
  Linked l;
  const auto [said, believed] =
      GENERATE(table<std::uint32_t, std::uint32_t>({{0, 1}, {4'000'000'000, 86'400}}));
  REQUIRE(l.ask(7, {1}) == AskOutcome::sent);
  l.answer(l.number(), {}, said);
  REQUIRE(l.hears("answered 7"));
  REQUIRE(l.bench.wait_for([&] {
    const std::lock_guard lock(l.heard.mutex);
    return !l.heard.last.empty();
  }));
  CHECK(l.heard.last[0].ttl_seconds == believed);
}

TEST_CASE("what the console changes is told") {
  Linked l;
  v1::ToGateway message;
  message.mutable_reputation_changed()->add_prefixes(4);
  REQUIRE(l.console.send(message));
  CHECK(l.hears("changed 4"));
  message.mutable_reputation_changed()->clear_prefixes();
  message.mutable_reputation_changed()->set_all(true);
  REQUIRE(l.console.send(message));
  CHECK(l.bench.wait_for([&] {
    const std::lock_guard lock(l.heard.mutex);
    return std::count(l.heard.words.begin(), l.heard.words.end(), "all changed") == 2;
  }));
}

TEST_CASE("questions fail with the link, and after the next nothing is certain") {
  Linked l;
  REQUIRE(l.ask(7, {1}) == AskOutcome::sent);
  (void)l.number();
  l.console.hang_up();
  CHECK(l.hears("failed 7"));
  CHECK(l.bench.wait_for([&] {
    const std::lock_guard lock(l.heard.mutex);
    return std::count(l.heard.words.begin(), l.heard.words.end(), "all changed") == 2;
  }));
  CHECK(l.ask(8, {1}) == AskOutcome::sent);
}

TEST_CASE("a question that nobody answers fails in time, and a late answer is nobody's") {
  Linked l;
  REQUIRE(l.ask(7, {1}) == AskOutcome::sent);
  const auto number = l.number();
  CHECK(l.hears("failed 7", kReputationTimeout + std::chrono::seconds(5)));
  REQUIRE(l.ask(7, {1}) == AskOutcome::sent);
  l.answer(number, {});
  l.answer(number + 1, {});
  CHECK(l.hears("answered 7"));
  const std::lock_guard lock(l.heard.mutex);
  CHECK(std::count(l.heard.words.begin(), l.heard.words.end(), "answered 7") == 1);
}

TEST_CASE("without a link, or with a console that does not answer, there is no service") {
  Linked l(false);
  CHECK(l.ask(1, {1}) == AskOutcome::unavailable);
  LinkBench unlinked;
  CHECK(unlinked.uplink->reputation().ask(1, std::vector<UrlHashPrefix>{1}) ==
        AskOutcome::unavailable);
}

TEST_CASE("questions have bounds") {
  Linked l;
  CHECK(l.ask(1, {}) == AskOutcome::invalid);
  CHECK(l.ask(1, std::vector<UrlHashPrefix>(kMaxAskedPrefixes + 1)) == AskOutcome::invalid);
  for (std::size_t i = 0; i < kMaxReputationQuestions; ++i)
    REQUIRE(l.ask(i, {1}) == AskOutcome::sent);
  CHECK(l.ask(100, {1}) == AskOutcome::busy);
}

}  // namespace
}  // namespace sekisho::controlplane
