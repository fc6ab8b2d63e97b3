#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/events/json_writer.h"
#include "rules/ips/field.h"

namespace sekisho::engines {

enum class Direction : std::uint8_t { to_server, to_client };
constexpr Direction opposite(Direction direction) noexcept {
  return direction == Direction::to_server ? Direction::to_client : Direction::to_server;
}
constexpr std::size_t index_of(Direction direction) noexcept {
  return static_cast<std::size_t>(direction);
}

/// A growing value (a body, a file) as far as it is still at hand.
struct BodyView {
  std::span<const std::uint8_t> window;  // the newest bytes, contiguous
  std::uint64_t window_offset = 0;       // of window[0] in the whole value
  std::size_t fresh = 0;                 // bytes at the window's end that were not reported before
  bool complete = false;                 // nothing more will come
};

/// Worker's memory for values that exist only while they are looked at.
using FieldScratch = std::span<std::uint8_t>;
inline constexpr std::size_t kFieldScratchBytes = 64 * 1024;

/// Stages: 0 nothing yet; then as FieldInfo::stage counts; kStageEnd: the direction is complete.
inline constexpr std::uint8_t kStageEnd = 250;

/// One exchange of a protocol: a request and its answer, a mail, a handshake. Owned by its parser.
/// What it lends stays valid until the next call of the parser.
class Transaction {
 public:
  explicit Transaction(std::uint64_t id) noexcept : id_(id) {}
  virtual ~Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Counts within the conversation, from 0.
  std::uint64_t id() const noexcept { return id_; }
  std::uint8_t stage(Direction direction) const noexcept { return stage_[index_of(direction)]; }

  /// The value of a field of kind bytes (instance 0) or list (instances from 0); nullopt: there is
  /// none. May use `scratch`; cuts what does not fit.
  virtual std::optional<std::span<const std::uint8_t>> bytes(rules::Field field,
                                                             Direction direction,
                                                             std::uint32_t instance,
                                                             FieldScratch scratch) const noexcept;
  virtual std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                              std::uint32_t instance) const noexcept;
  virtual std::optional<BodyView> body(rules::Field field, Direction direction) const noexcept;
  /// Of TLS and QUIC: the client's hello has the extension of Encrypted Client Hello (RFC 9849), or
  /// what pretends to be it (GREASE): nobody but the server can tell.
  virtual bool offers_encrypted_hello() const noexcept { return false; }

  /// Of HTTP/2: the stream (RFC 9113 §5.1.1); 0 of every other protocol.
  virtual std::uint32_t stream_id() const noexcept { return 0; }

  /// Members for EVE, as Suricata names them: `"http": {...}`. `kind` is the parser's own, as it
  /// gave it to ProtocolEvents::record_due(); 0 is what an alert carries.
  virtual void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept;

  /// Oddities seen in it ("http.request_line_incomplete"): app-layer-event. Static strings.
  std::span<const std::string_view> oddities() const noexcept { return {oddities_, num_oddities_}; }
  /// A further one; beyond kMaxOddities they are left out.
  void add_oddity(std::string_view name) noexcept;

  void set_stage(Direction direction, std::uint8_t stage) noexcept {
    stage_[index_of(direction)] = stage;
  }

  /// Values of stages that were reached have changed: rules that did not match look again when the
  /// next stage_reached() comes. So often only, as each look costs what the first one did.
  void look_again(Direction direction) noexcept {
    if (num_looks_again_ == kMaxLooksAgain) return;
    ++num_looks_again_;
    inspection.inspected_stage[index_of(direction)] = 0;
  }
  static constexpr std::uint8_t kMaxLooksAgain = 64;

  /// The IPS's own place (engines/ips), zero at first: how far it looked, what waits for more.
  struct InspectionState {
    std::uint8_t inspected_stage[2] = {};
    std::uint8_t flags = 0;
    void* waiting = nullptr;
  };
  InspectionState inspection;

  static constexpr std::size_t kMaxOddities = 8;

 private:
  std::uint64_t id_;
  std::uint8_t stage_[2] = {};
  std::uint8_t num_oddities_ = 0, num_looks_again_ = 0;
  std::string_view oddities_[kMaxOddities];
};

}  // namespace sekisho::engines
