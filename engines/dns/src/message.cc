#include "engines/dns/message.h"

#include "names.h"

namespace sekisho::engines::dns {
namespace {

constexpr std::uint8_t kPointer = 0xc0, kLongestLabel = 63;

bool skip_labels(ByteReader& reader, bool may_point) noexcept {
  auto rest = reader;
  std::size_t total = 0;
  for (std::uint8_t length = 0; rest.u8(length);) {
    total += length + std::size_t{1};
    if (length >= kPointer) {
      if (!may_point || !rest.skip(1)) return false;
      reader = rest;
      return true;
    }
    if (length > kLongestLabel || total > kMaxNameBytes || !rest.skip(length)) return false;
    if (length != 0) continue;
    reader = rest;
    return true;
  }
  return false;
}

constexpr char lower_case(std::uint8_t byte) noexcept {
  return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
}

}  // namespace

bool read_header(ByteReader& reader, Header& header) noexcept {
  return reader.be16(header.id) && reader.be16(header.flags) && reader.be16(header.counts[0]) &&
         reader.be16(header.counts[1]) && reader.be16(header.counts[2]) &&
         reader.be16(header.counts[3]);
}

bool skip_name(ByteReader& reader) noexcept { return skip_labels(reader, true); }
bool skip_plain_name(ByteReader& reader) noexcept { return skip_labels(reader, false); }

std::optional<Record> read_record(std::span<const std::uint8_t> message,
                                  ByteReader& reader) noexcept {
  Record record;
  std::uint16_t length = 0;
  record.is_of_root = !reader.rest().empty() && reader.rest()[0] == 0;
  if (!skip_name(reader)) return std::nullopt;
  record.type_at = message.size() - reader.rest().size();
  if (!reader.be16(record.type) || !reader.be16(record.klass) || !reader.be32(record.ttl) ||
      !reader.be16(length))
    return std::nullopt;
  record.data_at = message.size() - reader.rest().size();
  if (!reader.take(length, record.data)) return std::nullopt;
  return record;
}

std::optional<Question> read_question(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader(message);
  Header header;
  if (!read_header(reader, header) || (header.flags & kOpcodeBits) != 0 || header.counts[0] != 1)
    return std::nullopt;
  Question question{
      .id = header.id, .is_response = (header.flags & kResponseFlag) != 0, .name = {}};
  const auto before = reader.rest();
  if (!skip_plain_name(reader)) return std::nullopt;
  question.name = before.first(before.size() - reader.rest().size());
  if (!reader.be16(question.type) || !reader.be16(question.klass)) return std::nullopt;
  return question;
}

std::string_view text_of(std::span<const std::uint8_t> name,
                         std::span<char, kMaxNameText> room) noexcept {
  std::size_t size = 0;
  ByteReader reader(name);
  std::uint8_t length = 0;
  std::span<const std::uint8_t> label;
  while (reader.u8(length) && length != 0 && reader.take(length, label)) {
    if (size + label.size() + 1 > room.size()) return {};
    if (size != 0) room[size++] = '.';
    for (const auto byte : label) {
      if (byte <= 0x20 || byte >= 0x7f || byte == '.') return {};
      room[size++] = lower_case(byte);
    }
  }
  return {room.data(), size};
}

}  // namespace sekisho::engines::dns
