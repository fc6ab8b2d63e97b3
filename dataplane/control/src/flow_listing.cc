#include "flow_listing.h"

#include <vector>

namespace sekisho::dataplane {
namespace {

constexpr std::uint32_t kRecordsPerSlice = 256;  // some microseconds between two bursts
constexpr std::size_t kChunk = 4096;

/// Copies wanted flows into a chunk until it is full or the table ends. The chunk's memory is taken
/// beforehand: the worker only copies.
class CopyFlows final : public Job {
 public:
  explicit CopyFlows(const FlowFilter& filter) : filter_(filter) { chunk_.reserve(kChunk); }

  bool run_slice(Worker& worker) noexcept override {
    auto& flows = worker.flows();
    const auto end = std::min(flows.capacity(), next_ + kRecordsPerSlice);
    for (; next_ < end && chunk_.size() < kChunk; ++next_) {
      const Flow& flow = flows.at(next_);
      if (flow.in_use && filter_.wants(flow))
        chunk_.push_back({flow, worker.account_of(flow).source_user});
    }
    at_end_ = next_ == flows.capacity();
    return at_end_ || chunk_.size() == kChunk;
  }

  std::uint32_t next_ = 0;
  bool at_end_ = false;
  std::vector<ListedFlow> chunk_;

 private:
  FlowFilter filter_;
};

}  // namespace

bool FlowFilter::wants(const Flow& flow) const noexcept {
  const auto& key = flow.key;
  if (protocol && key.protocol != *protocol) return false;
  if (rule && flow.rule != *rule) return false;
  if (policy_serial && flow.policy_serial != *policy_serial) return false;
  return (!address || key.a == *address || key.b == *address) &&
         (!port || key.port_a == *port || key.port_b == *port);
}

Status for_each_flow(Dataplane& dataplane, const FlowFilter& filter,
                     const std::function<void(const ListedFlow&)>& see) {
  for (std::size_t worker = 0; worker < dataplane.workers().size(); ++worker) {
    std::uint32_t next = 0;
    for (bool more = true; more;) {
      CopyFlows job(filter);
      job.next_ = next;
      if (auto ran = dataplane.run(job, worker); !ran) return ran;
      for (const auto& flow : job.chunk_) see(flow);
      next = job.next_;
      more = !job.at_end_;
    }
  }
  return ok();
}

}  // namespace sekisho::dataplane
