#include "dataplane/answers/dns_refusal.h"

#include <algorithm>
#include <optional>

#include "config/base/byte_reader.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kHeader = 12, kMaxName = 255;
constexpr std::uint16_t kResponse = 0x8000, kOpcode = 0x7800, kRecursionDesired = 0x0100,
                        kRecursionAvailable = 0x0080, kCheckingDisabled = 0x0010;
constexpr std::uint16_t kRefused = 5;
constexpr std::uint16_t kTypeOpt = 41, kDnssecOk = 0x8000;
constexpr std::uint16_t kExtendedError = 15;  // the option; RFC 8914 §2
constexpr std::uint16_t kBlocked = 15;        // its code; §4.16
constexpr std::uint16_t kPayloadOffered = 1232;

struct Query {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::span<const std::uint8_t> name;      // labels, with the root's
  std::span<const std::uint8_t> question;  // name, type and class
  bool has_edns = false;
  bool wants_dnssec = false;
};

/// Labels down to the root's; a query has no name to point back to, so pointers are refused.
bool skip_name(ByteReader& reader) noexcept {
  constexpr std::uint8_t kLongestLabel = 63;
  std::size_t total = 0;
  std::uint8_t length = 0;
  while (reader.u8(length)) {
    total += length + std::size_t{1};
    if (length == 0) return true;
    if (length > kLongestLabel || total >= kMaxName || !reader.skip(length)) return false;
  }
  return false;
}

/// The OPT record among the additional ones (RFC 6891 §6.1.1), if they can be read.
void read_edns(ByteReader& reader, std::uint16_t additional, Query& query) noexcept {
  for (; additional != 0; --additional) {
    std::uint16_t type = 0, size = 0, extended = 0, flags = 0, length = 0;
    if (!skip_name(reader) || !reader.be16(type) || !reader.be16(size) || !reader.be16(extended) ||
        !reader.be16(flags) || !reader.be16(length) || !reader.skip(length))
      return;
    if (type != kTypeOpt) continue;
    query.has_edns = true;
    query.wants_dnssec = (flags & kDnssecOk) != 0;
    return;
  }
}

std::optional<Query> read_query(std::span<const std::uint8_t> message) noexcept {
  Query query;
  ByteReader reader(message);
  std::uint16_t questions = 0, answers = 0, authorities = 0, additional = 0;
  if (!reader.be16(query.id) || !reader.be16(query.flags) || !reader.be16(questions) ||
      !reader.be16(answers) || !reader.be16(authorities) || !reader.be16(additional))
    return std::nullopt;
  if ((query.flags & (kResponse | kOpcode)) != 0 || questions != 1 || answers != 0 ||
      authorities != 0)
    return std::nullopt;
  constexpr std::size_t kTypeAndClass = 4;
  const auto before = reader.rest();
  if (!skip_name(reader)) return std::nullopt;
  query.name = before.first(before.size() - reader.rest().size());
  if (!reader.skip(kTypeAndClass)) return std::nullopt;
  query.question = before.first(before.size() - reader.rest().size());
  read_edns(reader, additional, query);
  return query;
}

/// Appends to a buffer whose size was checked before.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) noexcept : out_(out) {}
  void be16(std::size_t value) noexcept {
    out_[size_++] = static_cast<std::uint8_t>(value >> 8);
    out_[size_++] = static_cast<std::uint8_t>(value);
  }
  template <class Bytes>
  void bytes(const Bytes& bytes) noexcept {
    for (const auto byte : bytes) out_[size_++] = static_cast<std::uint8_t>(byte);
  }
  std::size_t size() const noexcept { return size_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t write_dns_refusal(std::span<const std::uint8_t> message, std::string_view explanation,
                              std::span<std::uint8_t> out) noexcept {
  constexpr std::size_t kOptRecord = 11, kOptionHeader = 4, kInfoCode = 2;
  const auto query = read_query(message);
  if (!query) return 0;
  const std::size_t option = kInfoCode + explanation.size();
  const std::size_t total = kHeader + query->question.size() +
                            (query->has_edns ? kOptRecord + kOptionHeader + option : 0);
  if (total > out.size()) return 0;
  Writer writer(out);
  writer.be16(query->id);
  writer.be16(kResponse | kRecursionAvailable | kRefused |
              (query->flags & (kRecursionDesired | kCheckingDisabled)));
  writer.be16(1);  // question
  writer.be16(0);
  writer.be16(0);
  writer.be16(query->has_edns ? 1 : 0);
  writer.bytes(query->question);
  if (!query->has_edns) return writer.size();
  writer.bytes(std::string_view("\0", 1));  // the root's name
  writer.be16(kTypeOpt);
  writer.be16(kPayloadOffered);
  writer.be16(0);  // extended RCODE, version
  writer.be16(query->wants_dnssec ? kDnssecOk : 0);
  writer.be16(kOptionHeader + option);
  writer.be16(kExtendedError);
  writer.be16(option);
  writer.be16(kBlocked);
  writer.bytes(explanation);
  return writer.size();
}

std::string_view name_of_dns_query(std::span<const std::uint8_t> message,
                                   std::span<char> out) noexcept {
  const auto query = read_query(message);
  if (!query || query->name.size() > out.size()) return {};
  std::size_t size = 0;
  ByteReader reader(query->name);
  std::uint8_t length = 0;
  std::span<const std::uint8_t> label;
  while (reader.u8(length) && length != 0 && reader.take(length, label)) {
    if (size != 0) out[size++] = '.';
    for (const auto byte : label) {
      if (byte <= 0x20 || byte >= 0x7f) return {};
      out[size++] = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
  }
  return {out.data(), size};
}

}  // namespace sekisho::dataplane
