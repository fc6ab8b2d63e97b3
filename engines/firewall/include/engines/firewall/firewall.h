#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "engines/api/engine.h"
#include "engines/firewall/learned_addresses.h"

namespace sekisho::engines::firewall {

extern const EngineSpec kSpec;

/// What the verdict depends on besides the flow itself; the worker fills it once a burst.
struct Conditions {
  std::uint64_t active_schedules = ~std::uint64_t{0};  // bit i: the policy's schedule i is on now
  const LearnedAddresses* learned = nullptr;           // addresses seen behind FQDNs; may be null
  std::uint32_t now_seconds = 0;                       // of the clock that both tables expire by
  const LearnedAddresses* users = nullptr;             // who is behind addresses; may be null
};

/// Why a rule did not decide, or that it did.
struct RuleReason {
  events::RuleNumber rule = 0;  // or Firewall::block_list()
  enum class Outcome : std::uint8_t { matches, may_match_yet, does_not_match } outcome;
  std::string why;  // "source 192.0.2.7 is not in its addresses", "disabled", ...
};

/// The compiled rule table: the first rule that matches, from the top (R042), over three-valued
/// facts. Immutable; judge is for pinned cores, explain for any other thread.
class Firewall final : public Ruleset {
 public:
  struct Tables;

  /// Checks every byte that judge and explain will follow. `artifact` outlives the firewall and
  /// begins on an 8-byte boundary.
  static Result<std::unique_ptr<const Firewall>> load(std::span<const std::byte> artifact);
  ~Firewall() override;

  /// Cost hardly grows with the number of rules: per-dimension classes with shared bitmap blocks.
  /// While an earlier rule may match yet the judgement is tentative and passes; but when every rule
  /// that may match yet and the first that matches would all block, it blocks at once. A tentative
  /// judgement names the first rule that matches already, never asks for a log, and its action is
  /// allow; `inspected_as` is the first of all that may decide yet whose profile looks at content.
  /// What is on the block list is refused before any rule, both ends told; what is on the allow
  /// list matches no rule by its URL's categories. A function is known when the URL is.
  Judgement judge(const Facts& facts, const Conditions& conditions) const noexcept;

  /// The same for several flows, whose cache misses overlap; `out` has the size of `facts`.
  void judge(std::span<const Facts* const> facts, const Conditions& conditions,
             std::span<Judgement> out) const noexcept;

  /// Every rule down to the one that decides, with the reason, by the same compiled tables.
  /// `own_categories`, `own_applications`: names of the policy's own URL categories and
  /// applications, in their order.
  std::vector<RuleReason> explain(const Facts& facts, const Conditions& conditions,
                                  std::span<const std::string> own_categories = {},
                                  std::span<const std::string> own_applications = {}) const;

  /// True when some rule's verdict depends on content, so that flows must be looked into.
  bool wants_content() const noexcept;
  /// True when some rule selects URL categories.
  bool wants_urls() const noexcept;
  /// True when some rule selects functions of applications.
  bool wants_functions() const noexcept;
  bool wants_fqdn() const noexcept;
  std::uint32_t num_rules() const noexcept;
  /// What stands for the block list where rules are named by number.
  events::RuleNumber block_list() const noexcept { return num_rules() + 1; }

  /// Which schedules are on at local time `minute_of_week` (0 = Monday 00:00), as Conditions wants
  /// it.
  std::uint64_t active_schedules(std::uint32_t minute_of_week) const noexcept;

  /// Ids of the FQDN patterns that `name` (a DNS name in lower case, no trailing dot) belongs to,
  /// written into `out`; returns how many.
  std::size_t match_fqdn(std::string_view name, std::span<FqdnId> out) const noexcept;

 private:
  explicit Firewall(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

}  // namespace sekisho::engines::firewall
