#include "dataplane/loader/policy_snapshot.h"

#include <algorithm>
#include <unordered_map>

#include "config/base/file_copy.h"
#include "config/snapshot/snapshot.h"
#include "engines/appid/appid.h"

namespace sekisho::dataplane {

/// Snapshot bytes that outlive everything pointing into them.
struct PolicySnapshot::Copy : FileCopy {};

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::string_view path,
                                                             std::uint32_t serial,
                                                             std::size_t workers,
                                                             HugeMemory spare) {
  const std::string file(path);
  auto copy = read_file(file, snapshot::kMaxSnapshotBytes, Links::refuse, std::move(spare));
  if (!copy) return std::move(copy).error();
  auto loaded = from_copy({*std::move(copy)}, serial, workers);
  if (!loaded) return std::move(loaded).error().within(file);
  return loaded;
}

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::vector<std::byte> bytes,
                                                             std::uint32_t serial,
                                                             std::size_t workers) {
  auto copy = FileCopy::create(bytes.size());
  if (!copy) return std::move(copy).error();
  std::copy(bytes.begin(), bytes.end(), copy->memory.data());
  return from_copy({*std::move(copy)}, serial, workers);
}

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::from_copy(Copy copy, std::uint32_t serial,
                                                                  std::size_t workers) {
  const auto view = snapshot::SnapshotView::open(copy.bytes());
  if (!view) return Error{view.error()};
  const auto meta_bytes = view->section(snapshot::kMetaSection);
  if (!meta_bytes) return Error{meta_bytes.error()};
  auto meta =
      snapshot::parse_meta({reinterpret_cast<const char*>(meta_bytes->data()), meta_bytes->size()});
  if (!meta) return std::move(meta).error().within("meta");

  std::unique_ptr<PolicySnapshot> result(new PolicySnapshot);
  result->serial_ = serial;
  result->content_address_ = view->content_address();
  result->meta_ = *std::move(meta);
  result->tcp_rules_ = {.midstream_pickup = result->meta_.midstream_pickup,
                        .drop_out_of_window = result->meta_.drop_out_of_window,
                        .accept_asymmetric = result->meta_.accept_asymmetric};
  result->users_ = UserTable(result->meta_.users);
  const auto& page = result->meta_.block_page;
  result->block_pages_ = std::make_unique<const BlockPages>(PageBranding{
      .organisation = page.organisation, .message = page.message, .contact = page.contact});
  result->workers_.resize(workers);
  for (const auto* spec : engines::all_engines()) {
    const auto artifact = view->section(spec->name);
    if (!artifact) return Error{artifact.error()};
    auto ruleset = spec->load(*artifact);
    if (!ruleset) return std::move(ruleset).error().within(spec->name);
    result->take_ruleset(*spec, **ruleset);
    if (spec->make != nullptr)
      for (auto& worker : result->workers_) worker.engines.push_back(spec->make(**ruleset));
    result->rulesets_.push_back(*std::move(ruleset));
  }
  if (!result->is_whole()) return Error{Error::Code::invalid_input, "a section is missing"};
  if (result->own_applications_->size() != result->meta_.applications.size())
    return Error{Error::Code::invalid_input,
                 "meta and appid disagree on the number of applications"};
  if (result->firewall_->num_rules() != result->meta_.rules.size())
    return Error{Error::Code::invalid_input, "meta and firewall disagree on the number of rules"};
  const auto num_counted = result->meta_.rules.size() + 2;  // with the end and the block list
  for (auto& worker : result->workers_) worker.hits.resize(num_counted);
  result->inherited_.resize(num_counted);
  result->use_urls(nullptr);
  result->copy_ = std::make_unique<Copy>(std::move(copy));
  return result;
}

/// Each engine's part has a name here, beside its place among all.
void PolicySnapshot::take_ruleset(const engines::EngineSpec& spec,
                                  const engines::Ruleset& ruleset) {
  if (&spec == &engines::firewall::kSpec)
    firewall_ = static_cast<const engines::firewall::Firewall*>(&ruleset);
  if (&spec == &engines::ips::kSpec) ips_ = static_cast<const engines::ips::IpsPolicy*>(&ruleset);
  if (&spec == &engines::appid::kSpec)
    own_applications_ = &engines::appid::own_applications(ruleset);
  if (&spec == &engines::url::kSpec) lists_ = static_cast<const engines::url::UrlLists*>(&ruleset);
  if (&spec == &engines::reputation::kSpec)
    reputation_ = static_cast<const engines::reputation::ReputationPolicy*>(&ruleset);
  if (&spec == &engines::antimalware::kSpec)
    malware_ = static_cast<const engines::antimalware::MalwarePolicy*>(&ruleset);
  if (&spec == &engines::decryption::kSpec)
    decryption_ = static_cast<const engines::decryption::DecryptionPolicy*>(&ruleset);
  if (&spec == &engines::dns::kSpec) dns_ = static_cast<const engines::dns::DnsPolicy*>(&ruleset);
  if (&spec == &engines::callback::kSpec)
    callbacks_ = static_cast<const engines::callback::CallbackPolicy*>(&ruleset);
  if (&spec == &engines::evasion::kSpec)
    evasion_ = static_cast<const engines::evasion::EvasionPolicy*>(&ruleset);
}

bool PolicySnapshot::is_whole() const noexcept {
  return firewall_ != nullptr && ips_ != nullptr && lists_ != nullptr && reputation_ != nullptr &&
         dns_ != nullptr && callbacks_ != nullptr && own_applications_ != nullptr &&
         evasion_ != nullptr && malware_ != nullptr && decryption_ != nullptr;
}

PolicySnapshot::~PolicySnapshot() = default;

void PolicySnapshot::use_ips_rules(std::shared_ptr<IpsRules> rules) {
  ips_rules_ = std::move(rules);
  uses_.clear();
  captures_ = false;
  if (ips_rules_ == nullptr) return;
  for (const auto& profile : ips_->profiles()) {
    uses_.push_back(engines::ips::uses_of(ips_rules_->ruleset(), profile));
    captures_ |= profile.enabled && profile.capture.seconds_after != 0;
  }
}

void PolicySnapshot::use_urls(std::shared_ptr<const engines::url::UrlDatabase> urls) {
  urls_ = std::move(urls);
  const bool has_categories = urls_ != nullptr || lists_->has_url_categories();
  judges_urls_ = lists_->blocks_urls() || firewall_->wants_functions() ||
                 (has_categories && firewall_->wants_urls());
}

void PolicySnapshot::use_indicators(
    std::shared_ptr<const engines::callback::IndicatorDatabase> indicators) {
  indicators_ = std::move(indicators);
  looks_for_callback_names_ =
      callbacks_->is_used() && indicators_ != nullptr && indicators_->names_content();
}

engines::UrlFacts PolicySnapshot::facts_of(const rules::CanonicalUrl* url) const noexcept {
  engines::UrlFacts facts;
  facts.known = engines::Knowledge::known;
  if (url == nullptr) return facts;
  const auto finding = lists_->find(*url);
  facts.list = finding.list;
  facts.own_categories = finding.categories;
  if (urls_ == nullptr) return facts;
  static_assert(engines::url::kMaxCategories == engines::UrlFacts::kMaxCategories);
  const auto match = urls_->find(*url);
  facts.categories = match.categories;
  facts.num_categories = match.num_categories;
  return facts;
}

std::optional<engines::ips::Treatment> PolicySnapshot::inspection_of(
    std::uint32_t rule) const noexcept {
  if (inspect_every_flow) return engines::ips::Treatment{};
  const auto profile = ips_->profile_of(rule);
  if (ips_rules_ == nullptr || profile == engines::ips::IpsPolicy::kNoProfile) return std::nullopt;
  return engines::ips::Treatment{uses_[profile], &ips_->profiles()[profile]};
}

engines::ips::Detector* PolicySnapshot::detector(std::size_t worker) const noexcept {
  return ips_rules_ == nullptr ? nullptr : ips_rules_->detectors[worker].get();
}

HugeMemory PolicySnapshot::take_memory() { return std::move(copy_->memory); }

std::vector<RuleHits> PolicySnapshot::hits() const {
  auto sum = inherited_;
  for (const auto& worker : workers_)
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i].packets += worker.hits[i].packets.get();
      sum[i].bytes += worker.hits[i].bytes.get();
      sum[i].flows += worker.hits[i].flows.get();
    }
  return sum;
}

void PolicySnapshot::inherit_hits(const PolicySnapshot& previous) {
  const auto before = previous.hits();
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < previous.meta_.rules.size(); ++i)
    by_name.emplace(previous.meta_.rules[i].name, i + 1);
  inherited_.front() = before.front();
  inherited_.back() = before.back();
  for (std::size_t i = 0; i < meta_.rules.size(); ++i)
    if (const auto found = by_name.find(meta_.rules[i].name); found != by_name.end())
      inherited_[i + 1] = before[found->second];
}

}  // namespace sekisho::dataplane
