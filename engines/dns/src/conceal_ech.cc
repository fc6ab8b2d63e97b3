#include <algorithm>
#include <optional>

#include "engines/dns/message.h"
#include "names.h"

namespace sekisho::engines::dns {
namespace {

constexpr std::uint16_t kParamMandatory = 0, kParamEch = 5;
/// Numbers for private use: of SvcParams (RFC 9460 §14.3.1), of record types (RFC 6895 §3.1).
constexpr std::uint16_t kFirstPrivateParam = 65280, kLastPrivateParam = 65534;
constexpr std::uint16_t kPrivateType = 65280;
constexpr std::size_t kParamHeader = 4;

void put16(std::uint8_t* at, std::size_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

/// The parameters of a record, of which `ech` is one.
struct Params {
  std::size_t ech_at = 0;      // in the record's data
  std::size_t ech_bytes = 0;   // with its header; 0: there is none
  std::uint16_t last_key = 0;  // of the others
  bool needs_ech = false;      // a client that does not know it must not use the record
};

bool lists_ech(std::span<const std::uint8_t> value) noexcept {
  ByteReader reader(value);
  for (std::uint16_t key = 0; reader.be16(key);)
    if (key == kParamEch) return true;
  return false;
}

/// RFC 9460 §2.2: priority, target name, parameters in ascending order. Nothing: malformed.
std::optional<Params> read_params(std::span<const std::uint8_t> data) noexcept {
  ByteReader reader(data);
  Params params;
  if (!reader.skip(2) || !skip_plain_name(reader)) return std::nullopt;
  int before = -1;
  while (!reader.rest().empty()) {
    const auto at = data.size() - reader.rest().size();
    std::uint16_t key = 0, length = 0;
    std::span<const std::uint8_t> value;
    if (!reader.be16(key) || !reader.be16(length) || !reader.take(length, value) || key <= before)
      return std::nullopt;
    before = key;
    if (key == kParamMandatory) params.needs_ech = lists_ech(value);
    if (key != kParamEch) {
      params.last_key = key;
      continue;
    }
    params.ech_at = at;
    params.ech_bytes = kParamHeader + value.size();
  }
  return params;
}

/// False: nothing of it was ECH.
bool conceal_in(std::span<std::uint8_t> message, const Record& record) noexcept {
  const auto data = message.subspan(record.data_at, record.data.size());
  const auto params = read_params(data);
  if (params && params->ech_bytes == 0 && !params->needs_ech) return false;
  const std::size_t key =
      params ? std::max<std::size_t>(kFirstPrivateParam, params->last_key + std::size_t{1}) : 0;
  if (!params || params->needs_ech || key > kLastPrivateParam) {
    put16(message.data() + record.type_at, kPrivateType);
    std::fill(data.begin() + (params ? static_cast<std::ptrdiff_t>(params->ech_at) : 0), data.end(),
              std::uint8_t{0});
    return true;
  }
  const auto tail = data.subspan(params->ech_at);
  std::rotate(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(params->ech_bytes),
              tail.end());
  const auto last = data.last(params->ech_bytes);
  put16(last.data(), key);
  std::fill(last.begin() + kParamHeader, last.end(), std::uint8_t{0});
  return true;
}

}  // namespace

unsigned conceal_ech(std::span<std::uint8_t> message) noexcept {
  constexpr std::size_t kTypeAndClass = 4;
  ByteReader reader(message);
  Header header;
  if (!read_header(reader, header) ||
      (header.flags & (kResponseFlag | kOpcodeBits)) != kResponseFlag)
    return 0;
  for (unsigned i = 0; i < header.counts[0]; ++i)
    if (!skip_name(reader) || !reader.skip(kTypeAndClass)) return 0;
  unsigned changed = 0;
  const std::size_t records = std::size_t{header.counts[1]} + header.counts[2] + header.counts[3];
  for (std::size_t i = 0; i < records; ++i) {
    const auto record = read_record(message, reader);
    if (!record) break;
    if ((record->type == kTypeHttps || record->type == kTypeSvcb) && conceal_in(message, *record))
      ++changed;
  }
  return changed;
}

}  // namespace sekisho::engines::dns
