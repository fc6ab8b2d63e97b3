#pragma once

#include "config/events/json_writer.h"
#include "dcerpc/interfaces.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"

namespace sekisho::engines::dcerpc {

/// One exchange over a connection or a named pipe: a binding or a call, in any number of
/// fragments.
class Call {
 public:
  static constexpr std::size_t kMaxStub = 256 * 1024;  // bytes kept of a direction's parameters

  explicit Call(MemoryPool& pool) noexcept : sides_{Side(pool), Side(pool)} {}

  struct Side {
    explicit Side(MemoryPool& pool) noexcept : stub(pool, kMaxStub) {}
    bool seen = false, done = false;
    std::uint8_t type = 0;
    std::uint32_t fragments = 0;
    std::uint64_t stub_bytes = 0;
    PooledBytes stub;
  };
  Side& side(Direction direction) noexcept { return sides_[index_of(direction)]; }
  const Side& side(Direction direction) const noexcept { return sides_[index_of(direction)]; }

  /// A further PDU of this call; bindings go to `interfaces`. False: malformed.
  bool add(const Pdu& pdu, Direction direction, Interfaces& interfaces,
           std::uint64_t transaction) noexcept;
  /// A further piece of parameters.
  void add_stub(Direction direction, Bytes stub) noexcept;

  bool is_call() const noexcept;
  bool is_binding() const noexcept;
  std::uint32_t id = 0;
  std::uint16_t context = 0, operation = 0;
  bool has_operation = false;
  /// Rules know the parameters of responses over TCP with what stands before them: allocation hint,
  /// context, number of cancellations.
  bool keeps_response_head = false;
  std::uint8_t minor = 0;

 private:
  Side sides_[2];
};

/// A PDU that begins an exchange, from the client; one that answers, from the server.
bool is_from(const Pdu& pdu, Direction direction) noexcept;

/// Members of EVE's dcerpc object. Over SMB the operation stands outside of "req".
void write_call(const Call& call, std::span<const Interface> interfaces, std::uint64_t transaction,
                bool over_smb, events::BoundedJsonWriter& json) noexcept;
void write_side(const Call& call, Direction direction, bool over_smb,
                events::BoundedJsonWriter& json) noexcept;
/// One of "interfaces", with names where they are known.
void write_interface(const Interface& one, const Call& call,
                     events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::dcerpc
