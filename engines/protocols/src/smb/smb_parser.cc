#include <array>

#include "little_endian.h"
#include "smb/record_reader.h"
#include "smb/smb1.h"
#include "smb/smb2.h"
#include "specs.h"

namespace sekisho::engines {
namespace smb {
namespace {

/// SMB of all versions over TCP, bare or within NetBIOS sessions.
class SmbParser final : public Parser {
 public:
  SmbParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : conversation_(pool, options),
        sides_{Side(*this, Direction::to_server, pool), Side(*this, Direction::to_client, pool)} {}

  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override {
    conversation_.listen(events);
    auto& side = sides_[index_of(direction)];
    if (side.reader.feed(bytes, side)) return ParseStatus::ok;
    conversation_.finish_all();
    return ParseStatus::failed;
  }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override {
    conversation_.listen(events);
    auto& side = sides_[index_of(direction)];
    side.reader.gap(count, side);
    return true;
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    conversation_.listen(events);
    if (ended_[0] && ended_[1]) conversation_.finish_all();
  }
  Transaction* current(Direction) noexcept override { return conversation_.newest(); }

 private:
  struct Side final : RecordSink {
    Side(SmbParser& owner, Direction way, MemoryPool& pool) noexcept
        : parser(owner), direction(way), reader(pool) {}
    Bulk record(Bytes head, std::uint64_t length) noexcept override {
      return parser.record(direction, head, length);
    }
    void bulk(Bytes data) noexcept override { parser.conversation_.data(direction, data); }
    void bulk_lost(std::uint64_t count) noexcept override {
      parser.conversation_.data_lost(direction, count);
    }
    void bulk_end() noexcept override { parser.conversation_.data_end(direction); }
    void message_end() noexcept override { parser.related_ = {}; }

    SmbParser& parser;
    Direction direction;
    RecordReader reader;
  };

  Bulk record(Direction direction, Bytes head, std::uint64_t length) noexcept;

  SmbConversation conversation_;
  std::array<Side, 2> sides_;
  RelatedFile related_;  // of the message under way
  bool ended_[2] = {};
};

Bulk SmbParser::record(Direction direction, Bytes head, std::uint64_t length) noexcept {
  const auto header = read_header(head);
  if (!header) {
    // encrypted or compressed ones begin like records
    if (!is_magic(head) || head.size() < length) return {};
    conversation_.add_oddity("smb.malformed_data");
    return {};
  }
  const bool from_server = direction == Direction::to_client;
  if (header->answer != from_server) {
    conversation_.add_oddity(from_server ? "smb.request_to_client" : "smb.response_to_server");
    return {};
  }
  if (header->version == 1)
    return from_server ? read_answer1(conversation_, *header, head)
                       : read_request1(conversation_, *header, head);
  return from_server ? read_answer2(conversation_, *header, head, related_)
                     : read_request2(conversation_, *header, head);
}

/// The type of what came first says whose it is: a session's request, or a message with its flag.
Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::uint8_t kMessage = 0x00, kSessionRequest = 0x81, kSessionAnswer = 0x82;
  constexpr std::uint16_t kNetbiosPort = 139;
  constexpr std::uint8_t kMagic2 = 0xfe, kMagic1 = 0xff;
  const auto& bytes = input.bytes;
  const auto whose = [&](bool servers) {
    return servers == (input.direction == Direction::to_server) ? Likeness::reversed
                                                                : Likeness::yes;
  };
  if (bytes.empty()) return Likeness::maybe;
  if (bytes[0] == kSessionRequest || bytes[0] == kSessionAnswer) {
    if (input.server_port != kNetbiosPort && input.client_port != kNetbiosPort) return Likeness::no;
    return bytes.size() < kFrameHeadBytes ? Likeness::maybe : whose(bytes[0] == kSessionAnswer);
  }
  if (bytes[0] != kMessage) return Likeness::no;
  const auto record = slice(bytes, kFrameHeadBytes);
  constexpr std::array<std::uint8_t, 4> kMagic{0, 'S', 'M', 'B'};
  for (std::size_t i = 1; i < kMagic.size() && i < record.size(); ++i)
    if (record[i] != kMagic[i]) return Likeness::no;
  if (!record.empty() && record[0] < 0xfc) return Likeness::no;
  if (record.size() < kMagic.size()) return Likeness::maybe;
  if (record[0] != kMagic1 && record[0] != kMagic2) return Likeness::yes;
  if (record.size() < (record[0] == kMagic1 ? 10U : 20U)) return Likeness::maybe;
  const bool answer = record[0] == kMagic1 ? (record[9] & 0x80) != 0 : (record[16] & 1) != 0;
  return whose(answer);
}

}  // namespace
}  // namespace smb

const ProtocolSpec kSmb{.protocol = Protocol::smb,
                        .tcp = true,
                        .probe = smb::probe,
                        .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                          return make_pooled<smb::SmbParser, Parser>(pool, pool, options);
                        }};

}  // namespace sekisho::engines
