#include "reputation_link.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

constexpr std::uint32_t kMaxTtlSeconds = 86'400;
constexpr std::uint32_t kMaxCategory = 1'023;  // rules/urls/categories.h

std::optional<RatedHash> rated_of(const v1::RatedExpression& said) {
  RatedHash rated;
  if (said.hash().size() != rated.hash.size() || said.score() > rules::kBestReputation ||
      said.category() > kMaxCategory)
    return std::nullopt;
  std::copy(said.hash().begin(), said.hash().end(), rated.hash.begin());
  rated.reputation = {static_cast<rules::ReputationScore>(said.score()),
                      static_cast<std::uint16_t>(said.category())};
  return rated;
}

/// Nothing: the answer is about something that was not asked, or makes no sense.
std::optional<std::vector<PrefixAnswer>> answers_of(const v1::ReputationAnswer& said,
                                                    std::vector<rules::UrlHashPrefix> prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  const auto ttl = std::clamp<std::uint32_t>(said.ttl_seconds(), 1, kMaxTtlSeconds);
  std::vector<PrefixAnswer> answers;
  answers.reserve(prefixes.size());
  for (const auto prefix : prefixes)
    answers.push_back({.prefix = prefix, .ttl_seconds = ttl, .rated = {}});
  for (const auto& expression : said.rated()) {
    auto rated = rated_of(expression);
    if (!rated) return std::nullopt;
    const auto [first, last] =
        std::equal_range(prefixes.begin(), prefixes.end(), rules::prefix_of(rated->hash));
    if (first == last) return std::nullopt;
    for (auto at = first; at != last; ++at)  // a prefix that was asked twice is answered twice
      answers[static_cast<std::size_t>(at - prefixes.begin())].rated.push_back(*rated);
  }
  return answers;
}

}  // namespace

template <class Tell>
void ReputationLink::call(Tell tell) {
  const std::lock_guard lock(calls_);
  if (listener_ != nullptr) tell(*listener_);
}

void ReputationLink::listen(ReputationListener* listener) {
  const std::lock_guard lock(calls_);
  listener_ = listener;
}

AskOutcome ReputationLink::ask(std::uint64_t id, std::span<const rules::UrlHashPrefix> prefixes) {
  if (prefixes.empty() || prefixes.size() > kMaxAskedPrefixes) return AskOutcome::invalid;
  v1::FromGateway message;
  auto& query = *message.mutable_reputation();
  query.mutable_prefixes()->Add(prefixes.begin(), prefixes.end());
  const std::lock_guard lock(mutex_);
  if (!send_) return AskOutcome::unavailable;
  if (questions_.size() >= kMaxReputationQuestions) return AskOutcome::busy;
  const auto number = ++last_number_;
  query.set_id(number);
  if (!send_(std::move(message))) return AskOutcome::busy;
  questions_.emplace(number, Question{id, {prefixes.begin(), prefixes.end()}, Clock::now()});
  return AskOutcome::sent;
}

void ReputationLink::attach(Send send) {
  {
    const std::lock_guard lock(mutex_);
    send_ = std::move(send);
  }
  // What was changed while there was no stream, nobody said.
  call([](ReputationListener& listener) { listener.all_changed(); });
}

void ReputationLink::detach() {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    send_ = nullptr;
    for (const auto& [number, question] : questions_) ids.push_back(question.id);
    questions_.clear();
  }
  fail(ids);
}

void ReputationLink::fail(const std::vector<std::uint64_t>& ids) {
  if (ids.empty()) return;
  call([&](ReputationListener& listener) {
    for (const auto id : ids) listener.failed(id);
  });
}

void ReputationLink::take(const v1::ReputationAnswer& answer) {
  Question question;
  {
    const std::lock_guard lock(mutex_);
    const auto found = questions_.find(answer.id());
    if (found == questions_.end()) return;  // it came too late
    question = std::move(found->second);
    questions_.erase(found);
  }
  const auto answers = answers_of(answer, std::move(question.prefixes));
  if (!answers) return fail({question.id});
  call([&](ReputationListener& listener) { listener.answered(question.id, *answers); });
}

void ReputationLink::take(const v1::ReputationChanged& changed) {
  if (changed.all() || static_cast<std::size_t>(changed.prefixes_size()) > kMaxAskedPrefixes)
    return call([](ReputationListener& listener) { listener.all_changed(); });
  const std::vector<rules::UrlHashPrefix> prefixes(changed.prefixes().begin(),
                                                   changed.prefixes().end());
  call([&](ReputationListener& listener) { listener.changed(prefixes); });
}

void ReputationLink::tick(Clock::time_point now) {
  std::vector<std::uint64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(questions_, [&](const auto& entry) {
      const bool late = now - entry.second.asked > kReputationTimeout;
      if (late) ids.push_back(entry.second.id);
      return late;
    });
  }
  fail(ids);
}

}  // namespace sekisho::controlplane
