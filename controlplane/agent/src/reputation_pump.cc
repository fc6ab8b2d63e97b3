#include "controlplane/agent/reputation_pump.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "config/content/installed.h"
#include "rules/reputation/url_expressions.h"

namespace sekisho::controlplane {
namespace {

using namespace std::chrono_literals;
using reputation::AnswerSource;
using reputation::ServiceState;

constexpr std::size_t kBatch = 256;
constexpr std::size_t kBatchesARound = 16;  // of one ring
constexpr std::size_t kMostPending = 65'536;
constexpr std::uint32_t kMostSeconds = 86'400;  // that an answer is believed
constexpr std::uint32_t kDatabaseSeconds = 600;
/// That an answer is there at least: whoever waits for it may read its clock a little later.
constexpr std::uint32_t kLeastSeconds = 2;
constexpr auto kWhileBusy = 1ms, kWhileIdle = 5ms, kWhileUnwanted = 200ms;
constexpr int kRoundsBusy = 50;  // without anything, before it counts as idle

std::uint32_t unix_seconds() { return static_cast<std::uint32_t>(std::time(nullptr)); }

/// Zeroes when there is no file. The time of a file that is written through a mapping says nothing.
ReputationPump::FileIdentity identity_of(const std::string& path, bool with_time) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return {};
  const auto time = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
  return {about.st_ino, with_time ? time : 0};
}

}  // namespace

ReputationPump::ReputationPump(Settings settings, std::function<bool()> is_expected)
    : settings_(std::move(settings)), is_expected_(std::move(is_expected)), batch_(kBatch) {}

ReputationPump::~ReputationPump() { use_service(nullptr); }

void ReputationPump::use_service(ReputationService* service) {
  if (service_ != nullptr) service_->listen(nullptr);
  service_ = service;
  if (service_ != nullptr) service_->listen(this);
}

void ReputationPump::run(const std::stop_token& stop) {
  int idle = kRoundsBusy;
  while (!stop.stop_requested()) {
    idle = run_once(unix_seconds()) ? 0 : idle + 1;
    const bool is_wanted = exchange_ && exchange_->is_wanted();
    const auto pause = idle < kRoundsBusy || !pending_.empty() ? kWhileBusy
                       : is_wanted                             ? kWhileIdle
                                                               : kWhileUnwanted;
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, stop, pause, [this] { return !news_.empty(); });
  }
  if (exchange_) exchange_->set_service(ServiceState::down, unix_seconds());
}

bool ReputationPump::run_once(std::uint32_t now_s) {
  if (!exchange_ || !exchange_->is_current()) open_exchange();
  if (files_checked_s_ != now_s) {
    files_checked_s_ = now_s;
    if (identity_of(settings_.exchange, false) != exchange_file_) open_exchange();
    open_database();
  }
  bool did = take_news(now_s);
  did |= take_lookups(now_s);
  ask_service(now_s);
  say_state(now_s);
  return did;
}

/// The dataplane makes a new file whenever it starts.
void ReputationPump::open_exchange() {
  const auto file = identity_of(settings_.exchange, false);
  auto opened = reputation::Exchange::open(settings_.exchange);
  if (!opened) return;
  exchange_file_ = file;
  exchange_.emplace(std::move(*opened));
  said_s_ = 0;
}

/// When another file stands there. One that cannot be used leaves the one before.
void ReputationPump::open_database() {
  const auto path = settings_.folder.empty()
                        ? settings_.database
                        : content::installed_database(settings_.folder, settings_.database);
  if (path.empty()) return forget_database();
  const auto file = identity_of(path, true);
  if (file == database_file_ || file == ReputationPump::FileIdentity{}) return;
  database_file_ = file;
  auto opened = engines::reputation::ReputationDatabase::open(path);
  if (!opened) return spdlog::warn("reputation database: {}", opened.error().message);
  spdlog::info("reputation database: {} entries", opened->size());
  database_.emplace(std::move(*opened));
  if (exchange_) exchange_->answers().clear();
}

void ReputationPump::forget_database() {
  database_file_ = {};
  if (!database_) return;
  database_.reset();
  if (exchange_) exchange_->answers().clear();
}

bool ReputationPump::take_news(std::uint32_t now_s) {
  std::vector<News> news;
  {
    const std::lock_guard lock(mutex_);
    news.swap(news_);
  }
  for (const auto& one : news) std::visit([&](const auto& kind) { take(kind, now_s); }, one);
  return !news.empty();
}

void ReputationPump::take(const Answered& news, std::uint32_t now_s) {
  is_reachable_ = true;
  for (const auto& answer : news.answers) cache_.put(answer, now_s);
  for (const auto& answer : news.answers) {
    auto waiting = by_prefix_.extract(answer.prefix);
    if (waiting.empty()) continue;
    for (const auto number : waiting.mapped())
      if (const auto found = pending_.find(number);
          found != pending_.end() && --found->second.missing == 0)
        finish(number, now_s);
  }
  // What the answer left out is not known, and nobody shall wait for it.
  if (auto question = questions_.extract(news.id); !question.empty())
    for (const auto prefix : question.mapped()) give_up(prefix, now_s);
}

void ReputationPump::take(const Failed& news, std::uint32_t now_s) {
  auto question = questions_.extract(news.id);
  if (question.empty()) return;
  is_reachable_ = false;
  for (const auto prefix : question.mapped()) give_up(prefix, now_s);
}

/// The workers' table says nothing of prefixes: all of it goes. What is still true is written again
/// from what is known here.
void ReputationPump::take(const Changed& news, std::uint32_t) {
  ++changes_;
  cache_.drop(news.prefixes);
  if (exchange_) exchange_->answers().clear();
}

void ReputationPump::take(const AllChanged&, std::uint32_t) {
  ++changes_;
  is_reachable_ = true;
  cache_.clear();
  if (exchange_) exchange_->answers().clear();
}

void ReputationPump::take(const Asked& news, std::uint32_t now_s) {
  begin({.key = {}, .asker = news.asker, .hashes = news.hashes}, now_s);
}

std::optional<ExpressionHashes> ReputationPump::hashes_of(std::string_view text) {
  rules::CanonicalUrl url;
  if (rules::canonicalise_url(text, *scratch_, url) != rules::UrlFault::none) return std::nullopt;
  const auto expressions = rules::expressions_of(url);
  ExpressionHashes hashes(expressions.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = rules::hash_of(expressions[i]);
  return hashes;
}

bool ReputationPump::take_lookups(std::uint32_t now_s) {
  if (!exchange_) return false;
  bool took = false;
  for (std::size_t worker = 0; worker < exchange_->workers(); ++worker) {
    auto ring = exchange_->ring(worker);
    for (std::size_t round = 0; round < kBatchesARound; ++round) {
      const auto count = ring.take(batch_);
      if (count == 0) break;
      took = true;
      looked_up_ += count;
      for (std::size_t i = 0; i < count; ++i) {
        const auto& lookup = batch_[i];
        if (!pending_keys_.insert(lookup.key).second) continue;  // somebody asked already
        auto hashes = hashes_of(lookup.url());
        begin({.key = lookup.key,
               .asker = {},
               .hashes = hashes ? *std::move(hashes) : ExpressionHashes()},
              now_s);
      }
    }
  }
  return took;
}

/// Answers what is known, and notes the prefixes that are not for the next question.
void ReputationPump::begin(Pending pending, std::uint32_t now_s) {
  const auto number = next_number_++;
  auto& entry = pending_.emplace(number, std::move(pending)).first->second;
  const bool can_ask = service_ != nullptr && pending_.size() <= kMostPending;
  for (const auto& hash : entry.hashes) {
    const auto prefix = rules::prefix_of(hash);
    if (!can_ask || cache_.knows(prefix, now_s)) continue;
    auto& waiting = by_prefix_[prefix];
    if (!waiting.empty() && waiting.back() == number) continue;  // two expressions share it
    if (waiting.empty()) to_ask_.push_back(prefix);
    waiting.push_back(number);
    ++entry.missing;
  }
  if (entry.missing != 0) return;
  const bool is_known =
      !entry.hashes.empty() &&
      std::all_of(entry.hashes.begin(), entry.hashes.end(), [&](const rules::UrlHash& hash) {
        return cache_.knows(rules::prefix_of(hash), now_s);
      });
  if (is_known) return finish(number, now_s);
  conclude(number, rated_here(entry.hashes, now_s), now_s);
}

/// Without the service: what the box's own database has. Where no console is expected that is all
/// there is to know.
UrlRating ReputationPump::rated_here(const ExpressionHashes& hashes, std::uint32_t now_s) const {
  UrlRating rating{.answer = {.source = AnswerSource::failed}};
  if (!database_ || hashes.empty()) return rating;
  for (std::size_t i = 0; i < hashes.size() && !rating.expression; ++i)
    if (const auto rated = database_->find(hashes[i]); rated) {
      rating.answer.score = rated->score;
      rating.answer.category = rated->category;
      rating.expression = i;
    }
  if (!rating.expression && is_expected_()) return rating;
  rating.answer.source = AnswerSource::database;
  rating.answer.expires_s = now_s + kDatabaseSeconds;
  return rating;
}

/// Everything that was to be known is.
void ReputationPump::finish(Number number, std::uint32_t now_s) {
  const auto& hashes = pending_[number].hashes;
  auto rating = cache_.rate(hashes, now_s, now_s + kMostSeconds);
  // Of one expression the service's rating counts, otherwise the more specific one.
  const auto here = rated_here(hashes, now_s);
  if (here.expression && (!rating.expression || *here.expression < *rating.expression)) {
    const auto expires_s = std::min(rating.answer.expires_s, here.answer.expires_s);
    rating = here;
    rating.answer.expires_s = expires_s;
  }
  conclude(number, rating, now_s);
}

/// Whoever waits for the prefix waits for nothing.
void ReputationPump::give_up(rules::UrlHashPrefix prefix, std::uint32_t now_s) {
  auto waiting = by_prefix_.extract(prefix);
  if (waiting.empty()) return;
  for (const auto number : waiting.mapped())
    if (const auto found = pending_.find(number); found != pending_.end())
      conclude(number, rated_here(found->second.hashes, now_s), now_s);
}

void ReputationPump::conclude(Number number, const UrlRating& rating, std::uint32_t now_s) {
  const auto entry = pending_.extract(number);
  auto& pending = entry.mapped();
  if (pending.key) pending_keys_.erase(*pending.key);
  auto told = rating;
  if (told.answer.source == AnswerSource::failed) {
    ++failed_;
    told.answer.expires_s = now_s;
  }
  told.answer.expires_s = std::max(told.answer.expires_s, now_s + kLeastSeconds);
  if (pending.key && exchange_) exchange_->answers().put(*pending.key, told.answer, now_s);
  if (pending.asker) pending.asker->set_value(told);
}

/// Equal prefixes were joined when they were noted.
void ReputationPump::ask_service(std::uint32_t now_s) {
  while (!to_ask_.empty()) {
    const auto count = std::min(to_ask_.size(), kMaxAskedPrefixes);
    const std::span<const rules::UrlHashPrefix> prefixes(to_ask_.data(), count);
    const auto id = next_number_++;
    // Noted first: the answer may be on its way before ask() returns.
    questions_.emplace(id, std::vector(prefixes.begin(), prefixes.end()));
    const auto outcome = service_->ask(id, prefixes);
    if (outcome == AskOutcome::busy) {
      questions_.erase(id);
      return;
    }
    to_ask_.erase(to_ask_.begin(), to_ask_.begin() + static_cast<std::ptrdiff_t>(count));
    if (outcome == AskOutcome::sent)
      asked_ += count;  // whether somebody is there, the answer shows
    else
      take(Failed{id}, now_s);
  }
}

void ReputationPump::say_state(std::uint32_t now_s) {
  const bool is_asked = service_ != nullptr && is_expected_();
  const auto state = is_asked && !is_reachable_ && !database_ ? ServiceState::down
                     : is_asked || database_                  ? ServiceState::up
                                                              : ServiceState::off;
  if (state == state_.load(std::memory_order_relaxed) && said_s_ == now_s) return;
  state_.store(state, std::memory_order_relaxed);
  said_s_ = now_s;
  if (exchange_) exchange_->set_service(state, now_s);
}

Result<RatedUrl> ReputationPump::look_up(std::string_view text,
                                         std::chrono::milliseconds patience) {
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
  const auto fault = rules::canonicalise_url(text, *scratch, url);
  if (fault != rules::UrlFault::none)
    return Error{Error::Code::invalid_input, "URL: " + std::string(rules::describe(fault))};
  const auto expressions = rules::expressions_of(url);
  ExpressionHashes hashes(expressions.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = rules::hash_of(expressions[i]);
  const auto asker = std::make_shared<std::promise<UrlRating>>();
  auto answer = asker->get_future();
  tell(Asked{std::move(hashes), asker});
  if (answer.wait_for(patience) != std::future_status::ready)
    return Error{Error::Code::not_found, "the look-up service does not answer"};
  const auto rating = answer.get();
  if (rating.answer.source == AnswerSource::failed)
    return Error{Error::Code::not_found, "the look-up service cannot be reached"};
  RatedUrl rated{.url = std::string(url.text), .expression = {}, .answer = rating.answer};
  if (rating.expression) {
    const auto decided = expressions[*rating.expression];
    rated.expression = std::string(decided.host) + std::string(decided.path);
  }
  return rated;
}

ReputationPump::Counts ReputationPump::counts() const {
  return {.looked_up = looked_up_, .asked = asked_, .failed = failed_, .changes = changes_};
}

void ReputationPump::tell(News news) {
  const std::lock_guard lock(mutex_);
  news_.push_back(std::move(news));
  arrived_.notify_one();
}

void ReputationPump::answered(std::uint64_t id, std::span<const PrefixAnswer> answers) {
  tell(Answered{id, {answers.begin(), answers.end()}});
}

void ReputationPump::failed(std::uint64_t id) { tell(Failed{id}); }

void ReputationPump::changed(std::span<const rules::UrlHashPrefix> prefixes) {
  tell(Changed{{prefixes.begin(), prefixes.end()}});
}

void ReputationPump::all_changed() { tell(AllChanged{}); }

}  // namespace sekisho::controlplane
