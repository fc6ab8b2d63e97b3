#include "dataplane/loader/policy_snapshot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "config/base/message_socket.h"
#include "config/snapshot/snapshot.h"

namespace sekisho::dataplane {

/// Snapshot bytes that outlive everything pointing into them.
struct PolicySnapshot::Mapping {
  std::vector<std::byte> owned;
  void* mapped = nullptr;
  std::size_t mapped_bytes = 0;

  std::span<const std::byte> bytes() const {
    if (mapped == nullptr) return owned;
    return {static_cast<const std::byte*>(mapped), mapped_bytes};
  }
  ~Mapping() {
    if (mapped != nullptr) munmap(mapped, mapped_bytes);
  }
};

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::string_view path,
                                                             std::uint32_t serial,
                                                             std::size_t workers) {
  const std::string file(path);
  const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0)
    return Error{Error::Code::not_found, file + ": " + std::strerror(errno)};
  if (!S_ISREG(status.st_mode) || status.st_size == 0 ||
      static_cast<std::size_t>(status.st_size) > snapshot::kMaxSnapshotBytes)
    return Error{Error::Code::invalid_input, file + ": not a snapshot by its size"};

  auto mapping = std::make_unique<Mapping>();
  mapping->mapped_bytes = static_cast<std::size_t>(status.st_size);
  // MAP_POPULATE: page faults belong here, not on a pinned core.
  void* base =
      mmap(nullptr, mapping->mapped_bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
  if (base == MAP_FAILED) return Error{Error::Code::resource, file + ": " + std::strerror(errno)};
  mapping->mapped = base;
  auto loaded = from_mapping(std::move(mapping), serial, workers);
  if (!loaded) return std::move(loaded).error().within(file);
  return loaded;
}

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::vector<std::byte> bytes,
                                                             std::uint32_t serial,
                                                             std::size_t workers) {
  auto mapping = std::make_unique<Mapping>();
  mapping->owned = std::move(bytes);
  return from_mapping(std::move(mapping), serial, workers);
}

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::from_mapping(
    std::unique_ptr<Mapping> mapping, std::uint32_t serial, std::size_t workers) {
  const auto view = snapshot::SnapshotView::open(mapping->bytes());
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
                        .drop_out_of_window = result->meta_.drop_out_of_window};
  result->workers_.resize(workers);
  for (const auto* spec : engines::all_engines()) {
    const auto artifact = view->section(spec->name);
    if (!artifact) return Error{artifact.error()};
    auto ruleset = spec->load(*artifact);
    if (!ruleset) return std::move(ruleset).error().within(spec->name);
    if (spec == &engines::firewall::kSpec)
      result->firewall_ = static_cast<const engines::firewall::Firewall*>(ruleset->get());
    if (spec->make != nullptr)
      for (auto& worker : result->workers_) worker.engines.push_back(spec->make(**ruleset));
    result->rulesets_.push_back(*std::move(ruleset));
  }
  if (result->firewall_ == nullptr) return Error{Error::Code::invalid_input, "no firewall section"};
  if (result->firewall_->num_rules() != result->meta_.rules.size())
    return Error{Error::Code::invalid_input, "meta and firewall disagree on the number of rules"};
  for (auto& worker : result->workers_) worker.hits.resize(result->meta_.rules.size() + 1);
  result->inherited_.resize(result->meta_.rules.size() + 1);
  result->mapping_ = std::move(mapping);
  return result;
}

PolicySnapshot::~PolicySnapshot() = default;

std::vector<RuleHits> PolicySnapshot::hits() const {
  auto sum = inherited_;
  for (const auto& worker : workers_)
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i].packets += __atomic_load_n(&worker.hits[i].packets, __ATOMIC_RELAXED);
      sum[i].bytes += __atomic_load_n(&worker.hits[i].bytes, __ATOMIC_RELAXED);
      sum[i].flows += __atomic_load_n(&worker.hits[i].flows, __ATOMIC_RELAXED);
    }
  return sum;
}

void PolicySnapshot::inherit_hits(const PolicySnapshot& previous) {
  const auto before = previous.hits();
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < previous.meta_.rules.size(); ++i)
    by_name.emplace(previous.meta_.rules[i].name, i + 1);
  inherited_[0] = before[0];
  for (std::size_t i = 0; i < meta_.rules.size(); ++i)
    if (const auto found = by_name.find(meta_.rules[i].name); found != by_name.end())
      inherited_[i + 1] = before[found->second];
}

}  // namespace sekisho::dataplane
