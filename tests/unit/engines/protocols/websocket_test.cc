#include <catch2/catch.hpp>

#include "http_packing.h"
#include "protocol_support.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using rules::Field;
using tests::Recorder;

std::string frame(unsigned first, std::string_view payload, bool masked = false) {
  std::string out(1, static_cast<char>(first));
  const unsigned mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  constexpr std::string_view kMask = "\x12\x34\x56\x78";
  if (masked) out += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ (masked ? kMask[i % 4] : 0));
  return out;
}

/// The payloads, opcodes, flags and masks of all frames, as the rules see them.
struct Seen {
  std::vector<std::string> payloads;
  std::vector<std::uint64_t> opcodes, flags, masks;
};

Seen seen_of(const std::string& stream, Direction direction, std::size_t segment,
             Recorder& recorder) {
  Seen seen;
  recorder.on_end = [&](Transaction& transaction) {
    seen.payloads.push_back(tests::text_of(transaction, Field::websocket_payload, direction));
    seen.opcodes.push_back(*transaction.number(Field::websocket_opcode, direction, 0));
    seen.flags.push_back(*transaction.number(Field::websocket_flags, direction, 0));
    if (const auto mask = transaction.number(Field::websocket_mask, direction, 0))
      seen.masks.push_back(*mask);
  };
  tests::play_stream(Protocol::websocket, {{direction, stream}}, segment, recorder);
  return seen;
}

}  // namespace

TEST_CASE("Frames are unmasked and told one by one, however they are split") {
  const auto segment = GENERATE(as<std::size_t>{}, 0, 1, 3, 50);
  const std::string large(1000, 'L');
  const auto stream =
      frame(0x81, "hello", true) + frame(0x82, large) + frame(0x89, "") + frame(0x88, "\x03\xe8");
  Recorder recorder;
  const auto seen = seen_of(stream, Direction::to_server, segment, recorder);
  CHECK(seen.payloads == std::vector<std::string>{"hello", large, "", "\x03\xe8"});
  CHECK(seen.opcodes == std::vector<std::uint64_t>{1, 2, 9, 8});
  CHECK(seen.flags == std::vector<std::uint64_t>{0x80, 0x80, 0x80, 0x80});
  CHECK(seen.masks == std::vector<std::uint64_t>{0x12345678});
  REQUIRE(recorder.records.size() == 4);
  CHECK(recorder.records[0].event_type == "websocket");
  CHECK(recorder.records[0].json ==
        R"({"websocket":{"fin":true,"mask":305419896,"opcode":"text"}})");
}

TEST_CASE("The last frame of a message has all of it, control frames in between or not") {
  Recorder recorder;
  const auto stream = frame(0x01, "one ") + frame(0x89, "ping") + frame(0x00, "two ") +
                      frame(0x80, "three") + frame(0x81, "next");
  const auto seen = seen_of(stream, Direction::to_client, 0, recorder);
  CHECK(seen.payloads ==
        std::vector<std::string>{"one ", "ping", "one two ", "one two three", "next"});
}

TEST_CASE("Compressed messages are unpacked with what came before them") {
  // one deflate stream, flushed after each message; the flush's last four bytes are not sent
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string wire;
  std::vector<std::string> texts;
  for (const std::string text : {"TOGGLE=5659131662f54334", "TOGGLE=5659131662f54335"}) {
    std::string out(200, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4);
    wire += frame(0xc1, out);
    texts.push_back(text);
  }
  deflateEnd(&stream);
  Recorder recorder;
  const auto segment = GENERATE(as<std::size_t>{}, 0, 1);
  const auto seen = seen_of(wire, Direction::to_client, segment, recorder);
  CHECK(seen.payloads == texts);
  CHECK(seen.flags == std::vector<std::uint64_t>{0xc0, 0xc0});
}

TEST_CASE("A payload beyond the bound is cut, noted, and passed") {
  std::string stream("\x82\x7f\0\0\0\0\0\1\x86\xa0", 10);  // 100,000 bytes
  stream += std::string(100000, 'b') + frame(0x81, "after");
  Recorder recorder;
  const auto seen = seen_of(stream, Direction::to_server, 1400, recorder);
  REQUIRE(seen.payloads.size() == 2);
  CHECK(seen.payloads[0].size() == 64 * 1024);
  CHECK(seen.payloads[1] == "after");
  CHECK(recorder.has_oddity("websocket.skip_end_of_payload"));
}

TEST_CASE("A gap inside a payload is survived, one beyond it is not") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  Recorder recorder;
  const auto parser = tests::spec_of(Protocol::websocket).make(*pool, {});
  parser->consume(Direction::to_server,
                  tests::as_bytes(std::string_view("\x81\x0a"
                                                   "ab")),
                  recorder);
  CHECK(parser->gap(Direction::to_server, 4, recorder));
  parser->consume(Direction::to_server, tests::as_bytes("cdef" + frame(0x81, "x")), recorder);
  CHECK(recorder.ended_transactions.size() == 2);
  parser->consume(Direction::to_server,
                  tests::as_bytes(std::string_view("\x81\x0a"
                                                   "ab")),
                  recorder);
  CHECK_FALSE(parser->gap(Direction::to_server, 100, recorder));
}
