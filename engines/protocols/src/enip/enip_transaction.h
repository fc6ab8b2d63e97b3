#pragma once

#include <array>
#include <optional>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"
#include "enip/enip_message.h"

namespace sekisho::engines::enip {

/// Numbers that a CIP message names, of all its services: what rules ask for.
class CipNumbers {
 public:
  enum Kind : std::uint8_t {
    service,
    service_class,
    service_attribute,
    class_id,
    instance,
    attribute,
    status,
    extended_status,
  };
  static constexpr std::size_t kMax = 500;  // of a message; more are not looked at

  explicit CipNumbers(const cip::Service& outer) noexcept;
  std::optional<std::uint64_t> find(Kind kind, std::uint32_t index) const noexcept;

 private:
  void add(Kind kind, std::uint64_t value) noexcept;
  void add_service(const cip::Service& one) noexcept;
  void add_attribute(const cip::Service& one, const cip::Target& target,
                     std::uint32_t value) noexcept;

  std::size_t count_ = 0;
  std::array<std::uint64_t, kMax> values_;  // kind in the highest byte
};

/// A request and its response; one of them may be missing.
class EnipTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxKept = 4096;  // of a message; what is behind is not read

  EnipTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id), pool_(pool), sides_{Side(pool), Side(pool)} {}

  const std::optional<Message>& message(Direction direction) const noexcept {
    return sides_[index_of(direction)].message;
  }
  /// Keeps the bytes; `length` of them there were.
  void take(Direction direction, Bytes bytes, std::uint64_t length) noexcept;
  bool is_asked_by(const Message& response) const noexcept;

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    events.record_due(*this, "enip", 0, Direction::to_server);
  }

 private:
  struct Side {
    explicit Side(MemoryPool& pool) noexcept : kept(pool, kMaxKept) {}
    PooledBytes kept;
    std::optional<Message> message;
    Pooled<CipNumbers> numbers{nullptr, {}};
  };

  MemoryPool& pool_;
  Side sides_[2];
};

/// `"command":..., "status":...` and what follows.
void write_message(const Message& message, events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::enip
