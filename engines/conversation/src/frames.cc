// Frames: pieces of a conversation as they were sent, which rules may look at.
#include <algorithm>
#include <functional>
#include <utility>

#include "conversation.h"

namespace sekisho::engines {
namespace {

/// A frame as rules see transactions; its records are those of the transaction it is part of.
class FrameTransaction final : public Transaction {
 public:
  FrameTransaction(rules::Field field, Direction direction, std::span<const std::uint8_t> bytes,
                   const Transaction* part_of) noexcept
      : Transaction(part_of == nullptr ? 0 : part_of->id()),
        field_(field),
        bytes_(bytes),
        part_of_(part_of) {
    // fields of transactions are not asked for
    inspection.inspected_stage[index_of(direction)] = rules::kFrameStage - 1;
    set_stage(direction, rules::kFrameStage);
  }

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch) const noexcept override {
    if (field != field_ || instance != 0 || stage(direction) == 0) return std::nullopt;
    return bytes_;
  }
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override {
    if (part_of_ != nullptr) part_of_->write_record(kind, json);
  }

 private:
  rules::Field field_;
  std::span<const std::uint8_t> bytes_;
  const Transaction* part_of_;
};

}  // namespace

bool Conversation::wants_frames() const noexcept {
  return core_.rules != nullptr && core_.rules->wants_frames();
}

/// For a conversation that begins; one that runs when rules first look at frames has none.
void Conversation::cut_frames_of(Protocol protocol) noexcept {
  if (seldom_) seldom_->cutter.reset();
  if (!wants_frames()) return;
  auto cutter = make_frame_cutter(protocol, is_tcp(), *core_.pool);
  if (cutter && seldom() != nullptr) seldom_->cutter = std::move(cutter);
}

void Conversation::frame(rules::Field field, Direction direction,
                         std::span<const std::uint8_t> bytes) noexcept {
  if (!wants_frames() || bytes.empty()) return;
  const auto* part_of = parser_ == nullptr ? nullptr : parser_->current(direction);
  FrameTransaction transaction(field, direction, bytes, part_of);
  frame_ = &transaction;
  core_.detector->stage_reached(view_, transaction, direction, *packet_, *this);
  core_.detector->ended(view_, transaction);
  frame_ = nullptr;
}

/// The window has what came before the bytes under way; bytes that waited to be recognised are
/// somewhere else, and the stream's first.
std::span<const std::uint8_t> Conversation::bytes_before(const std::uint8_t* end,
                                                         std::uint64_t count) const noexcept {
  const auto contains = [end](std::span<const std::uint8_t> region) {
    return !region.empty() && !std::less<>{}(end, region.data()) &&
           !std::less<>{}(region.data() + region.size(), end);
  };
  const auto region = contains(stream_window_) ? stream_window_ : consumed_;
  if (!contains(region)) return {};
  const auto before = static_cast<std::size_t>(end - region.data());
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count, before));
  return {end - size, size};
}

}  // namespace sekisho::engines
