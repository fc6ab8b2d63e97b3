#include "policy_text.h"

#include <utility>
#include <variant>

#include "controlplane/console/secrets/random.h"
#include "rules/contents/check_names.h"
#include "rules/ips/own_rules.h"
#include "yaml_json.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kCachedBytes = std::size_t{8}
                                     << 20;  // of text; in memory it is some times that

/// Walks a value in the order of policy_text()'s lines and notes the pointers of those that are
/// asked for. A pointer of more than kMaxPointer bytes is cut to one of what is around.
class Lines {
 public:
  explicit Lines(std::map<std::uint32_t, std::string>& wanted) : wanted_(wanted) {}

  void walk(const Json& value) {
    note();
    if (!value.is_structured() || value.empty()) return;
    if (value.is_object())
      for (const auto& [name, member] : value.items()) walk_into(&name, 0, member);
    else
      for (std::size_t i = 0; i < value.size(); ++i) walk_into(nullptr, i, value[i]);
    note();  // the closing bracket
  }

 private:
  static constexpr std::size_t kMaxPointer = 4096;

  struct Step {
    const std::string* name;  // null: an array's
    std::size_t index;
  };

  void walk_into(const std::string* name, std::size_t index, const Json& value) {
    path_.push_back({name, index});
    walk(value);
    path_.pop_back();
  }

  void note() {
    if (const auto found = wanted_.find(++line_); found != wanted_.end()) found->second = pointer();
  }

  std::string pointer() const {
    std::string pointer;
    for (const Step& step : path_) {
      if (step.name != nullptr && step.name->size() > kMaxPointer) break;
      auto longer =
          step.name != nullptr ? pointer_to(pointer, *step.name) : pointer_to(pointer, step.index);
      if (longer.size() > kMaxPointer) break;
      pointer = std::move(longer);
    }
    return pointer;
  }

  std::map<std::uint32_t, std::string>& wanted_;
  std::vector<Step> path_;  // to where the walk is; texts of them are made for wanted lines alone
  std::uint32_t line_ = 0;
};

const policy::Policy& policy_or_none(const std::shared_ptr<const ValidPolicy>& valid) {
  static const policy::Policy kNone;
  return valid ? valid->policy : kNone;
}

/// Names are mistakes of their field: a rule's line says no more than which rule it is.
Json mistakes_of_names(const Json& policy, const std::vector<rules::NameMistake>& unknown) {
  std::vector<policy::Diagnostic> diagnostics;
  diagnostics.reserve(unknown.size());
  for (const auto& one : unknown) diagnostics.push_back(one.diagnostic);
  auto mistakes = mistakes_of(policy, diagnostics);
  for (std::size_t i = 0; i < unknown.size(); ++i)
    if (!unknown[i].field.empty())
      mistakes[i]["pointer"] =
          mistakes[i]["pointer"].get<std::string>().append("/").append(unknown[i].field);
  return mistakes;
}

}  // namespace

std::string policy_text(const Json& policy) { return policy.dump(1); }

Json mistakes_of(const Json& policy, const std::vector<policy::Diagnostic>& diagnostics) {
  std::map<std::uint32_t, std::string> pointers;
  for (const auto& diagnostic : diagnostics) pointers[diagnostic.position.line];
  if (!pointers.empty()) Lines(pointers).walk(policy);
  Json mistakes = Json::array();
  for (const auto& diagnostic : diagnostics)
    mistakes.push_back(
        {{"pointer", pointers[diagnostic.position.line]}, {"message", diagnostic.message}});
  return mistakes;
}

CheckedPolicy check_policy(const Json& policy) {
  auto loaded = policy::load_yaml(policy_text(policy));
  if (const auto* mistakes = std::get_if<1>(&loaded))
    return {nullptr, mistakes_of(policy, *mistakes)};
  auto& good = std::get<0>(loaded);
  if (const auto unknown = rules::check_content_names(good.policy); !unknown.empty())
    return {nullptr, mistakes_of_names(policy, unknown)};
  auto own = rules::check_own_rules(good.policy);
  if (!own.mistakes.empty()) return {nullptr, mistakes_of(policy, own.mistakes)};
  good.warnings.insert(good.warnings.end(), own.warnings.begin(), own.warnings.end());
  auto valid = std::make_shared<ValidPolicy>();
  valid->warnings = mistakes_of(policy, good.warnings);
  valid->policy = std::move(good.policy);
  return {std::move(valid), Json::array()};
}

const std::string& factory_policy() {
  static const std::string kText = canonical(json_of_yaml(policy::factory_policy_yaml()));
  return kText;
}

std::string policy_hash(std::string_view canonical_text) { return hash_of(canonical_text); }

std::shared_ptr<const ValidPolicy> PolicyCache::get(const std::string& hash,
                                                    const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(hash); found != entries_.end()) {
      uses_.splice(uses_.begin(), uses_, found->second.use);
      return found->second.policy;
    }
  }
  auto valid = check_policy(Json::parse(text)).valid;
  if (!valid || text.size() > kCachedBytes) return valid;
  const std::lock_guard lock(mutex_);
  if (entries_.contains(hash)) return valid;
  uses_.push_front(hash);
  entries_[hash] = {valid, text.size(), uses_.begin()};
  bytes_ += text.size();
  while (bytes_ > kCachedBytes) {
    const auto oldest = entries_.find(uses_.back());
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
    uses_.pop_back();
  }
  return valid;
}

std::vector<std::string> differences(PolicyCache& cache, const StoredPolicy& before,
                                     const StoredPolicy& after, std::size_t max_lines) {
  if (before.hash == after.hash) return {};
  const auto get = [&](const StoredPolicy& stored) {
    return stored.text.empty() ? nullptr : cache.get(stored.hash, stored.text);
  };
  const auto old_policy = get(before);
  const auto new_policy = get(after);
  auto lines = policy::diff(policy_or_none(old_policy), policy_or_none(new_policy));
  if (lines.size() > max_lines) {
    const auto more = lines.size() - (max_lines - 1);
    lines.resize(max_lines - 1);
    lines.push_back("... and " + std::to_string(more) + " more");
  }
  return lines;
}

}  // namespace sekisho::console
