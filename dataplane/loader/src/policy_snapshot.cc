#include "dataplane/loader/policy_snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "config/base/message_socket.h"
#include "config/snapshot/snapshot.h"
#include "dataplane/flow/huge_memory.h"

namespace sekisho::dataplane {

/// Snapshot bytes that outlive everything pointing into them: a copy of our own, resident and in
/// huge pages, because judging a flow reads all over it, and because a file may change after it was
/// checked.
struct PolicySnapshot::Copy {
  HugeMemory memory;
  std::size_t size = 0;

  static Result<Copy> create(std::size_t size, HugeMemory spare = {}) {
    constexpr std::size_t kMostWaste = 4;
    if (spare.size_bytes() >= size && spare.size_bytes() / kMostWaste <= size)
      return Copy{std::move(spare), size};
    auto memory = HugeMemory::create(std::max<std::size_t>(size, 1));
    if (!memory) return std::move(memory).error();
    return Copy{*std::move(memory), size};
  }
  std::span<const std::byte> bytes() const { return {memory.data(), size}; }
};

namespace {

/// All of `out`, from the file's beginning.
bool read_whole(int fd, std::span<std::byte> out) {
  while (!out.empty()) {
    const auto got = ::read(fd, out.data(), out.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::string_view path,
                                                             std::uint32_t serial,
                                                             std::size_t workers,
                                                             HugeMemory spare) {
  const std::string file(path);
  // O_NONBLOCK: a FIFO with nobody behind it must not hold us up.
  const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0)
    return Error{Error::Code::not_found, file + ": " + std::strerror(errno)};
  if (!S_ISREG(status.st_mode) || status.st_size == 0 ||
      static_cast<std::size_t>(status.st_size) > snapshot::kMaxSnapshotBytes)
    return Error{Error::Code::invalid_input, file + ": not a snapshot by its size"};

  auto copy = Copy::create(static_cast<std::size_t>(status.st_size), std::move(spare));
  if (!copy) return std::move(copy).error().within(file);
  if (!read_whole(fd.get(), {copy->memory.data(), copy->size}))
    return Error{Error::Code::io, file + ": cannot be read whole"};
  auto loaded = from_copy(*std::move(copy), serial, workers);
  if (!loaded) return std::move(loaded).error().within(file);
  return loaded;
}

Result<std::unique_ptr<PolicySnapshot>> PolicySnapshot::load(std::vector<std::byte> bytes,
                                                             std::uint32_t serial,
                                                             std::size_t workers) {
  auto copy = Copy::create(bytes.size());
  if (!copy) return std::move(copy).error();
  std::copy(bytes.begin(), bytes.end(), copy->memory.data());
  return from_copy(*std::move(copy), serial, workers);
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
  result->copy_ = std::make_unique<Copy>(std::move(copy));
  return result;
}

PolicySnapshot::~PolicySnapshot() = default;

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
  inherited_[0] = before[0];
  for (std::size_t i = 0; i < meta_.rules.size(); ++i)
    if (const auto found = by_name.find(meta_.rules[i].name); found != by_name.end())
      inherited_[i + 1] = before[found->second];
}

}  // namespace sekisho::dataplane
