#include "config/events/text_event.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace sekisho::events {
namespace {

/// Takes up to `room` bytes off the front of several texts, as if they were one.
class Pieces {
 public:
  Pieces(std::string_view a, std::string_view b, std::string_view c) noexcept : parts_{a, b, c} {}
  std::size_t size() const noexcept {
    return parts_[0].size() + parts_[1].size() + parts_[2].size();
  }
  std::size_t take(char* out, std::size_t room) noexcept {
    std::size_t taken = 0;
    for (auto& part : parts_) {
      const auto count = std::min(part.size(), room - taken);
      if (count != 0) std::memcpy(out + taken, part.data(), count);
      part.remove_prefix(count);
      taken += count;
    }
    return taken;
  }

 private:
  std::array<std::string_view, 3> parts_;
};

}  // namespace

bool put_text(EventRing& ring, const EventRecord& head, bool to_client, std::string_view event_type,
              std::string_view members) noexcept {
  static constexpr char kEndOfType = 0;
  Pieces pieces(event_type, std::string_view(&kEndOfType, 1), members);
  const auto count = (pieces.size() + TextFields::kBytes - 1) / TextFields::kBytes;
  if (count > kMaxTextRecords || !ring.reserve(count)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    EventRecord& record = ring.slot(i);
    record = head;
    record.type = i == 0 ? EventType::text : EventType::continuation;
    record.text = {};
    record.text.continuations = static_cast<std::uint16_t>(i == 0 ? count - 1 : 0);
    record.text.to_client = to_client ? 1 : 0;
    record.text.bytes =
        static_cast<std::uint16_t>(pieces.take(record.text.text.data(), TextFields::kBytes));
  }
  ring.commit(count);
  return true;
}

void put_policy(EventRing& ring, const EventRecord& head, PolicyFields fields, std::string_view url,
                bool is_cut) noexcept {
  static constexpr char kCut = 0;
  is_cut = is_cut || url.size() > kMaxPolicyUrlBytes;
  Pieces text(url.substr(0, kMaxPolicyUrlBytes), std::string_view(&kCut, is_cut ? 1 : 0), {});
  const auto pieces = (text.size() + TextFields::kBytes - 1) / TextFields::kBytes;
  if (!ring.reserve(1 + pieces)) return;
  fields.continuations = static_cast<std::uint16_t>(pieces);
  EventRecord& first = ring.slot(0);
  first = head;
  first.type = EventType::policy;
  first.policy = fields;
  for (std::size_t i = 1; i <= pieces; ++i) {
    EventRecord& record = ring.slot(i);
    record = head;
    record.type = EventType::continuation;
    record.text = {};
    record.text.bytes =
        static_cast<std::uint16_t>(text.take(record.text.text.data(), TextFields::kBytes));
  }
  ring.commit(1 + pieces);
}

}  // namespace sekisho::events
