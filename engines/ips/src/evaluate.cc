#include <x86intrin.h>

#include <algorithm>

#include "config/base/text_bytes.h"
#include "core.h"

namespace sekisho::engines::ips {
namespace {

using rules::Field;
using rules::FieldKind;

bool tests_absence(const Ruleset::Tables& tables, const BufferRecord& buffer) noexcept {
  const auto elements = tables.of(tables.elements, buffer.elements);
  return std::any_of(elements.begin(), elements.end(),
                     [](const Element& element) { return element.kind == ElementKind::absent; });
}

std::optional<Bytes> header_of(Field field, const PacketView& packet) noexcept {
  const auto when = [](bool holds, Bytes bytes) -> std::optional<Bytes> {
    if (!holds || bytes.empty()) return std::nullopt;
    return bytes;
  };
  constexpr std::size_t kEtherHeaderBytes = 14;
  const bool v4 = packet.source.is_v4();
  switch (field) {
    case Field::ether_hdr:
      return when(packet.frame.size() >= kEtherHeaderBytes,
                  packet.frame.first(std::min(kEtherHeaderBytes, packet.frame.size())));
    case Field::ipv4_hdr:
      return when(v4, packet.ip_header);
    case Field::ipv6_hdr:
      return when(!v4, packet.ip_header);
    case Field::tcp_hdr:
      return when(packet.ip_protocol == 6, packet.transport_header);
    case Field::udp_hdr:
      return when(packet.ip_protocol == 17, packet.transport_header);
    case Field::icmpv4_hdr:
      return when(packet.ip_protocol == 1, packet.transport_header);
    case Field::icmpv6_hdr:
      return when(packet.ip_protocol == 58, packet.transport_header);
    case Field::igmp_hdr:
      return when(packet.ip_protocol == 2,
                  packet.transport_header.empty() ? packet.payload : packet.transport_header);
    case Field::sctp_hdr:
      return when(packet.ip_protocol == 132, packet.transport_header);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Bytes> Detector::Core::field_value(const Look& look, Field field, Direction side,
                                                 std::uint32_t instance) noexcept {
  for (std::size_t i = 0; i < num_cached; ++i) {
    const auto& value = cached[i];
    if (value.field == field && value.side == side && value.instance == instance)
      return value.bytes;
  }
  if (look.transaction == nullptr) return std::nullopt;
  auto room = arena.rest();
  room = room.first(std::min(room.size(), kFieldScratchBytes));
  const auto bytes = look.transaction->bytes(field, side, instance, room);
  if (!bytes || bytes->empty() || bytes->data() < room.data() ||
      bytes->data() >= room.data() + room.size())
    return bytes;
  arena.take(static_cast<std::size_t>(bytes->data() - room.data()) + bytes->size());
  if (num_cached < cached.size()) cached[num_cached++] = {field, side, instance, *bytes};
  return bytes;
}

Bytes Detector::Core::transformed(Slice transforms, Bytes bytes) noexcept {
  for (std::size_t i = 0; i < num_changed; ++i) {
    const auto& value = changed[i];
    if (value.from == bytes.data() && value.count == bytes.size() &&
        value.transforms == transforms.first)
      return value.bytes;
  }
  const auto out = transformer.apply(tables.of(tables.transforms, transforms), bytes, arena);
  if (num_changed < changed.size())
    changed[num_changed++] = {bytes.data(), bytes.size(), transforms.first, out};
  return out;
}

bool Detector::Core::value_matches(const BufferRecord& buffer, const BufferInput& input) noexcept {
  const auto elements = tables.of(tables.elements, buffer.elements);
  if (elements.empty()) return true;
  if (buffer.transforms.count == 0) return matcher.matches(elements, input);
  return matcher.matches(elements, {transformed(buffer.transforms, input.bytes), 0, true});
}

bool Detector::Core::missing_matches(const BufferRecord& buffer) const noexcept {
  return tests_absence(tables, buffer);
}

Outcome Detector::Core::look_at_list(const BufferRecord& buffer, const Look& look,
                                     Direction side) noexcept {
  std::uint32_t instance = 0;
  for (; instance < kMaxInstances; ++instance) {
    const auto value = field_value(look, static_cast<Field>(buffer.field), side, instance);
    if (!value) break;
    if (value_matches(buffer, {*value, 0, true})) return Outcome::yes;
  }
  return instance == 0 && missing_matches(buffer) ? Outcome::yes : Outcome::no;
}

Outcome Detector::Core::look_at_grown(const BufferRecord& buffer, const BodyView& view,
                                      bool ended) noexcept {
  const bool complete = view.complete || ended;
  if (complete && view.window_offset + view.window.size() == 0)
    return missing_matches(buffer) ? Outcome::yes : Outcome::no;
  // The parsers keep this much of a value, so what is found at its end was not lost meanwhile.
  constexpr std::size_t kWholeBytes = std::size_t{16} * 1024;
  const bool is_whole = view.window_offset == 0 && view.window.size() < kWholeBytes;
  if (!complete && is_whole && buffer.needs_end != 0) return Outcome::later;
  if (value_matches(buffer, {view.window, view.window_offset, complete})) return Outcome::yes;
  return complete ? Outcome::no : Outcome::later;
}

Outcome Detector::Core::look_at_file_field(const BufferRecord& buffer, const Look& look) noexcept {
  if (look.file == nullptr) return Outcome::later;
  const auto& file = *look.file;
  static const FileFacts kNothing;
  const auto& facts = look.facts != nullptr ? *look.facts : kNothing;
  Bytes bytes;
  switch (static_cast<Field>(buffer.field)) {
    case Field::file_data:
      return look_at_grown(buffer, file.body, file.complete);
    case Field::file_name:
      bytes = file.name;
      break;
    case Field::file_magic:
      bytes = bytes_of(facts.magic);
      break;
    case Field::file_md5:
      bytes = facts.md5;
      break;
    case Field::file_sha1:
      bytes = facts.sha1;
      break;
    case Field::file_sha256:
      bytes = facts.sha256;
      break;
    default:
      return Outcome::no;
  }
  if (!bytes.empty()) return value_matches(buffer, {bytes, 0, true}) ? Outcome::yes : Outcome::no;
  if (!file.complete) return Outcome::later;
  return missing_matches(buffer) ? Outcome::yes : Outcome::no;
}

Direction Detector::Core::side_of_buffer(const BufferRecord& buffer, const Look& look) noexcept {
  const auto asked = static_cast<rules::FieldDirection>(buffer.direction);
  const auto field = static_cast<Field>(buffer.field);
  if (asked == rules::FieldDirection::either) return side_of(field, look.direction);
  return asked == rules::FieldDirection::to_server ? Direction::to_server : Direction::to_client;
}

Outcome Detector::Core::look_at_buffer(const RuleRecord& record, const BufferRecord& buffer,
                                       const Look& look) noexcept {
  const auto field = static_cast<Field>(buffer.field);
  if (field == Field::payload) {
    if (look.has_payload && value_matches(buffer, look.payload)) return Outcome::yes;
    const bool may_grow = look.from_stream || (record.flags & kTransactional) != 0;
    return may_grow ? Outcome::later : Outcome::no;
  }
  if (field == Field::base64_data) {
    const auto bytes = matcher.base64();
    return !bytes.empty() && value_matches(buffer, {bytes, 0, true}) ? Outcome::yes : Outcome::no;
  }
  if (is_packet_field(field)) {
    const auto bytes = header_of(field, *look.packet);
    return bytes && value_matches(buffer, {*bytes, 0, true}) ? Outcome::yes : Outcome::no;
  }
  if (is_file_field(field)) {
    const bool has_own_data =
        field == Field::file_data && look.transaction != nullptr &&
        look.transaction->body(field, side_of_buffer(buffer, look)).has_value();
    if (!has_own_data) return look_at_file_field(buffer, look);
  }
  if (look.transaction == nullptr) return Outcome::no;
  const auto side = side_of_buffer(buffer, look);
  if (look.transaction->stage(side) < buffer.stage) return Outcome::later;
  const auto kind = rules::info_of(field).kind;
  if (kind == FieldKind::body) {
    const auto view = look.transaction->body(field, side);
    if (view) return look_at_grown(buffer, *view, look.transaction->stage(side) == kStageEnd);
    if (look.transaction->stage(side) < kStageEnd) return Outcome::later;
    return missing_matches(buffer) ? Outcome::yes : Outcome::no;
  }
  return look_at_list(buffer, look, side);
}

Outcome Detector::Core::evaluate_parts(const RuleRecord& record, const Look& look, bool proven,
                                       std::uint32_t& satisfied) noexcept {
  if (!header_holds(record, look)) return Outcome::no;
  auto outcome = Outcome::yes;
  for (const auto& test : tables.of(tables.tests, record.tests)) {
    const auto one = test_holds(test, look);
    if (one == Outcome::no) return Outcome::no;
    if (one == Outcome::later) outcome = Outcome::later;
  }
  const auto buffers = tables.of(tables.buffers, record.buffers);
  if (buffers.empty()) return outcome;
  matcher.begin_rule();
  for (std::uint32_t i = 0; i < buffers.size(); ++i) {
    const auto bit = std::uint32_t{1} << i;
    if ((satisfied & bit) != 0) continue;
    if (proven && i == record.fast_buffer && (record.flags & kPrefilterDecides) != 0) {
      satisfied |= bit;
      continue;
    }
    const auto one = look_at_buffer(record, buffers[i], look);
    if (one == Outcome::no) return Outcome::no;
    if (one == Outcome::later) {
      outcome = Outcome::later;
      continue;
    }
    // What later buffers take from this one must be there again.
    const bool feeds = (record.flags & (kHasVariables | kHasNotes)) != 0 ||
                       (i + 1 < buffers.size() &&
                        buffers[i + 1].field == static_cast<std::uint16_t>(Field::base64_data));
    if (!feeds) satisfied |= bit;
  }
  return outcome;
}

Outcome Detector::Core::evaluate(std::uint32_t rule, const Look& look, bool proven,
                                 std::uint32_t& satisfied) noexcept {
  const auto& record = tables.rules[rule];
  // Even a rule that is off sets the flow bits that others ask for.
  if (use_of(rule, look) == RuleUse::off && record.changes.count == 0) return Outcome::no;
  auto& cost = costs[rule];
  ++counts.evaluations;
  ++cost.evaluations;
  first_note = notes.count();
  const bool sampled = --until_sample == 0;
  const auto begin = sampled ? __rdtsc() : 0;
  const auto outcome = evaluate_parts(record, look, proven, satisfied);
  if (sampled) {
    until_sample = kCostSamplePeriod;
    cost.sampled_cycles += __rdtsc() - begin;
  }
  if (outcome != Outcome::yes) notes.forget(first_note);
  return outcome;
}

}  // namespace sekisho::engines::ips
