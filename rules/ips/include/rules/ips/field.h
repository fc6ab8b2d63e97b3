#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/ips/protocol.h"

namespace sekisho::rules {

/// What the keyword of a rule can test: a piece of a packet, a transaction or a file.
enum class Field : std::uint16_t {
#define SEKISHO_FIELD(id, name, kind, direction, stage, protocols) id,
#include "rules/ips/field_list.inc"
#undef SEKISHO_FIELD
};

enum class FieldKind : std::uint8_t {
  bytes,    // one value
  list,     // any number of values, each a buffer of its own: one that satisfies is enough
  body,     // grows: further bytes arrive while the transaction runs
  number,   // one integer
  numbers,  // any number of integers: one that satisfies is enough
};

/// Whose bytes: `either` has a value of its own in each direction.
enum class FieldDirection : std::uint8_t { to_server, to_client, either };

struct FieldInfo {
  std::string_view name;  // the keyword's modern spelling
  FieldKind kind;
  FieldDirection direction;
  /// The transaction's stage in that direction from which the value is final (a body: begins).
  /// 1 is what comes first of a protocol. HTTP: 1 start line, 2 header, 3 end. SMTP: 1 envelope,
  /// 2 header, 3 end. TLS: 1 hello, 2 certificates. 4: frames. 0: fields of packets.
  std::uint8_t stage;
  std::uint64_t protocols;  // bits; 0: of packets, or of every protocol that has it
};

/// Frames stand beside transactions: a stage that no transaction's own fields have.
inline constexpr std::uint8_t kFrameStage = 4;
inline constexpr std::string_view kFramePrefix = "frame:";

const FieldInfo& info_of(Field field) noexcept;
std::size_t num_fields() noexcept;

}  // namespace sekisho::rules
