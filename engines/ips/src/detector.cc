#include "core.h"

namespace sekisho::engines::ips {

Detector::Core::Core(const Ruleset& rules, HostState& host_state, MemoryPool& memory)
    : ruleset(rules),
      tables(rules.tables()),
      hosts(host_state.tables()),
      pool(memory),
      matcher(tables, counts, *this),
      transformer(tables, counts, matcher.regex_scratch()),
      costs(tables.rules.size()),
      candidates(std::make_unique<Candidate[]>(kMaxCandidates)),
      seen(tables.rules.size()),
      kept_of_packet(tables.rules.size()),
      kept_of_body(tables.rules.size()) {}

Status Detector::Core::fit_scratch() {
  for (const auto& database : tables.databases)
    if (!database.fit(scratch))
      return Error{Error::Code::resource, "no memory to search for the patterns of the rules"};
  if (!tables.regexes.empty() && !matcher.regex_scratch().ready())
    return Error{Error::Code::resource, "no memory for the regular expressions of the rules"};
  return ok();
}

Result<std::unique_ptr<Detector>> Detector::create(const Ruleset& ruleset, HostState& hosts,
                                                   MemoryPool& pool) {
  auto core = std::make_unique<Core>(ruleset, hosts, pool);
  if (auto fitted = core->fit_scratch(); !fitted) return std::move(fitted).error();
  return std::unique_ptr<Detector>(new Detector(std::move(core)));
}

Detector::Detector(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Detector::~Detector() = default;

void Detector::packet(FlowView* flow, Direction direction, const PacketView& packet,
                      AlertSink& sink) noexcept {
  if (core_->is_passed(flow)) return;
  core_->look_at_packet(core_->look_of(flow, direction, packet, sink));
}

void Detector::begin_packet(const PacketView& packet) noexcept { core_->begin_packet(&packet); }

void Detector::end_packet(FlowView* flow, Direction direction, const PacketView& packet,
                          bool unread, AlertSink& sink) noexcept {
  core_->decide(nullptr);
  if (core_->is_passed(flow)) return;
  core_->stream_flow = nullptr;
  core_->look_at_rest(core_->look_of(flow, direction, packet, sink), unread);
  core_->decide(nullptr);
}

void Detector::decide() noexcept { core_->decide(nullptr); }

void Detector::stream(FlowView& flow, Direction direction, const BodyView& view,
                      const PacketView& packet, AlertSink& sink) noexcept {
  if (core_->is_passed(&flow)) return;
  core_->look_at_stream(core_->look_of(&flow, direction, packet, sink), view);
}

void Detector::stage_reached(FlowView& flow, Transaction& transaction, Direction direction,
                             const PacketView& packet, AlertSink& sink) noexcept {
  if (core_->is_passed(&flow)) return;
  auto look = core_->look_of(&flow, direction, packet, sink);
  look.transaction = &transaction;
  core_->look_at_stages(look);
}

void Detector::body_grew(FlowView& flow, Transaction& transaction, rules::Field field,
                         Direction direction, const PacketView& packet, AlertSink& sink) noexcept {
  if (core_->is_passed(&flow)) return;
  auto look = core_->look_of(&flow, direction, packet, sink);
  look.transaction = &transaction;
  core_->look_at_body(look, field);
}

void Detector::file_grew(FlowView& flow, Transaction& transaction, const FileView& file,
                         const PacketView& packet, AlertSink& sink,
                         const FileFacts& facts) noexcept {
  if (core_->is_passed(&flow)) return;
  auto look = core_->look_of(&flow, file.direction, packet, sink);
  look.transaction = &transaction;
  look.file = &file;
  look.facts = &facts;
  core_->look_at_file(look);
}

bool Detector::expects_alert(const FlowView& flow, Direction direction) const noexcept {
  if (core_->num_matched != 0) return true;
  const auto side = index_of(direction);
  return (flow.protocol_news >> side & 1) != 0 &&
         core_->tables.protocol_list[static_cast<std::size_t>(flow.protocol)][side] != kNone;
}

void Detector::ended(FlowView&, Transaction& transaction) noexcept {
  core_->decide(&transaction);
  core_->forget(transaction);
}

void Detector::flow_ended(FlowView& flow) noexcept {
  core_->forget_alerts_of(flow);
  release(flow, core_->pool);
}

void Detector::release(FlowView& flow, MemoryPool& pool) noexcept {
  if (flow.state == nullptr) return;
  Pooled<FlowState>(flow.state, {&pool, sizeof(FlowState)}).reset();
  flow.state = nullptr;
}

/// That a rule let the rest of the flow pass counted under the rules that it stood in.
void Detector::rules_changed(FlowView& flow) noexcept {
  if (flow.state != nullptr) flow.state->passed = false;
}

const Ruleset& Detector::ruleset() const noexcept { return core_->ruleset; }

RuleCost Detector::cost(std::uint32_t rule) const noexcept {
  return rule < core_->costs.size() ? core_->costs[rule] : RuleCost{};
}

DetectorCounts Detector::counts() const noexcept { return core_->counts; }

}  // namespace sekisho::engines::ips
