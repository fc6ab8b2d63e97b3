#include "smb/smb_wire.h"

#include <algorithm>

#include "little_endian.h"
#include "smb/record_reader.h"

namespace sekisho::engines::smb {
namespace {

constexpr std::uint8_t kMagic1 = 0xff, kMagic2 = 0xfe;
constexpr std::uint8_t kCompressed = 0xfc;  // 0xfd: encrypted
constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kWriteHead2 = kHeaderBytes2 + 48;  // up to the data
constexpr std::size_t kReadHead2 = kHeaderBytes2 + 16;

Header read_header1(Bytes record) noexcept {
  constexpr std::uint8_t kReply = 0x80;
  constexpr std::uint16_t kUnicode = 0x8000, kNtStatus = 0x4000;
  const auto flags2 = le16_at(record, 10);
  Header header;
  header.version = 1;
  header.command = record[4];
  header.status = le32_at(record, 5);
  header.answer = (record[9] & kReply) != 0;
  header.unicode = (flags2 & kUnicode) != 0;
  header.status_is_dos = (flags2 & kNtStatus) == 0;
  header.tree_id = le16_at(record, 24);
  header.session_id = le16_at(record, 28);
  header.message_id = std::uint64_t{le16_at(record, 26)} << 16 | le16_at(record, 30);
  return header;
}

Header read_header2(Bytes record) noexcept {
  constexpr std::uint32_t kAnswer = 1, kAsynchronous = 2, kRelated = 4;
  const auto flags = le32_at(record, 16);
  Header header;
  header.version = 2;
  header.status = le32_at(record, 8);
  header.command = le16_at(record, 12);
  header.answer = (flags & kAnswer) != 0;
  header.asynchronous = (flags & kAsynchronous) != 0;
  header.related = (flags & kRelated) != 0;
  header.message_id = le64_at(record, 24);
  header.tree_id = header.asynchronous ? 0 : le32_at(record, 36);
  header.session_id = le64_at(record, 40);
  return header;
}

}  // namespace

bool is_magic(Bytes bytes) noexcept {
  return bytes.size() >= kMagicBytes && bytes[0] >= kCompressed && bytes[1] == 'S' &&
         bytes[2] == 'M' && bytes[3] == 'B';
}

std::optional<Header> read_header(Bytes record) noexcept {
  if (!is_magic(record)) return std::nullopt;
  if (record[0] == kMagic1 && record.size() > kHeaderBytes1) return read_header1(record);
  if (record[0] == kMagic2 && record.size() >= kHeaderBytes2) return read_header2(record);
  return std::nullopt;
}

std::uint64_t record_bytes(Bytes head, std::uint64_t left) noexcept {
  constexpr std::size_t kNextAt = 20;
  if (head.size() < kMagicBytes && left > head.size()) return 0;
  if (!is_magic(head) || head[0] != kMagic2) return left;
  if (head.size() < kNextAt + 4 && left > head.size()) return 0;
  const std::uint64_t next = le32_at(head, kNextAt);
  return next >= kHeaderBytes2 && next < left ? next : left;
}

std::uint64_t wanted_bytes(Bytes head, std::uint64_t record_bytes) noexcept {
  const auto all = std::min<std::uint64_t>(record_bytes, RecordReader::kMaxRecord);
  if (!is_magic(head) || (head[0] != kMagic1 && head[0] != kMagic2))
    return std::min<std::uint64_t>(all, kMagicBytes);
  const auto header_bytes = head[0] == kMagic2 ? kHeaderBytes2 : kHeaderBytes1 + 1;
  if (head.size() < header_bytes) return head.size() < all ? 0 : all;
  const auto header = read_header(head);
  if (header->version == 2) {
    if (header->command == kWrite2 && !header->answer)
      return std::min<std::uint64_t>(all, kWriteHead2);
    if (header->command == kRead2 && header->answer)
      return std::min<std::uint64_t>(all, kReadHead2);
    return all;
  }
  if (header->command == (header->answer ? kReadAndX1 : kWriteAndX1))
    return std::min<std::uint64_t>(all, kHeaderBytes1 + 1 + 2 * std::size_t{head[kHeaderBytes1]});
  return all;
}

}  // namespace sekisho::engines::smb
