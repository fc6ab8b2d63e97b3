// Look-ups of workers, as the pump answers them: from a service that the test plays.
#include "controlplane/agent/reputation_pump.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "rules/reputation/url_expressions.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using reputation::Answer;
using reputation::AnswerSource;
using reputation::ServiceState;
using rules::UrlHashPrefix;

constexpr std::uint32_t kNow = 1'700'000'000;

/// Knows ratings, and answers when the test lets it.
class FakeService final : public ReputationService {
 public:
  AskOutcome ask(std::uint64_t id, std::span<const UrlHashPrefix> prefixes) override {
    if (outcome == AskOutcome::sent)
      questions.emplace_back(id, std::vector(prefixes.begin(), prefixes.end()));
    return outcome;
  }
  void listen(ReputationListener* to) override { listener = to; }

  void rate(std::string_view host, std::string_view path, std::uint8_t score) {
    const auto hash = rules::hash_of({host, path});
    ratings[rules::prefix_of(hash)].push_back({hash, {.score = score, .category = 9}});
  }
  void answer_all(std::uint32_t ttl = 60) {
    for (const auto& [id, prefixes] : std::exchange(questions, {})) {
      std::vector<PrefixAnswer> answers;
      for (const auto prefix : prefixes)
        answers.push_back(
            {prefix, ttl, ratings.contains(prefix) ? ratings[prefix] : std::vector<RatedHash>()});
      listener->answered(id, answers);
    }
  }
  std::size_t num_asked() const {
    std::size_t sum = 0;
    for (const auto& one : questions) sum += one.second.size();
    return sum;
  }

  AskOutcome outcome = AskOutcome::sent;
  ReputationListener* listener = nullptr;
  std::vector<std::pair<std::uint64_t, std::vector<UrlHashPrefix>>> questions;
  std::map<UrlHashPrefix, std::vector<RatedHash>> ratings;
};

struct Bench {
  ScratchFolder folder;
  FakeService service;
  bool is_expected = true;
  std::optional<reputation::Exchange> exchange;
  ReputationPump pump{{.exchange = folder.file("reputation.table"),
                       .database = folder.file("rated.db"),
                       .folder = {}},
                      [this] { return is_expected; }};

  Bench() {
    make_exchange();
    pump.use_service(&service);
  }
  void make_exchange() {
    auto made = reputation::Exchange::create(folder.file("reputation.table"), 2);
    REQUIRE(made);
    exchange.emplace(std::move(*made));
  }
  void ask(std::uint64_t key, std::string_view url, std::size_t worker = 0) {
    REQUIRE(exchange->ring(worker).offer(key, url));
  }
  std::optional<Answer> known(std::uint64_t key, std::uint32_t now_s = kNow) {
    return exchange->answers().find(key, now_s);
  }
};

TEST_CASE("a look-up is answered by the most specific expression that is rated") {
  Bench bench;
  bench.service.rate("bad.example", "/", 10);
  bench.service.rate("www.bad.example", "/good/", 90);
  bench.ask(1, "http://www.bad.example/x?y");
  bench.ask(2, "https://www.bad.example/good/page", 1);
  bench.ask(3, "http://other.example/");
  CHECK(bench.pump.run_once(kNow));
  CHECK_FALSE(bench.known(1));
  CHECK(bench.service.questions.size() == 1);  // one for all
  bench.service.answer_all(60);
  bench.pump.run_once(kNow);
  CHECK(
      bench.known(1) ==
      Answer{.expires_s = kNow + 60, .category = 9, .score = 10, .source = AnswerSource::service});
  CHECK(bench.known(2)->score == 90);
  CHECK(bench.known(3)->score == Answer::kUnrated);
  CHECK(bench.known(3)->source == AnswerSource::service);
}

TEST_CASE("equal prefixes are asked for once, and not again while they are believed") {
  Bench bench;
  for (std::uint64_t key = 1; key <= 20; ++key) bench.ask(key, "http://a.example/", key % 2);
  bench.ask(1, "http://a.example/", 1);  // another worker's, the same key
  bench.pump.run_once(kNow);
  CHECK(bench.service.num_asked() == 1);  // "a.example/"
  bench.service.answer_all(60);
  bench.pump.run_once(kNow);
  for (std::uint64_t key = 1; key <= 20; ++key) CHECK(bench.known(key));
  bench.ask(30, "http://a.example/", 0);
  bench.pump.run_once(kNow + 59);
  CHECK(bench.service.questions.empty());
  CHECK(bench.known(30, kNow + 59)->expires_s == kNow + 61);  // two seconds at least
  bench.ask(31, "http://a.example/", 0);
  bench.pump.run_once(kNow + 60);
  CHECK(bench.service.num_asked() == 1);
}

TEST_CASE("one question has so many prefixes at most, and waits while too many are under way") {
  Bench bench;
  bench.service.outcome = AskOutcome::busy;
  for (std::uint64_t key = 0; key < 1000; ++key)
    bench.ask(key, "http://h" + std::to_string(key) + ".example/a/b/c/d/e?f");
  bench.pump.run_once(kNow);
  CHECK(bench.service.questions.empty());
  bench.service.outcome = AskOutcome::sent;
  bench.pump.run_once(kNow);
  CHECK(bench.service.questions.size() > 1);
  for (const auto& [id, prefixes] : bench.service.questions)
    CHECK(prefixes.size() <= kMaxAskedPrefixes);
  bench.service.answer_all();
  bench.pump.run_once(kNow);
  for (std::uint64_t key = 0; key < 1000; ++key) CHECK(bench.known(key));
}

TEST_CASE("without a link workers hear so at once, and when it is back") {
  Bench bench;
  bench.service.outcome = AskOutcome::unavailable;
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->source == AnswerSource::failed);
  CHECK(bench.exchange->service(kNow) == ServiceState::down);
  CHECK(bench.pump.counts().failed == 1);
  bench.service.outcome = AskOutcome::sent;
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow + 2);
  CHECK(bench.exchange->service(kNow + 2) == ServiceState::down);  // asked is not answered
  bench.service.answer_all();
  bench.pump.run_once(kNow + 2);
  CHECK(bench.exchange->service(kNow + 2) == ServiceState::up);
  CHECK(bench.known(1, kNow + 2)->source == AnswerSource::service);
}

TEST_CASE("a question that fails, and an answer that leaves something out, keep nobody waiting") {
  Bench bench;
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow);
  bench.service.listener->failed(bench.service.questions.at(0).first);
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->source == AnswerSource::failed);
  bench.service.questions.clear();
  bench.ask(2, "http://b.example/");
  bench.pump.run_once(kNow);
  bench.service.listener->answered(bench.service.questions.at(0).first, {});
  bench.pump.run_once(kNow);
  CHECK(bench.known(2)->source == AnswerSource::failed);
}

TEST_CASE("what the service takes back counts at the next request") {
  Bench bench;
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow);
  bench.service.answer_all(3600);
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->score == Answer::kUnrated);
  bench.service.rate("a.example", "/", 2);
  const auto prefix = rules::prefix_of(rules::hash_of({"a.example", "/"}));
  bench.service.listener->changed(std::vector{prefix});
  bench.pump.run_once(kNow);
  CHECK_FALSE(bench.known(1));
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow);
  bench.service.answer_all(3600);
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->score == 2);
  bench.service.listener->all_changed();
  bench.pump.run_once(kNow);
  CHECK_FALSE(bench.known(1));
}

TEST_CASE("where nobody is expected to rate URLs the state says so") {
  Bench bench;
  bench.is_expected = false;
  bench.pump.run_once(kNow);
  CHECK(bench.exchange->service(kNow) == ServiceState::off);
  bench.is_expected = true;
  bench.pump.run_once(kNow + 1);
  CHECK(bench.exchange->service(kNow + 1) == ServiceState::up);
  bench.pump.use_service(nullptr);
  bench.ask(1, "http://a.example/");
  bench.pump.run_once(kNow + 2);
  CHECK(bench.known(1, kNow + 2)->source == AnswerSource::failed);
}

TEST_CASE("a dataplane that starts anew is answered, too") {
  Bench bench;
  bench.pump.run_once(kNow);
  bench.make_exchange();
  bench.ask(5, "http://a.example/");
  bench.pump.run_once(kNow);
  bench.service.answer_all();
  bench.pump.run_once(kNow);
  CHECK(bench.known(5));
}

TEST_CASE("a look-up that is no URL is answered as failed") {
  Bench bench;
  bench.ask(1, "http://not..a..host/");
  bench.ask(2, "\xff\xfe");
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->source == AnswerSource::failed);
  CHECK(bench.known(2)->source == AnswerSource::failed);
}

TEST_CASE("who asks for one URL waits so long, and hears what is none") {
  Bench bench;
  const std::jthread thread([&](const std::stop_token& stop) { bench.pump.run(stop); });
  CHECK(bench.pump.look_up("http://not..a..host/", std::chrono::seconds(1)).error().code ==
        Error::Code::invalid_input);
  const auto silent = bench.pump.look_up("http://a.example/", std::chrono::milliseconds(50));
  REQUIRE_FALSE(silent);
  CHECK(silent.error().code == Error::Code::not_found);
}

TEST_CASE("a rating is told with its expression") {
  Bench bench;
  bench.service.rate("example.org", "/a/", 33);
  std::optional<Result<RatedUrl>> rated;
  std::jthread asker([&] {
    rated = bench.pump.look_up("HTTP://WWW.Example.org:8080/a/b#c", std::chrono::seconds(20));
  });
  for (int i = 0; i < 2000 && bench.service.questions.empty(); ++i) {
    bench.pump.run_once(kNow);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  bench.service.answer_all();
  bench.pump.run_once(kNow);
  asker.join();
  REQUIRE((rated && *rated));
  CHECK((*rated)->url == "http://www.example.org:8080/a/b");
  CHECK((*rated)->expression == "example.org/a/");
  CHECK((*rated)->answer.score == 33);
}

TEST_CASE("the box's own database is asked, too: the more specific rating counts") {
  Bench bench;
  const auto write = [&](const std::vector<engines::reputation::DatabaseEntry>& entries) {
    const auto file = engines::reputation::compile_database(entries);
    REQUIRE(file);
    bench.folder.write("new.db", {reinterpret_cast<const char*>(file->data()), file->size()});
    std::filesystem::rename(bench.folder.file("new.db"), bench.folder.file("rated.db"));
  };
  const auto key = [](std::string_view host, std::string_view path) {
    return engines::reputation::key_of(rules::hash_of({host, path}));
  };
  write({{key("here.example", "/"), {5, 1}}, {key("both.example", "/"), {6, 1}}});
  bench.service.rate("both.example", "/a/", 80);
  bench.ask(1, "http://www.here.example/x");
  bench.ask(2, "http://both.example/a/b");
  bench.ask(3, "http://both.example/b");
  bench.pump.run_once(kNow);
  bench.service.answer_all(3600);
  bench.pump.run_once(kNow);
  CHECK(bench.known(1)->score == 5);
  CHECK(bench.known(1)->source == AnswerSource::database);
  CHECK(bench.known(2)->score == 80);
  CHECK(bench.known(2)->source == AnswerSource::service);
  CHECK(bench.known(3)->score == 6);

  // Without a link what it has is known all the same, the rest not.
  bench.service.outcome = AskOutcome::unavailable;
  bench.ask(4, "http://here.example/y");
  bench.ask(5, "http://elsewhere.example/");
  bench.pump.run_once(kNow);
  CHECK(bench.known(4)->score == 5);
  CHECK(bench.known(5)->source == AnswerSource::failed);
  CHECK(bench.exchange->service(kNow) == ServiceState::up);

  // Where no console is expected it is all there is, and another file is taken up.
  bench.is_expected = false;
  write({{key("elsewhere.example", "/"), {7, 1}}});
  bench.pump.run_once(kNow + 1);
  bench.ask(5, "http://elsewhere.example/");
  bench.ask(6, "http://here.example/z");
  bench.pump.run_once(kNow + 1);
  CHECK(bench.known(5, kNow + 1)->score == 7);
  bench.service.outcome = AskOutcome::sent;
  bench.folder.write("rated.db", "no database");
  bench.pump.run_once(kNow + 2);
  CHECK(bench.exchange->service(kNow + 2) == ServiceState::up);
}

TEST_CASE("answers are kept up to a bound, the newest") {
  ReputationCache cache;
  for (std::size_t i = 0; i < ReputationCache::kMostPrefixes + 100; ++i)
    cache.put({static_cast<UrlHashPrefix>(i), 60, {}}, kNow);
  CHECK(cache.size() == ReputationCache::kMostPrefixes);
  CHECK_FALSE(cache.knows(0, kNow));
  CHECK(cache.knows(100, kNow));
  CHECK_FALSE(cache.knows(100, kNow + 60));
}

}  // namespace
}  // namespace sekisho::controlplane
