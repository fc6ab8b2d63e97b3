#include <algorithm>
#include <array>
#include <cstring>

#include "config/base/byte_reader.h"
#include "engines/firewall/firewall.h"
#include "fqdn_patterns.h"

namespace sekisho::engines::firewall {

namespace {

constexpr std::size_t kMaxPatterns = 16;        // patterns that the names of one chain belong to
constexpr std::size_t kMaxChain = 16;           // CNAMEs that are followed
constexpr std::size_t kMaxWireNameBytes = 255;  // RFC 1035 §2.3.4
constexpr int kMaxJumps = 16;                   // compression pointers of one name
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kClassInternet = 1;

/// A name as text in lower case, without a trailing dot.
struct Name {
  std::array<char, kMaxNameBytes> text;
  std::size_t size = 0;
  std::string_view view() const noexcept { return {text.data(), size}; }
};

/// Names are told apart by hash while a message is read. A clash could only add what the sender of
/// the message could have written outright.
using NameHash = std::uint64_t;

bool append_label(std::span<const std::uint8_t> label, Name& name) noexcept {
  if (name.size + (name.size != 0 ? 1 : 0) + label.size() > name.text.size()) return false;
  if (name.size != 0) name.text[name.size++] = '.';
  for (const std::uint8_t byte : label) {
    const char c = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
    const bool usual = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!usual) return false;  // a '.' inside a label would pass for another name
    name.text[name.size++] = c;
  }
  return true;
}

/// Reads the name at `offset` (RFC 1035 §4.1.4) and moves `offset` behind it. Returns false when
/// the message is broken; a name that is not a host name leaves `out` empty.
bool read_name(std::span<const std::uint8_t> message, std::size_t& offset, Name& out) noexcept {
  out.size = 0;
  bool host_name = true;
  bool jumped = false;
  int jumps = 0;
  for (std::size_t at = offset;;) {
    if (at >= message.size()) return false;
    const std::size_t start = at;
    const std::uint8_t length = message[at++];
    if (length >= 0xc0) {
      if (at >= message.size() || ++jumps > kMaxJumps) return false;
      const std::size_t target = std::size_t{length & 0x3fu} << 8 | message[at++];
      if (!jumped) offset = at;
      jumped = true;
      if (target >= start) return false;  // only backwards, so that it ends
      at = target;
      continue;
    }
    if (length > 63 || message.size() - at < length) return false;
    if (length == 0) {
      if (!jumped) offset = at;
      if (!host_name) out.size = 0;
      return true;
    }
    host_name = host_name && append_label(message.subspan(at, length), out);
    at += length;
  }
}

struct Record {
  NameHash owner;
  std::uint16_t type;
  std::uint32_t ttl;
  IpAddress address;  // A, AAAA
  NameHash target;    // CNAME
  std::size_t target_offset;
};

/// The answer section as far as it is of use.
struct Answer {
  std::array<Record, kMaxDnsRecords> records;
  std::size_t count = 0;
};

bool be16_at(std::span<const std::uint8_t> message, std::size_t& offset,
             std::uint16_t& out) noexcept {
  ByteReader reader(message.subspan(offset));
  if (!reader.be16(out)) return false;
  offset += 2;
  return true;
}

/// Reads the data of an A, AAAA or CNAME record; false for any other, or a broken one.
bool read_data(std::span<const std::uint8_t> message, std::size_t offset, std::size_t length,
               Record& record) noexcept {
  if (record.type == kTypeA && length == 4) {
    std::uint32_t v4 = 0;
    ByteReader reader(message.subspan(offset));
    if (!reader.be32(v4)) return false;
    record.address = IpAddress::from_v4(v4);
    return true;
  }
  if (record.type == kTypeAaaa && length == 16) {
    std::copy_n(message.begin() + static_cast<std::ptrdiff_t>(offset), 16,
                record.address.bytes.begin());
    return !record.address.is_v4();
  }
  if (record.type != kTypeCname) return false;
  Name target;
  record.target_offset = offset;
  if (!read_name(message, offset, target) || target.size == 0) return false;
  record.target = suffix_hash(target.view());
  return true;
}

/// Reads one resource record and moves behind it; false when the message is broken.
bool read_record(std::span<const std::uint8_t> message, std::size_t& offset,
                 Answer& answer) noexcept {
  Name owner;
  std::uint16_t record_class = 0;
  std::uint16_t ttl_high = 0;
  std::uint16_t ttl_low = 0;
  std::uint16_t length = 0;
  Record record{};
  if (!read_name(message, offset, owner) || !be16_at(message, offset, record.type) ||
      !be16_at(message, offset, record_class) || !be16_at(message, offset, ttl_high) ||
      !be16_at(message, offset, ttl_low) || !be16_at(message, offset, length) ||
      message.size() - offset < length)
    return false;
  record.owner = suffix_hash(owner.view());
  record.ttl = std::uint32_t{ttl_high} << 16 | ttl_low;
  const bool useful = owner.size != 0 && record_class == kClassInternet &&
                      read_data(message, offset, length, record);
  if (useful) answer.records[answer.count++] = record;
  offset += length;
  return true;
}

/// The names that the question leads to, and the patterns that they belong to.
struct Chain {
  std::array<NameHash, kMaxChain + 1> names;
  std::size_t num_names = 0;
  std::array<FqdnId, kMaxPatterns> patterns;
  std::size_t num_patterns = 0;

  bool has(NameHash name) const noexcept {
    return std::find(names.begin(), names.begin() + num_names, name) != names.begin() + num_names;
  }
  void add(NameHash hash, std::string_view name, const Firewall& firewall) noexcept {
    names[num_names++] = hash;
    num_patterns += firewall.match_fqdn(name, std::span(patterns).subspan(num_patterns));
  }
};

Chain follow(std::span<const std::uint8_t> message, const Answer& answer, const Name& question,
             const Firewall& firewall) noexcept {
  Chain chain;
  chain.add(suffix_hash(question.view()), question.view(), firewall);
  for (bool grew = true; grew && chain.num_names < chain.names.size();) {
    grew = false;
    for (std::size_t i = 0; i < answer.count && !grew; ++i) {
      const Record& record = answer.records[i];
      if (record.type != kTypeCname || record.owner != chain.names[chain.num_names - 1] ||
          chain.has(record.target))
        continue;
      Name target;
      std::size_t offset = record.target_offset;
      if (!read_name(message, offset, target)) continue;
      chain.add(record.target, target.view(), firewall);
      grew = true;
    }
  }
  return chain;
}

/// RFC 1035 §4.1.1: a response without error to one plain query; gives the number of answers.
bool read_header(std::span<const std::uint8_t> message, std::uint16_t& answers) noexcept {
  std::size_t offset = 2;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  if (message.size() < 12) return false;
  return be16_at(message, offset, flags) && be16_at(message, offset, questions) &&
         be16_at(message, offset, answers) && (flags & 0xf80f) == 0x8000 && questions == 1;
}

/// The question of a response and its answers, as far as they are of use; false when it is broken.
bool read_response(std::span<const std::uint8_t> message, Name& question, Answer& answer) noexcept {
  std::uint16_t answers = 0;
  std::size_t offset = 12;
  std::uint16_t type = 0;
  std::uint16_t question_class = 0;
  if (!read_header(message, answers) || !read_name(message, offset, question) ||
      question.size == 0 || !be16_at(message, offset, type) ||
      !be16_at(message, offset, question_class) || question_class != kClassInternet)
    return false;
  for (std::size_t i = 0; i < std::min<std::size_t>(answers, kMaxDnsRecords); ++i)
    if (!read_record(message, offset, answer)) return false;
  return true;
}

constexpr std::uint16_t kResponseFlag = 0x8000;
constexpr std::uint16_t kOpcode = 0x7800;

/// FNV-1a over the question section, in lower case, folded; nullopt when it is broken.
/// There is nothing before it that a compressed name could point to.
std::optional<std::uint16_t> hash_question(std::span<const std::uint8_t> section) noexcept {
  std::uint32_t hash = 2166136261;
  const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16777619; };
  ByteReader reader(section);
  std::uint8_t length = 0;
  std::size_t name_bytes = 0;
  do {
    std::span<const std::uint8_t> label;
    if (!reader.u8(length) || length > 63 || !reader.take(length, label)) return std::nullopt;
    name_bytes += 1u + length;
    if (name_bytes > kMaxWireNameBytes) return std::nullopt;
    add(length);
    for (const std::uint8_t byte : label)
      add(byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte);
  } while (length != 0);
  std::span<const std::uint8_t> type_and_class;
  if (!reader.take(4, type_and_class)) return std::nullopt;
  for (const std::uint8_t byte : type_and_class) add(byte);
  return static_cast<std::uint16_t>(hash >> 16 ^ hash);
}

}  // namespace

std::optional<DnsQuestion> read_dns_question(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader(message);
  DnsQuestion question;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0;
  if (!reader.be16(question.id) || !reader.be16(flags) || !reader.be16(questions) ||
      !reader.skip(6) || (flags & kOpcode) != 0 || questions != 1)
    return std::nullopt;
  const std::optional<std::uint16_t> hash = hash_question(reader.rest());
  if (!hash) return std::nullopt;
  question.hash = *hash;
  question.response = (flags & kResponseFlag) != 0;
  return question;
}

bool read_resolved_name(std::span<const std::uint8_t> message, ResolvedName& out) noexcept {
  Name question;
  Answer answer;
  if (!read_response(message, question, answer)) return false;
  std::copy_n(question.text.begin(), question.size, out.text.begin());
  out.size = question.size;
  out.num_addresses = 0;
  for (std::size_t i = 0; i < answer.count && out.num_addresses < out.addresses.size(); ++i)
    if (answer.records[i].type != kTypeCname)
      out.addresses[out.num_addresses++] = answer.records[i].address;
  return true;
}

std::size_t learn_from_dns(std::span<const std::uint8_t> message, const Firewall& firewall,
                           LearnedAddresses& learned, std::uint32_t now_seconds) noexcept {
  Name question;
  Answer answer;
  if (!read_response(message, question, answer)) return 0;
  const Chain chain = follow(message, answer, question, firewall);
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < answer.count && chain.num_patterns > 0; ++i) {
    const Record& record = answer.records[i];
    if (record.type == kTypeCname || !chain.has(record.owner)) continue;
    const std::uint32_t seconds = std::clamp(record.ttl, kMinLearnedSeconds, kMaxLearnedSeconds);
    for (std::size_t p = 0; p < chain.num_patterns; ++p)
      if (learned.learn(record.address, chain.patterns[p], now_seconds + seconds, now_seconds))
        ++fresh;
  }
  return fresh;
}

}  // namespace sekisho::engines::firewall
