// Plaintext that somebody looks at before it goes on, and sessions that end for other reasons than
// their ends'.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "bench.h"

using namespace sekisho;
using namespace sekisho::decrypt;
using namespace sekisho::decrypt::test;
using tests::Party;
using namespace std::string_view_literals;

namespace {

constexpr HandoverWish kLent{.lend_plaintext = true};

/// A worker that keeps what it is shown, and has its verdicts from the test.
class Worker {
 public:
  /// In the session's thread, after each turn.
  void look(TlsSession& session) {
    const std::lock_guard lock(lock_);
    for (const Side side : {Side::client, Side::server}) {
      // What was shown and not cleared is shown again.
      if (const auto said = session.unlent(side); !session.awaits_clearing(side) && !said.empty()) {
        seen_[at(side)].resize(cleared_[at(side)]);
        seen_[at(side)].append(said.begin(), said.end());
        session.note_lent(side, said.size());
      }
      const bool ends = session.owes_end(side);
      if (ends) session.note_end_lent(side);
      ended_[at(side)] = ended_[at(side)] || ends;
      if (verdict_) verdict_(session);
      verdict_ = {};
      if (clears_all_) (void)session.clear(side, static_cast<std::uint32_t>(uncleared(side)));
      if (clears_all_) cleared_[at(side)] = seen_[at(side)].size();
    }
  }
  void say(std::function<void(TlsSession&)> verdict) {
    {
      const std::lock_guard lock(lock_);
      verdict_ = std::move(verdict);
    }
    until([this] { return !verdict_; });
  }
  void clear(Side side, std::uint32_t bytes) {
    say([&](TlsSession& session) {
      CHECK(session.clear(side, bytes));
      cleared_[at(side)] += bytes;
    });
  }
  void clear_all() {
    const std::lock_guard lock(lock_);
    clears_all_ = true;
  }
  std::string seen(Side side) {
    const std::lock_guard lock(lock_);
    return seen_[at(side)];
  }
  bool ended(Side side) {
    const std::lock_guard lock(lock_);
    return ended_[at(side)];
  }
  template <class Condition>
  void until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    bool holds = false;
    while (!holds && std::chrono::steady_clock::now() < limit) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::lock_guard lock(lock_);
      holds = condition();
    }
    REQUIRE(holds);
  }
  void until_seen(Side side, std::string_view text) {
    until([&] { return seen_[at(side)] == text; });
  }
  void until_some_is_seen(Side side) {
    until([&] { return !seen_[at(side)].empty(); });
  }

 private:
  static std::size_t at(Side side) { return static_cast<std::size_t>(side); }
  std::size_t uncleared(Side side) const { return seen_[at(side)].size() - cleared_[at(side)]; }

  std::mutex lock_;
  std::array<std::string, 2> seen_;
  std::array<std::size_t, 2> cleared_{};
  std::array<bool, 2> ended_{};
  bool clears_all_ = false;
  std::function<void(TlsSession&)> verdict_;
};

/// Both ends met, with a worker between.
struct Lent {
  Bench bench;
  Worker worker;
  Decrypted decrypted{bench.parts, "192.0.2.7", kLent, [this](TlsSession& s) { worker.look(s); }};
  End client{decrypted.take_client(), bench.client()};
  End origin{decrypted.take_origin(), bench.origin()};

  Lent() {
    auto met = beside([&] { return origin.handshake(); });
    REQUIRE(client.handshake());
    REQUIRE(met.get());
  }
};

bool has_bytes(SSL* tls) {
  pollfd waiting{SSL_get_fd(tls), POLLIN, 0};
  return ::poll(&waiting, 1, 100) == 1;
}

}  // namespace

TEST_CASE("plaintext goes on as far as it is cleared") {
  Lent lent;
  REQUIRE(lent.client.write("a question"));
  lent.worker.until_seen(Side::client, "a question");
  CHECK_FALSE(has_bytes(lent.origin.tls()));
  lent.worker.clear(Side::client, 2);
  CHECK(lent.origin.read() == "a ");
  lent.worker.clear(Side::client, 8);
  CHECK(lent.origin.read() == "question");
  REQUIRE(lent.origin.write("an answer"));
  lent.worker.until_seen(Side::server, "an answer");
  lent.worker.clear(Side::server, 3);
  CHECK(lent.client.read() == "an ");
  lent.worker.clear_all();
  CHECK(lent.client.read() == "answer");
}

TEST_CASE("what an origin said before it was reset still goes on, and looks cut off") {
  Lent lent;
  REQUIRE(lent.client.write("a question nobody reads"));
  lent.worker.until_seen(Side::client, "a question nobody reads");
  lent.worker.clear(Side::client, 23);
  REQUIRE(lent.origin.write("an answer"));
  lent.worker.until_seen(Side::server, "an answer");
  const linger at_once{1, 0};
  REQUIRE(setsockopt(SSL_get_fd(lent.origin.tls()), SOL_SOCKET, SO_LINGER, &at_once,
                     sizeof at_once) == 0);
  lent.origin.close();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until it is noticed
  lent.worker.clear_all();
  CHECK(lent.client.read() == "an answer");
  CHECK(lent.client.read().empty());
  CHECK_FALSE(lent.client.was_notified());
  lent.client.close();
  CHECK(lent.decrypted.wait_over());
}

TEST_CASE("of what nobody clears no more than a buffer is shown, in order, and nothing is lost") {
  Lent lent;
  std::string data(1 << 20, '\0');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 2654435761U >> 24);
  auto written = beside([&] {
    for (std::size_t at = 0; at < data.size(); at += 10'000)
      if (!lent.client.write(std::string_view(data).substr(at, 10'000))) return false;
    lent.client.notify();
    lent.client.finish();
    return true;
  });
  lent.worker.until_some_is_seen(Side::client);  // how much depends on who is quicker
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // in which more would be seen
  CHECK(lent.worker.seen(Side::client).size() <= BufferPool::kBufferBytes);
  lent.worker.clear_all();
  CHECK(lent.origin.read_all() == data);
  CHECK(lent.origin.was_notified());
  CHECK(written.get());
  CHECK(lent.worker.seen(Side::client) == data);
  CHECK(lent.worker.ended(Side::client));
  CHECK_FALSE(lent.worker.ended(Side::server));
}

TEST_CASE("an answer comes behind what was cleared, and is the last") {
  Lent lent;
  REQUIRE(lent.client.write("question"));
  lent.worker.until_seen(Side::client, "question");
  REQUIRE(lent.origin.write("first, second"));
  lent.worker.until_seen(Side::server, "first, second");
  lent.worker.say([](TlsSession& session) {
    CHECK(session.clear(Side::server, 7));
    const std::string_view page = "no way";
    CHECK(session.answer({reinterpret_cast<const std::uint8_t*>(page.data()), page.size()}));
    CHECK(session.clear(Side::server, 6));  // too late, and no mistake
  });
  CHECK(lent.client.read_all() == "first, no way");
  CHECK(lent.client.was_notified());
  CHECK(lent.origin.read().empty());
  CHECK_FALSE(lent.origin.was_notified());
  CHECK(lent.client.write("I say more"));  // which is thrown away
  lent.client.close();
  REQUIRE(lent.decrypted.wait_over());
  CHECK(lent.decrypted.session().failure() == TlsFailure::none);
  CHECK(lent.decrypted.lent_buffers() == 0);
}

TEST_CASE("what is condemned, or believed to be more than it was, ends at both ends") {
  for (const int how : {0, 1, 2, 3}) {
    CAPTURE(how);
    Lent lent;
    REQUIRE(lent.client.write("question"));
    lent.worker.until_seen(Side::client, "question");
    lent.worker.say([&](TlsSession& session) {
      const std::string long_page(kMostAnswerBytes + 1, 'x');
      if (how == 0) session.condemn();
      if (how == 1) CHECK_FALSE(session.clear(Side::client, 9));
      if (how == 2) CHECK_FALSE(session.clear(Side::server, 1));
      if (how == 3)
        CHECK_FALSE(session.answer(
            {reinterpret_cast<const std::uint8_t*>(long_page.data()), long_page.size()}));
    });
    CHECK(lent.client.read().empty());
    CHECK(lent.origin.read().empty());
    REQUIRE(lent.decrypted.wait_over());
    CHECK(lent.decrypted.session().was_reset());
    CHECK(lent.decrypted.session().failure() == (how == 0 ? TlsFailure::none : TlsFailure::broken));
  }
}

TEST_CASE(
    "who does not look at what it was lent ends the session, who has nothing to say does not") {
  Lent lent;
  lent.worker.say([](TlsSession& session) {
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(session.has_timed_out());  // idle
  });
  REQUIRE(lent.client.write("question"));
  lent.worker.until_seen(Side::client, "question");
  int checks = 0;
  lent.worker.say([&](TlsSession& session) {
    while (!session.has_timed_out()) ++checks;
  });
  CHECK(checks * TlsSession::kCheckSeconds >= 30);
  CHECK(checks * TlsSession::kCheckSeconds <= 90);
  REQUIRE(lent.decrypted.wait_over());
  CHECK(lent.decrypted.session().failure() == TlsFailure::timed_out);
}

TEST_CASE("an origin that does not go on with its handshake is given up") {
  Bench bench;
  std::atomic<int> checks{0};
  const auto count = [&](TlsSession& session) { checks += session.has_timed_out() ? 0 : 1; };
  Decrypted decrypted(bench.parts, "192.0.2.7", Decrypted::kShow, count);
  End client(decrypted.take_client(), bench.client());
  const auto origin = decrypted.take_origin();
  CHECK_FALSE(client.handshake());
  REQUIRE(decrypted.wait_over());
  CHECK(decrypted.session().failure() == TlsFailure::timed_out);
  CHECK(checks <= 8);
}

TEST_CASE(
    "of an origin that is refused the client hears what the worker says, and it hears nothing") {
  Bench bench;
  const Party unknown = Party::server(Party::root("stranger"), "DNS:www.example.com");
  for (const bool is_let_through : {false, true}) {
    CAPTURE(is_let_through);
    Worker worker;
    Decrypted decrypted(bench.parts, "192.0.2.7", kLent, [&](TlsSession& s) { worker.look(s); });
    auto wish = bench.client();
    wish.trusted.clear();
    auto origin_wish = bench.origin();
    origin_wish.party = &unknown;
    End client(decrypted.take_client(), wish), origin(decrypted.take_origin(), origin_wish);
    auto served = beside([&] { return origin.handshake() && !origin.read().empty(); });
    REQUIRE(client.handshake());
    REQUIRE(client.write("question"));
    worker.until_seen(Side::client, "question");
    worker.say([&](TlsSession& session) {
      CHECK(session.opened().fault == static_cast<int>(engines::origin::Fault::unknown_issuer));
      const std::string_view page = "not to be trusted";
      if (is_let_through)
        CHECK_FALSE(session.clear(Side::client, 8));
      else
        CHECK(session.answer({reinterpret_cast<const std::uint8_t*>(page.data()), page.size()}));
    });
    CHECK(client.read_all() == (is_let_through ? "" : "not to be trusted"));
    CHECK_FALSE(served.get());
    client.close();
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().failure() ==
          (is_let_through ? TlsFailure::untrusted_origin : TlsFailure::none));
  }
}

TEST_CASE("what cannot be opened is given back with every byte that was read") {
  Bench bench;
  const HandoverWish pass{.pass_unopened = true};
  for (const auto text : {"GET / HTTP/1.1\r\n\r\n"sv, "\x15\x03\x01\x00\x02\x02\x28"sv,
                          "\x16\x03\x01\x00\x04\x01\xff\xff\xff"sv}) {
    CAPTURE(text);
    Decrypted decrypted(bench.parts, "192.0.2.7", pass);
    const auto client = decrypted.take_client();
    const auto origin = decrypted.take_origin();
    for (const char& byte : text) REQUIRE(::write(client.get(), &byte, 1) == 1);
    if (text.front() == '\x16') ::shutdown(client.get(), SHUT_WR);  // it would wait for the rest
    REQUIRE(decrypted.wait_over());
    CHECK(text.starts_with(decrypted.unopened()));
    CHECK_FALSE(decrypted.unopened().empty());
    CHECK(decrypted.session().failure() == TlsFailure::not_tls);
    pollfd waiting{client.get(), POLLIN, 0};
    std::array<char, 10> heard{};
    if (::poll(&waiting, 1, 0) == 1) CHECK(::read(client.get(), heard.data(), 10) <= 0);
  }
}

TEST_CASE("a client that speaks nothing that we do is given back, or hears an alert") {
  Bench bench;
  for (const bool passes : {false, true}) {
    Decrypted decrypted(bench.parts, "192.0.2.7", {.pass_unopened = passes});
    auto wish = bench.client();
    wish.suites12 = "AES128-GCM-SHA256";  // static RSA
    End client(decrypted.take_client(), wish);
    const auto origin = decrypted.take_origin();
    auto met = beside([&] { return client.handshake(); });
    REQUIRE(decrypted.wait_over());
    CHECK(decrypted.session().failure() == TlsFailure::unsupported);
    CHECK(decrypted.unopened().empty() == !passes);
    decrypted.let_go();
    CHECK_FALSE(met.get());
    CHECK((client.last_error() == "sslv3 alert handshake failure") == !passes);
  }
}
