#pragma once

#include "dcerpc/call.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines::dcerpc {

/// A binding or a call over TCP, or a call over UDP.
class DcerpcTransaction final : public Transaction {
 public:
  DcerpcTransaction(std::uint64_t id, MemoryPool& pool) noexcept : Transaction(id), call(pool) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    events.record_due(*this, "dcerpc", 0, Direction::to_server);
  }

  Call call;
  const Interfaces* interfaces = nullptr;  // over TCP
  Datagram datagram;                       // over UDP: the first; its body is gone
};

/// The values of dcerpc.* that a call has; also used by SMB.
std::optional<std::span<const std::uint8_t>> call_bytes(const Call& call,
                                                        const Interfaces& interfaces,
                                                        rules::Field field, Direction direction,
                                                        std::uint32_t instance,
                                                        FieldScratch scratch) noexcept;
std::optional<std::uint64_t> call_number(const Call& call, rules::Field field) noexcept;

}  // namespace sekisho::engines::dcerpc
