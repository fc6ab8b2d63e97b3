#include <zlib.h>

#include <catch2/catch.hpp>
#include <random>

#include "content_coding/codec.h"
#include "content_coding/decoder.h"
#include "http_packing.h"
#include "recorder.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using tests::gzip_member;
using tests::packed;
using tests::Wrapper;

class TextSink : public UnpackedSink {
 public:
  explicit TextSink(std::size_t limit = std::size_t{1} << 24) : limit_(limit) {}
  std::span<std::uint8_t> room() noexcept override {
    return std::span(room_).first(std::min(room_.size(), limit_ - text.size()));
  }
  void wrote(std::size_t count) noexcept override {
    text += as_text(std::span(room_).first(count));
  }
  std::string text;

 private:
  std::array<std::uint8_t, 700> room_{};
  std::size_t limit_;
};

std::unique_ptr<MemoryPool> make_pool() { return *MemoryPool::create(std::size_t{16} << 20); }

std::string unpacked(std::initializer_list<Coding> layers, std::string_view body,
                     std::size_t piece = 1 << 20) {
  const auto pool = make_pool();
  TextSink sink;
  {
    ContentDecoder decoder(*pool);
    for (const auto coding : layers) REQUIRE(decoder.add_layer(coding));
    for (std::size_t at = 0; at < body.size(); at += piece)
      decoder.consume(tests::as_bytes(body.substr(at, piece)), sink);
    decoder.finish(sink);
  }
  CHECK(pool->used_bytes() == 0);
  return sink.text;
}

const std::string kText = "the quick brown fox jumps over the lazy dog, and again: the quick fox";

/// One piece that is not packed, and the end (RFC 7932 section 9.2).
const std::string kBrotli = std::string("\xb0\0\x10", 3) + "hello brotli\x03";
/// "hello lzma" twice; the header wants a dictionary of 8 MiB.
constexpr std::array<std::uint8_t, 36> kLzma = {
    0x5d, 0x00, 0x00, 0x80, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0x00, 0x34, 0x19, 0x49, 0xee, 0x8d, 0xe9, 0x14, 0x8a, 0x6a, 0xa5,
    0xd6, 0xbb, 0x5c, 0x02, 0xfc, 0x2d, 0xff, 0xff, 0xfa, 0x39, 0x20, 0x00};

}  // namespace

TEST_CASE("A layer is unpacked as what it is, whatever it is called and however it is split") {
  struct Case {
    std::string_view name;
    Coding coding;
    std::string body, expected;
  };
  const auto cases = GENERATE(values<Case>({
      {"gzip", Coding::gzip, packed(kText, Wrapper::gzip), kText},
      {"zlib in deflate", Coding::deflate, packed(kText, Wrapper::zlib), kText},
      {"raw deflate", Coding::deflate, packed(kText, Wrapper::none), kText},
      {"gzip called deflate", Coding::deflate, packed(kText, Wrapper::gzip), kText},
      {"raw deflate called gzip", Coding::gzip, packed(kText, Wrapper::none), kText},
      {"zlib called gzip", Coding::gzip, packed(kText, Wrapper::zlib), kText},
      {"wrong zlib header", Coding::deflate, "\x78\x9d" + packed(kText, Wrapper::none), kText},
      {"gzip called br", Coding::brotli, packed(kText, Wrapper::gzip), kText},
      {"gzip of an unknown name", Coding::unknown, packed(kText, Wrapper::gzip), kText},
      {"raw deflate of an unknown name", Coding::unknown, packed(kText, Wrapper::none),
       packed(kText, Wrapper::none)},
      {"plain called gzip", Coding::gzip, kText, kText},
      {"plain called deflate", Coding::deflate, kText, kText},
      {"plain called br", Coding::brotli, kText, kText},
      {"short plain text", Coding::gzip, "hi", "hi"},
      {"line end before gzip", Coding::gzip, "\r\n" + packed(kText, Wrapper::gzip), kText},
      {"line end before deflate", Coding::deflate, "\r\n" + packed(kText, Wrapper::none), kText},
      {"name in the gzip header", Coding::gzip, gzip_member(kText, 0x08, std::string("a.txt\0", 6)),
       kText},
      {"header checksum", Coding::gzip, gzip_member(kText, 0x02, "xx"), kText},
      {"header checksum that is not there", Coding::gzip, gzip_member(kText, 0x02), kText},
      {"extra field", Coding::gzip, gzip_member(kText, 0x04, std::string("\5\0Ap\1\0\0", 7)),
       kText},
      {"large extra field", Coding::gzip,
       gzip_member(kText, 0x04, "\xff\xff" + std::string(65535, 'e')), kText},
      {"comment", Coding::gzip, gzip_member(kText, 0x10, std::string("c\0", 2)), kText},
      {"reserved flags", Coding::gzip, gzip_member(kText, '\xe0'), kText},
      {"no trailer", Coding::gzip, gzip_member(kText, 0, {}, {}), kText},
      {"part of a trailer", Coding::gzip, gzip_member(kText, 0, {}, "1234"), kText},
      {"two members", Coding::gzip, gzip_member(kText, 0) + gzip_member("more", 0), kText + "more"},
      {"text after the end", Coding::gzip, gzip_member(kText, 0) + "after", kText + "after"},
  }));
  const auto piece = GENERATE(as<std::size_t>{}, 1, 3, 100, 1 << 20);
  CAPTURE(cases.name, piece);
  CHECK(unpacked({cases.coding}, cases.body, piece) == cases.expected);
}

TEST_CASE("A second member is found where the first one has no trailer") {
  const auto body = gzip_member(kText, 0, {}, {}) + gzip_member("more", 0);
  CHECK(unpacked({Coding::gzip}, body) == kText + "more");
}

TEST_CASE("What unpacks wrongly at the beginning is shown as it came too") {
  auto broken = packed(kText, Wrapper::gzip);
  broken[40] = static_cast<char>(broken[40] ^ 0x55);
  broken[41] = static_cast<char>(broken[41] ^ 0xaa);
  const auto text = unpacked({Coding::gzip}, broken);
  CHECK((text.find(broken.substr(20)) != std::string::npos ||
         text.find(kText.substr(60)) != std::string::npos));
}

TEST_CASE("Layers come off in the order opposite to that in which they were applied") {
  const auto once = packed(kText, Wrapper::none);
  const auto twice = packed(once, Wrapper::gzip);
  const auto thrice = packed(twice, Wrapper::zlib);
  const auto piece = GENERATE(as<std::size_t>{}, 1, 7, 1 << 20);
  CHECK(unpacked({Coding::deflate, Coding::gzip}, twice, piece) == kText);
  CHECK(unpacked({Coding::deflate, Coding::gzip, Coding::deflate}, thrice, piece) == kText);
  SECTION("a layer that was announced and not applied is passed") {
    CHECK(unpacked({Coding::gzip, Coding::deflate}, packed(kText, Wrapper::gzip), piece) == kText);
    CHECK(unpacked({Coding::deflate, Coding::gzip}, once, piece) == kText);
    CHECK(unpacked({Coding::gzip, Coding::gzip}, kText, piece) == kText);
  }
}

TEST_CASE("There are three layers at most") {
  const auto pool = make_pool();
  ContentDecoder decoder(*pool);
  for (int i = 0; i < 3; ++i) CHECK(decoder.add_layer(Coding::gzip));
  CHECK_FALSE(decoder.add_layer(Coding::gzip));
}

TEST_CASE("Brotli is unpacked") { CHECK(unpacked({Coding::brotli}, kBrotli) == "hello brotli"); }

TEST_CASE("LZMA is unpacked with less dictionary than its header asks for") {
  const auto piece = GENERATE(as<std::size_t>{}, 1, 5, 100);
  CHECK(unpacked({Coding::lzma}, as_text(kLzma), piece) == "hello lzma hello lzma");
}

TEST_CASE("A bomb is stopped at its ratio") {
  std::string zeros(std::size_t{32} << 20, '\0');
  const auto bomb = packed(packed(zeros, Wrapper::gzip), Wrapper::gzip);
  const auto pool = make_pool();
  TextSink sink(std::size_t{64} << 20);
  ContentDecoder decoder(*pool);
  decoder.add_layer(Coding::gzip);
  decoder.add_layer(Coding::gzip);
  decoder.consume(tests::as_bytes(bomb), sink);
  CHECK(decoder.bomb());
  CHECK(sink.text.size() < zeros.size());
}

TEST_CASE("Nothing is unpacked that nobody wants") {
  const auto body = packed(std::string(100000, 'a'), Wrapper::gzip);
  const auto pool = make_pool();
  TextSink sink(1000);
  ContentDecoder decoder(*pool);
  decoder.add_layer(Coding::gzip);
  decoder.consume(tests::as_bytes(body), sink);
  CHECK(sink.text == std::string(1000, 'a'));
}

TEST_CASE("Thousands of tiny members are unpacked without recursion") {
  std::string body, expected;
  for (int i = 0; i < 20000; ++i) {
    body += gzip_member("x", 0);
    expected += 'x';
  }
  CHECK(unpacked({Coding::gzip}, body) == expected);
  CHECK(unpacked({Coding::gzip, Coding::gzip}, packed(body, Wrapper::gzip)) == expected);
}

TEST_CASE("Without memory the bytes are handed on as they are") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  std::vector<void*> taken;
  while (void* block = pool->allocate(64)) taken.push_back(block);
  TextSink sink;
  {
    ContentDecoder decoder(*pool);
    decoder.add_layer(Coding::gzip);
    decoder.consume(tests::as_bytes(packed(kText, Wrapper::gzip)), sink);
    decoder.finish(sink);
  }
  CHECK(sink.text == packed(kText, Wrapper::gzip));
  for (void* block : taken) pool->release(block, 64);
}

namespace {

/// Text with repetitions near and far, and stretches that nothing packs.
std::string mixed_text(std::mt19937& random, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    const auto kind = random() % 3;
    const std::size_t count = 1 + random() % 3000;
    if (kind == 0 && !text.empty()) {
      const auto from = random() % text.size();
      text += text.substr(from, count);
    } else {
      for (std::size_t i = 0; i < count; ++i)
        text += static_cast<char>(kind == 1 ? random() % 256 : 'a' + random() % 6);
    }
  }
  text.resize(bytes);
  return text;
}

/// What zlib makes of deflate data, up to its first mistake.
std::string unpacked_by_zlib(std::string_view body) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
  std::string in(body), out(std::size_t{1} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<unsigned>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  inflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

/// What the codec makes of them, in pieces of random sizes.
std::string unpacked_by_codec(std::mt19937& random, std::string_view body) {
  const auto pool = make_pool();
  const auto codec = make_codec(*pool, CodecKind::inflate);
  REQUIRE(codec != nullptr);
  std::string text;
  std::array<std::uint8_t, 5000> room;
  for (bool ended = false; !ended;) {
    const bool last = body.empty();
    auto piece = body.substr(0, 1 + random() % 1500);
    body.remove_prefix(piece.size());
    for (;;) {
      const auto step =
          codec->step(tests::as_bytes(piece), std::span(room).first(1 + random() % 5000));
      text += as_text(std::span(room).first(step.produced));
      REQUIRE(step.consumed <= piece.size());
      piece.remove_prefix(step.consumed);
      ended = step.status != Codec::Status::more;
      if (ended || (step.produced == 0 && (piece.empty() || step.consumed == 0))) break;
    }
    ended |= last;
  }
  return text;
}

}  // namespace

TEST_CASE("Deflate is unpacked as zlib does, and what comes before a mistake is not lost") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 150; ++round) {
    const auto text = mixed_text(random, random() % 200'000);
    auto body = packed(text, Wrapper::none);
    const bool damaged = round % 2 == 1 && !body.empty();
    for (int i = 0; damaged && i < 3; ++i) {
      auto& byte = body[random() % body.size()];
      byte = static_cast<char>(byte ^ static_cast<char>(1 + random() % 255));
    }
    const auto expected = damaged ? unpacked_by_zlib(body) : text;
    const auto found = unpacked_by_codec(random, body);
    CAPTURE(round, text.size(), body.size(), damaged, found.size(), expected.size());
    REQUIRE((damaged ? found.starts_with(expected) : found == expected));
  }
}

TEST_CASE("Noise in a fixed block is a mistake, and no more of it is taken than there is") {
  std::mt19937 random(20261122);
  constexpr char kLastFixedBlock = 3;
  for (int round = 0; round < 1000; ++round) {
    std::string noise(1 + random() % 40, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random() % 256);
    noise[0] = static_cast<char>((noise[0] & ~7) | kLastFixedBlock);
    CAPTURE(round, noise.size());
    REQUIRE(unpacked_by_codec(random, noise).starts_with(unpacked_by_zlib(noise)));
  }
}
