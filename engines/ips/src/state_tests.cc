#include <algorithm>

#include "config/base/text_bytes.h"
#include "core.h"
#include "dataset_key.h"

namespace sekisho::engines::ips {
namespace {

using BitCommand = rules::FlowBits::Command;

constexpr std::uint64_t kHostBitKind = 2;
constexpr std::uint64_t kDatasetKind = 3;
constexpr std::uint64_t kInSet = 1, kNotInSet = 2;  // a set's change at run time

/// Any, both, source, destination: what a rule asks of one or two addresses.
template <class Side, class Holds>
bool sides_hold(Side side, const IpAddress& source, const IpAddress& destination, Holds holds) {
  switch (side) {
    case Side::source:
      return holds(source);
    case Side::destination:
      return holds(destination);
    case Side::both:
      return holds(source) && holds(destination);
    case Side::any:
      return holds(source) || holds(destination);
  }
  return false;
}

}  // namespace

bool Detector::Core::protocol_holds(const TestRecord& test, const Look& look) const noexcept {
  using Mode = rules::ApplicationProtocolTest::Mode;
  if (look.flow == nullptr) return false;
  const auto& flow = *look.flow;
  auto protocol = flow.protocol;
  switch (static_cast<Mode>(test.mode)) {
    case Mode::either: {
      const auto of_direction = flow.protocol_by_direction[index_of(look.direction)];
      if (of_direction != Protocol::unknown) protocol = of_direction;
      break;
    }
    case Mode::to_server:
      protocol = flow.protocol_by_direction[0];
      break;
    case Mode::to_client:
      protocol = flow.protocol_by_direction[1];
      break;
    case Mode::final:
      break;
    case Mode::original:
      protocol = flow.original_protocol;
      break;
  }
  // What is not decided yet is not "not that protocol" either.
  if (protocol == Protocol::unknown) return (test.low & rules::bit_of(protocol)) != 0;
  return ((test.low & protocols_seen_in(protocol)) != 0) != (test.negated != 0);
}

bool Detector::Core::event_holds(const TestRecord& test, const Look& look) const noexcept {
  const auto name = tables.text(test.list);
  const auto has_name = [name](std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (test.kind == TestKind::application_event)
    return (look.transaction != nullptr && has_name(look.transaction->oddities())) ||
           (look.flow != nullptr && !name.empty() && name == look.flow->application_oddity);
  return (look.flow != nullptr && has_name(look.flow->stream_oddities)) ||
         has_name(look.packet->oddities);
}

bool Detector::Core::country_holds(const TestRecord& test, const Look& look) const noexcept {
  const auto countries = tables.of(tables.ids, test.list);
  const auto is_from = [&](const IpAddress& address) {
    const auto steps = tables.country_steps;
    const auto behind = std::upper_bound(
        steps.begin(), steps.end(), address,
        [](const IpAddress& one, const CountryStep& step) { return one < step.first; });
    const auto code = behind == steps.begin() ? kNoCountry : std::prev(behind)->country;
    if (code == kNoCountry) return false;
    const bool listed = std::find(countries.begin(), countries.end(), code) != countries.end();
    return listed != (test.negated != 0);
  };
  return sides_hold(static_cast<rules::GeoTest::Side>(test.mode), source_of(look),
                    destination_of(look), is_from);
}

bool Detector::Core::reputation_of(const TestRecord& test,
                                   const IpAddress& address) const noexcept {
  const auto steps = tables.reputation_steps;
  const auto behind = std::upper_bound(
      steps.begin(), steps.end(), address,
      [](const IpAddress& one, const AddressStep& step) { return one < step.first; });
  bool listed = false;
  std::uint32_t score = 0;
  if (behind != steps.begin())
    for (const auto index : tables.of(tables.ids, std::prev(behind)->rules)) {
      const auto& entry = tables.reputations[index];
      if (entry.category != test.extra) continue;
      listed = true;
      score = std::max(score, entry.score);
    }
  if (test.all == 1) return listed;
  if (test.all == 2) return !listed;
  return listed && compare(static_cast<rules::Comparison>(test.comparison), score, test.low,
                           test.high) != (test.negated != 0);
}

bool Detector::Core::reputation_holds(const TestRecord& test, const Look& look) const noexcept {
  return sides_hold(static_cast<rules::ReputationTest::Side>(test.mode), source_of(look),
                    destination_of(look),
                    [&](const IpAddress& address) { return reputation_of(test, address); });
}

bool Detector::Core::flow_bits_hold(const TestRecord& test, const Look& look) const noexcept {
  const auto command = static_cast<BitCommand>(test.mode);
  if (look.flow == nullptr) return false;
  const auto* state = look.flow->state;
  const auto bits = tables.of(tables.ids, test.list);
  const auto is_set = [state](std::uint32_t bit) {
    return state != nullptr && state->has_bit(bit);
  };
  if (command == BitCommand::isset) return std::any_of(bits.begin(), bits.end(), is_set);
  if (command == BitCommand::isnotset)
    return std::any_of(bits.begin(), bits.end(), [&](std::uint32_t bit) { return !is_set(bit); });
  return true;
}

bool Detector::Core::flow_integer_holds(const TestRecord& test, const Look& look) const noexcept {
  using Command = rules::FlowInteger::Command;
  if (look.flow == nullptr) return false;
  const auto* state = look.flow->state;
  std::int64_t value = 0;
  const bool is_set = state != nullptr && state->integer(test.extra, value);
  const auto command = static_cast<Command>(test.mode);
  if (command == Command::isset) return is_set;
  if (command == Command::isnotset) return !is_set;
  if (command != Command::compare) return true;
  auto wanted = static_cast<std::int64_t>(test.low);
  if (test.all != 0 &&
      (state == nullptr || !state->integer(static_cast<std::uint32_t>(test.high), wanted)))
    return false;
  // Both are compared as the unsigned numbers that the language knows.
  return is_set &&
         compare(static_cast<rules::Comparison>(test.comparison), static_cast<std::uint64_t>(value),
                 static_cast<std::uint64_t>(wanted), static_cast<std::uint64_t>(wanted));
}

bool Detector::Core::flow_text_holds(const TestRecord& test, const Look& look) const noexcept {
  const auto wanted = tables.of(tables.strings, test.list);
  if (test.mode == 0)
    return look.flow != nullptr && look.flow->state != nullptr &&
           look.flow->state->has_text(test.extra, wanted);
  const auto kept = notes.from(0, notes.count());
  return std::any_of(kept.begin(), kept.end(), [&](const AlertNote& note) {
    return note.scope == AlertNote::Scope::packet && name_key(note.name) == test.extra &&
           note.value.find(as_text(wanted)) != std::string_view::npos;
  });
}

std::uint64_t Detector::Core::host_bit_key(const TestRecord& test,
                                           const Look& look) const noexcept {
  using Track = rules::HostBits::Track;
  std::array<std::uint8_t, 32> subject{};
  const auto* first = &source_of(look);
  const auto* second = &destination_of(look);
  switch (static_cast<Track>(test.all)) {
    case Track::source:
      std::copy(first->bytes.begin(), first->bytes.end(), subject.begin());
      break;
    case Track::destination:
      std::copy(second->bytes.begin(), second->bytes.end(), subject.begin());
      break;
    case Track::pair:
      if (*second < *first) std::swap(first, second);
      std::copy(first->bytes.begin(), first->bytes.end(), subject.begin());
      std::copy(second->bytes.begin(), second->bytes.end(), subject.begin() + 16);
      break;
    case Track::tx: {
      const std::uint64_t ids[2] = {look.flow != nullptr ? look.flow->flow_id : 0,
                                    look.transaction != nullptr ? look.transaction->id() : 0};
      std::memcpy(subject.data(), ids, sizeof(ids));
      break;
    }
  }
  // One host's bit is the same whichever side a rule calls it by.
  const bool of_host = static_cast<Track>(test.all) <= Track::destination;
  return host_key(kHostBitKind, std::uint64_t{test.extra} << 2 | (of_host ? 0U : test.all),
                  subject);
}

bool Detector::Core::host_bits_hold(const TestRecord& test, const Look& look) noexcept {
  const auto command = static_cast<BitCommand>(test.mode);
  if (command != BitCommand::isset && command != BitCommand::isnotset) return true;
  const auto* slot = hosts.find(host_bit_key(test, look), now_ms);
  const bool is_set = slot != nullptr && slot->value.load(std::memory_order_relaxed) != 0;
  return is_set == (command == BitCommand::isset);
}

bool Detector::Core::in_dataset(std::uint32_t index, rules::DatasetTest::Command command,
                                rules::Comparison comparison, std::uint64_t bound,
                                Slice context_name, Bytes value) noexcept {
  using Command = rules::DatasetTest::Command;
  const auto& set = tables.datasets[index];
  const auto key = dataset_key(static_cast<rules::DatasetTest::Type>(set.type), value);
  const auto slot_key = host_key(kDatasetKind, set.id, bytes_of(std::as_bytes(std::span(&key, 1))));
  const auto entries = tables.of(tables.dataset_entries, set.entries);
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), key, [](const DatasetEntry& entry, const Hash128& wanted) {
        return std::pair(entry.key[0], entry.key[1]) < std::pair(wanted.low, wanted.high);
      });
  bool is_in = found != entries.end() && found->key[0] == key.low && found->key[1] == key.high;
  if (is_in && context_name.count != 0 && found->context.count != 0)
    notes.add(AlertNote::Scope::context_json, tables.text(context_name),
              tables.of(tables.strings, found->context));
  if (command == Command::reputation)
    return is_in && compare(comparison, found->reputation, bound, bound);
  if (const auto* slot = hosts.find(slot_key, now_ms))
    is_in = slot->value.load(std::memory_order_relaxed) == kInSet;
  if (command == Command::set || command == Command::unset) {
    // Holds when it changes the set.
    const bool adds = command == Command::set;
    if (is_in == adds) return false;
    hosts.find_or_make(slot_key, now_ms, HostState::Tables::kNever)
        .value.store(adds ? kInSet : kNotInSet, std::memory_order_relaxed);
    return true;
  }
  return is_in == (command == Command::isset);
}

bool Detector::Core::dataset(const Element& test, Bytes value) noexcept {
  return in_dataset(test.extra, static_cast<rules::DatasetTest::Command>(test.operation),
                    static_cast<rules::Comparison>(test.comparison), test.number, test.names,
                    value);
}

bool Detector::Core::address_holds(const TestRecord& test, const Look& look) noexcept {
  const auto& address = test.mode != 0 ? source_of(look) : destination_of(look);
  return in_dataset(test.extra, static_cast<rules::DatasetTest::Command>(test.all),
                    static_cast<rules::Comparison>(test.comparison), test.low, test.list,
                    address.bytes);
}

}  // namespace sekisho::engines::ips
