#include <algorithm>
#include <cstring>

#include "config/base/text_bytes.h"
#include "core.h"

namespace sekisho::engines::ips {
namespace {

constexpr std::uint8_t kTcp = 6;
constexpr auto kFileData = static_cast<std::uint16_t>(rules::Field::file_data);

PayloadClass class_of(std::uint8_t ip_protocol) noexcept {
  switch (ip_protocol) {
    case kTcp:
      return PayloadClass::tcp;
    case 17:
      return PayloadClass::udp;
    case 1:
    case 58:
      return PayloadClass::icmp;
    default:
      return PayloadClass::other;
  }
}

}  // namespace

void Detector::Core::begin(const Look&) noexcept {
  num_candidates = 0;
  num_cached = num_changed = 0;
  arena.reset();
  if (++look_number == 0) {  // wrapped: old marks could be mistaken for new ones
    std::fill(seen.begin(), seen.end(), 0);
    look_number = 1;
  }
}

void Detector::Core::begin_packet(const PacketView* packet) noexcept {
  matcher.refill();
  packet_passed = false;
  ++packets_begun;
  num_matched = 0;
  notes.clear();
  num_waits_for_state = num_deferred = 0;
  num_spoke = 0;
  stream_flow = nullptr;
  now_ms = packet->time_ns / 1'000'000;
}

bool Detector::Core::is_passed(const FlowView* flow) const noexcept {
  return flow != nullptr && flow->state != nullptr && flow->state->passed;
}

Look Detector::Core::look_of(FlowView* flow, Direction direction, const PacketView& packet,
                             AlertSink& sink) noexcept {
  now_ms = packet.time_ns / 1'000'000;
  Look look;
  look.flow = flow;
  look.direction = direction;
  look.packet = &packet;
  look.sink = &sink;
  if (flow != nullptr && flow == stream_flow && direction == stream_direction) {
    look.payload = stream_payload;
    look.has_payload = true;
  } else if (!packet.payload.empty()) {
    look.payload = {packet.payload, 0, true};
    look.has_payload = true;
  }
  return look;
}

/// What rules on its stream are called by is kept for them: the packet may bring its newest bytes.
void Detector::Core::search_packet(const Look& look, PayloadClass payload_class) noexcept {
  const auto payload = look.packet->payload;
  if (payload.empty()) return;
  Grown grown{.bytes = payload, .fresh = payload.size()};
  if (payload_class == PayloadClass::tcp) {
    kept_of_packet.begin(payload, look.direction, packets_begun);
    grown.look = kAtPacket;
    grown.kept = &kept_of_packet;
  }
  scan_payload(look, payload_class, grown);
}

/// Bytes that were searched as the packet's are not searched again, but where they meet those
/// before.
void Detector::Core::search_stream(const Look& look, const BodyView& view) noexcept {
  const auto fresh = std::min(view.fresh, view.window.size());
  const auto payload = look.packet->payload;
  const bool is_packet = fresh != 0 && payload.size() == fresh &&
                         std::memcmp(view.window.last(fresh).data(), payload.data(), fresh) == 0;
  const auto window_end = view.window_offset + view.window.size();
  const bool is_known = is_packet && recall(kept_of_packet, payload, look.direction, window_end);
  scan_payload(look, PayloadClass::tcp,
               {.bytes = view.window,
                .fresh = fresh,
                .fresh_is_known = is_known,
                .look = kAtStream,
                .origin = view.window_offset});
}

void Detector::Core::look_at_packet(const Look& look) noexcept {
  begin(look);
  const auto& packet = *look.packet;
  const auto payload_class = class_of(packet.ip_protocol);
  if (!packet.is_fragment) search_packet(look, payload_class);
  const auto direction = index_of(look.direction);
  add_list(look, tables.packet_list[index_of_class(payload_class)][direction]);
  add_by_address(look);
  // FlowView::marks: two bits by Direction, for rules on addresses.
  const bool is_new = look.flow == nullptr || (look.flow->marks >> direction & 1) == 0;
  if (is_new) add_list(look, tables.address_list[index_of_class(payload_class)][direction]);
  if (look.flow != nullptr)
    look.flow->marks = static_cast<std::uint8_t>(look.flow->marks | 1U << direction);
  if (num_candidates == 0) return;
  // Rules on addresses only speak once of a flow and direction.
  if (!is_new) {
    const auto kept = std::remove_if(candidates.get(), candidates.get() + num_candidates,
                                     [this](const Candidate& candidate) {
                                       return (tables.rules[candidate.rule].flags & kIpOnly) != 0;
                                     });
    num_candidates = static_cast<std::size_t>(kept - candidates.get());
  }
  evaluate_candidates(look);
}

/// What is known of a packet only when its bytes were read.
void Detector::Core::look_at_rest(const Look& look, bool unread) noexcept {
  begin(look);
  const auto& packet = *look.packet;
  if (look.flow != nullptr) {
    add_events(tables.packet_events, look.flow->stream_oddities);
    if (!look.flow->application_oddity.empty())
      add_events(tables.application_events, {&look.flow->application_oddity, 1});
  }
  add_events(tables.packet_events, packet.oddities);
  if (look.flow != nullptr) add_protocol_list(look);
  for (; num_waits_for_state > 0; --num_waits_for_state)
    add_candidate(waits_for_state[num_waits_for_state - 1], false, 0);
  // Without a stream the packet's bytes are all there is to see.
  if (unread && packet.ip_protocol == kTcp && !packet.is_fragment && !packet.payload.empty()) {
    if (!recall(kept_of_packet, packet.payload, look.direction))
      scan_payload(look, PayloadClass::tcp,
                   {.bytes = packet.payload, .fresh = packet.payload.size(), .look = kAtStream});
    add_list(look, tables.stream_list[index_of(look.direction)]);
    const auto spoke = spoke_of_packet.begin() + static_cast<std::ptrdiff_t>(num_spoke);
    const auto kept = std::remove_if(
        candidates.get(), candidates.get() + num_candidates, [&](const Candidate& candidate) {
          return std::find(spoke_of_packet.begin(), spoke, candidate.rule) != spoke;
        });
    num_candidates = static_cast<std::size_t>(kept - candidates.get());
  }
  if (num_candidates != 0) evaluate_candidates(look);
  // The bytes of a SYN may still become the stream's first.
  constexpr std::uint8_t kSyn = 2;
  if (unread && look.flow != nullptr && look.flow->has_stream && (packet.tcp_flags & kSyn) != 0)
    for (std::size_t i = 0; i < num_spoke; ++i)
      keep_stream_memory(look, {spoke_of_packet[i], 0, packet.payload.size(), 0});
}

/// Calls the rules that wait for more of the stream, and forgets what is out of reach.
void Detector::Core::recall_stream(const Look& look) noexcept {
  auto& state = *look.flow->state;
  const auto window_end = look.payload.offset + look.payload.bytes.size();
  auto memories = state.stream_memories(look.direction, tables.serial);
  for (std::size_t i = memories.size(); i-- > 0;) {
    auto& memory = memories[i];
    if (memory.pattern_end <= look.payload.offset ||
        window_end - memory.pattern_end > kStreamRetryBytes)
      memory.waits = 0;
    if (memory.waits != 0)
      add_candidate(memory.rule, false, memory.pattern_end);
    else if (memory.spoken_end <= look.payload.offset)
      state.forget(look.direction, i);
  }
}

void Detector::Core::look_at_stream(const Look& given, const BodyView& view) noexcept {
  auto look = given;
  begin(look);
  look.from_stream = true;
  look.payload = {view.window, view.window_offset, true};
  look.has_payload = true;
  stream_flow = look.flow;
  stream_direction = look.direction;
  stream_payload = look.payload;
  search_stream(look, view);
  add_list(look, tables.stream_list[index_of(look.direction)]);
  if (look.flow->state != nullptr) recall_stream(look);
  if (num_candidates != 0) evaluate_stream_candidates(look);
}

void Detector::Core::add_protocol_list(const Look& look) noexcept {
  auto& flow = *look.flow;
  const auto news = 1U << index_of(look.direction);
  if ((flow.protocol_news & news) == 0) return;
  flow.protocol_news = static_cast<std::uint8_t>(flow.protocol_news & ~news);
  add_list(look,
           tables.protocol_list[static_cast<std::size_t>(flow.protocol)][index_of(look.direction)]);
}

/// What is odd is the transaction's, whichever end showed it: rules that look at the other
/// direction only are asked too.
void Detector::Core::look_at_oddities(const Look& given) noexcept {
  if (given.transaction->oddities().empty() || tables.application_events.empty()) return;
  auto look = given;
  look.direction = opposite(given.direction);
  begin(look);
  add_events(tables.application_events, look.transaction->oddities());
  const auto only = 1U << index_of(look.direction);
  const auto end = candidates.get() + num_candidates;
  const auto kept = std::remove_if(candidates.get(), end, [&](const Candidate& candidate) {
    return tables.rules[candidate.rule].directions != only;
  });
  num_candidates = static_cast<std::size_t>(kept - candidates.get());
  if (num_candidates != 0) evaluate_candidates(look);
}

void Detector::Core::look_at_stages(const Look& given) noexcept {
  auto look = given;
  look.may_defer = true;
  begin(look);
  auto& transaction = *look.transaction;
  const auto direction = index_of(look.direction);
  const auto protocol = static_cast<std::size_t>(look.flow->protocol);
  const auto reached = std::min<std::uint8_t>(transaction.stage(look.direction), kNumStages);
  auto& inspected = transaction.inspection.inspected_stage[direction];
  for (; inspected < reached; ++inspected) {
    for (const auto group : tables.stage_groups[protocol][direction][inspected])
      scan_field(look, group);
    add_list(look, tables.transaction_list[protocol][direction][inspected]);
  }
  add_events(tables.application_events, transaction.oddities());
  if (num_candidates != 0) evaluate_candidates(look);
  evaluate_waiting(look);
  look_at_oddities(look);
}

/// A body and the file that is its content are searched once.
void Detector::Core::search_body(const Look& look, rules::Field field,
                                 const BodyView& view) noexcept {
  const auto direction = index_of(look.direction);
  const auto fresh = std::min(view.fresh, view.window.size());
  const auto newest = view.window.last(fresh);
  const bool is_file = field == rules::Field::file_data;
  for (const auto index : tables.body_groups[direction][static_cast<std::size_t>(field)]) {
    const auto& group = tables.groups[index];
    if (group.transforms.count != 0) {
      scan(index, transformed(group.transforms, view.window), {});
      continue;
    }
    // A file's window may begin elsewhere than the body's: expressions are searched for in both.
    const bool is_joint =
        group.looks == kAtAny && group.field == kFileData && group.form == PatternForm::literals;
    const auto searched =
        view.window.last(fresh + std::min<std::size_t>(group.reach, view.window.size() - fresh));
    if (newest.empty() || (is_joint && is_file && recall(kept_of_body, searched, look.direction)))
      continue;
    Grown grown{.bytes = view.window, .fresh = fresh, .look = is_file ? kAtFile : kAtBody};
    if (is_joint && !is_file) {
      grown.kept = &kept_of_body;
      kept_of_body.begin(searched, look.direction, packets_begun);
    }
    scan_grown(index, grown);
  }
}

void Detector::Core::look_at_body(const Look& look, rules::Field field) noexcept {
  const auto view = look.transaction->body(field, look.direction);
  if (!view) return;
  begin(look);
  const auto direction = index_of(look.direction);
  search_body(look, field, *view);
  add_list(look, tables.body_list[direction][static_cast<std::size_t>(field)]);
  add_events(tables.application_events, look.transaction->oddities());
  if (num_candidates != 0) evaluate_candidates(look);
  evaluate_waiting(look);
  look_at_oddities(look);
}

void Detector::Core::look_at_file(const Look& look) noexcept {
  begin(look);
  const auto& file = *look.file;
  const auto direction = index_of(look.direction);
  const auto fresh = std::min(file.body.fresh, file.body.window.size());
  const bool is_first = file.body.window_offset == 0 && file.body.window.size() == fresh;
  // A transaction with file data of its own told of it by body_grew().
  const bool has_own_data =
      look.transaction->body(rules::Field::file_data, look.direction).has_value();
  for (const auto index : tables.file_groups[direction]) {
    const auto& group = tables.groups[index];
    const auto field = static_cast<rules::Field>(group.field);
    Bytes bytes;
    if (field == rules::Field::file_data) {
      if (has_own_data) continue;
      if (group.transforms.count != 0)
        bytes = transformed(group.transforms, file.body.window);
      else if (fresh != 0)
        scan_grown(index, {.bytes = file.body.window, .fresh = fresh, .look = kAtFile});
    } else if (field == rules::Field::file_name) {
      if (!is_first && !file.complete) continue;
      bytes = group.transforms.count != 0 ? transformed(group.transforms, file.name) : file.name;
    } else if (field == rules::Field::file_magic) {
      bytes = bytes_of(look.facts->magic);
    } else if (file.complete) {
      bytes = field == rules::Field::file_md5    ? look.facts->md5
              : field == rules::Field::file_sha1 ? look.facts->sha1
                                                 : look.facts->sha256;
    }
    if (!bytes.empty()) scan(index, bytes, {.look = kAtFile});
  }
  if (is_first || file.complete) add_list(look, tables.file_list[direction]);
  if (num_candidates != 0) evaluate_candidates(look);
  evaluate_waiting(look);
}

}  // namespace sekisho::engines::ips
