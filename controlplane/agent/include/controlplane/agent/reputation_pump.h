#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "config/reputation/exchange.h"
#include "controlplane/agent/reputation_cache.h"
#include "controlplane/uplink/reputation.h"
#include "engines/reputation/reputation_database.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::controlplane {

/// What somebody who asks about one URL gets.
struct RatedUrl {
  std::string url;         // as it is compared
  std::string expression;  // that decided; empty: none is rated
  reputation::Answer answer{};
};

/// Answers the workers' look-ups: from the box's own database and what the console's service said
/// before, or by asking it, the
/// prefixes of many look-ups in one question. What changed there is forgotten here and in the
/// workers' table, and when nobody can be asked the workers hear it at once. One thread runs it;
/// the listener's calls, look_up() and counts() are for any.
class ReputationPump final : public ReputationListener {
 public:
  struct Settings {
    std::string exchange;     // the file shared with the dataplane
    std::string database;     // of the box's own ratings; empty: none
    std::string folder = {};  // of the console's (config/content/installed.h); empty: none
  };
  using FileIdentity = std::pair<std::uint64_t, std::int64_t>;  // inode, time of its last change
  /// `is_expected`: whether a console should be there to be asked; any thread.
  ReputationPump(Settings settings, std::function<bool()> is_expected);
  ~ReputationPump() override;
  ReputationPump(const ReputationPump&) = delete;
  ReputationPump& operator=(const ReputationPump&) = delete;

  /// Before run(): who is asked; null: nobody. It outlives the use.
  void use_service(ReputationService* service);
  void run(const std::stop_token& stop);
  /// One round at Unix time `now_s`; false: there was nothing to do. For run() and tests.
  bool run_once(std::uint32_t now_s);

  /// As a worker's look-up. Error::not_found: nobody could be asked in time; invalid_input: no URL.
  Result<RatedUrl> look_up(std::string_view url, std::chrono::milliseconds patience);

  struct Counts {
    std::uint64_t looked_up = 0;  // URLs that workers asked for
    std::uint64_t asked = 0;      // prefixes that the service was asked for
    std::uint64_t failed = 0;     // look-ups that got no answer
    std::uint64_t changes = 0;    // that the service told of
  };
  Counts counts() const;
  reputation::ServiceState state() const noexcept { return state_.load(std::memory_order_relaxed); }

  // ReputationListener
  void answered(std::uint64_t id, std::span<const PrefixAnswer> answers) override;
  void failed(std::uint64_t id) override;
  void changed(std::span<const rules::UrlHashPrefix> prefixes) override;
  void all_changed() override;

 private:
  using Number = std::uint64_t;  // of a pending look-up
  struct Pending {
    std::optional<std::uint64_t> key;  // in the workers' table
    std::shared_ptr<std::promise<UrlRating>> asker;
    ExpressionHashes hashes;
    std::size_t missing = 0;  // prefixes
  };
  struct Answered {
    std::uint64_t id;
    std::vector<PrefixAnswer> answers;
  };
  struct Failed {
    std::uint64_t id;
  };
  struct Changed {
    std::vector<rules::UrlHashPrefix> prefixes;
  };
  struct AllChanged {};
  struct Asked {
    ExpressionHashes hashes;
    std::shared_ptr<std::promise<UrlRating>> asker;
  };
  using News = std::variant<Answered, Failed, Changed, AllChanged, Asked>;

  void tell(News news);
  bool take_news(std::uint32_t now_s);
  void take(const Answered& news, std::uint32_t now_s);
  void take(const Failed& news, std::uint32_t now_s);
  void take(const Changed& news, std::uint32_t now_s);
  void take(const AllChanged& news, std::uint32_t now_s);
  void take(const Asked& news, std::uint32_t now_s);
  void open_exchange();
  void open_database();
  void forget_database();
  bool take_lookups(std::uint32_t now_s);
  void begin(Pending pending, std::uint32_t now_s);
  void ask_service(std::uint32_t now_s);
  void finish(Number number, std::uint32_t now_s);
  void give_up(rules::UrlHashPrefix prefix, std::uint32_t now_s);
  UrlRating rated_here(const ExpressionHashes& hashes, std::uint32_t now_s) const;
  void conclude(Number number, const UrlRating& rating, std::uint32_t now_s);
  void say_state(std::uint32_t now_s);
  std::optional<ExpressionHashes> hashes_of(std::string_view url);

  const Settings settings_;
  const std::function<bool()> is_expected_;
  ReputationService* service_ = nullptr;
  std::optional<reputation::Exchange> exchange_;
  std::optional<engines::reputation::ReputationDatabase> database_;
  FileIdentity exchange_file_, database_file_;  // of what was opened last
  std::uint32_t files_checked_s_ = 0;
  ReputationCache cache_;
  std::unique_ptr<rules::UrlScratch> scratch_ = std::make_unique<rules::UrlScratch>();
  std::vector<reputation::Lookup> batch_;

  std::unordered_map<Number, Pending> pending_;
  std::unordered_set<std::uint64_t> pending_keys_;
  std::unordered_map<rules::UrlHashPrefix, std::vector<Number>> by_prefix_;  // who waits for it
  std::vector<rules::UrlHashPrefix> to_ask_;
  std::unordered_map<std::uint64_t, std::vector<rules::UrlHashPrefix>> questions_;  // under way
  std::uint64_t next_number_ = 1;
  bool is_reachable_ = true;
  std::uint32_t said_s_ = 0;

  std::mutex mutex_;  // news
  std::condition_variable_any arrived_;
  std::vector<News> news_;
  std::atomic<reputation::ServiceState> state_{reputation::ServiceState::off};
  std::atomic<std::uint64_t> looked_up_{0}, asked_{0}, failed_{0}, changes_{0};
};

}  // namespace sekisho::controlplane
