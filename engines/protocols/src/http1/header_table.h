#pragma once

#include <array>
#include <cstdint>

#include "engines/memory/pooled_records.h"
#include "http1/text.h"

namespace sekisho::engines::http1 {

/// Names that the parser or a rule's keyword asks for.
enum class Name : std::uint8_t {
  other,
  accept,
  accept_encoding,
  accept_language,
  authorization,
  connection,
  content_disposition,
  content_encoding,
  content_length,
  content_range,
  content_type,
  cookie,
  host,
  http2_settings,
  location,
  referer,
  sec_websocket_extensions,
  server,
  set_cookie,
  transfer_encoding,
  upgrade,
  user_agent,
  x_forwarded_for,
};

/// One header field; offsets count in the head.
struct HeaderField {
  std::uint16_t name_at = 0, name_bytes = 0;
  std::uint16_t value_at = 0, value_bytes = 0;
  Name name = Name::other;
  bool folded = false;  // the value goes on over lines
  bool odd = false;     // browsers differ about whether and how this is read
  bool shadow = false;  // only some would see it: counts for framing and as a Host, not in buffers
};

/// The fields of one message's head, in the pool: most heads have few. A field that the pool
/// refuses is treated as one beyond kMaxFields.
class HeaderTable {
 public:
  static constexpr std::size_t kMaxFields = 128;
  static constexpr std::size_t kMaxHeadBytes = 65535;

  explicit HeaderTable(MemoryPool& pool) noexcept : fields_(pool, kMaxFields) {}

  /// What was odd about the block, in the terms of Suricata's events.
  struct Oddities {
    bool missing_colon = false;
    bool invalid_folding = false;
    bool invalid_name = false;
    bool repetition = false;
    bool too_many = false;
    bool hidden = false;  // bytes that some take for line ends, or names with controls inside
  };

  /// Reads head[block_at...]: the lines after the start line.
  void parse(Bytes head, std::size_t block_at) noexcept;
  void clear() noexcept {
    fields_.clear();
    oddities = {};
  }

  std::span<const HeaderField> fields() const noexcept { return fields_.view(); }
  /// The first visible one; null.
  const HeaderField* find(Name name) const noexcept;
  Oddities oddities;

 private:
  void add_line(Bytes head, std::size_t at, std::size_t size, bool folded) noexcept;
  void add(Bytes head, HeaderField field) noexcept;
  bool asks_another(Bytes head, HeaderField field) noexcept;
  void add_shadow(Bytes head, std::size_t at, std::size_t size) noexcept;

  PooledRecords<HeaderField> fields_;
};

inline Bytes name_of(const HeaderField& field, Bytes head) noexcept {
  return head.subspan(field.name_at, field.name_bytes);
}
inline Bytes raw_value_of(const HeaderField& field, Bytes head) noexcept {
  return head.subspan(field.value_at, field.value_bytes);
}
/// The value on one line: a fold becomes one space.
void add_value(const HeaderField& field, Bytes head, ScratchWriter& out) noexcept;
/// The same; only folded values need `scratch`.
Bytes value_of(const HeaderField& field, Bytes head, std::span<std::uint8_t> scratch) noexcept;

}  // namespace sekisho::engines::http1
