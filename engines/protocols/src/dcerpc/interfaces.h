#pragma once

#include <array>
#include <cstdint>

#include "dcerpc/pdu.h"

namespace sekisho::engines::dcerpc {

/// What a client asked to speak in one context, and what the server thought of it.
struct Interface {
  std::array<std::uint8_t, kUuidBytes> uuid{};  // in the order of its text
  std::uint16_t major = 0, minor = 0;
  std::uint16_t context = 0;
  std::uint16_t result = 0;  // C706 §12.6.3.1: 0 accepted
  bool answered = false;
  std::uint64_t bound_by = 0;  // transaction

  bool accepted() const noexcept { return answered && result == 0; }
};

/// The contexts of a connection or named pipe.
class Interfaces {
 public:
  static constexpr std::size_t kMax = 96;  // a further one takes the oldest's place

  /// Of a BIND or ALTER_CONTEXT; false: malformed (those before are taken).
  bool bind(const Pdu& pdu, std::uint64_t transaction) noexcept;
  /// Of their answer: results in the order of the request's contexts.
  bool answer(const Pdu& pdu, std::uint64_t transaction) noexcept;
  /// Null: none was accepted for this context.
  const Interface* accepted(std::uint16_t context) const noexcept;
  std::span<const Interface> all() const noexcept { return {all_.data(), count_}; }

 private:
  Interface& place_for(std::uint16_t context, std::uint64_t transaction) noexcept;

  std::array<Interface, kMax> all_;
  std::size_t count_ = 0;
};

/// A value of dcerpc.iface: UUID in the order of its text, major and minor version, big-endian.
inline constexpr std::size_t kInterfaceFieldBytes = kUuidBytes + 4;
Bytes interface_field(const std::uint8_t* uuid, std::uint16_t major, std::uint16_t minor,
                      std::span<std::uint8_t> room) noexcept;

}  // namespace sekisho::engines::dcerpc
