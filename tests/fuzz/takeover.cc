// Everything of late takeover that reads bytes from outside: packets of the wire and of the kernel,
// a client's first bytes, hand-overs, and rings that the other process writes.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "config/base/byte_reader.h"
#include "dataplane/decrypt/buffers/passage.h"
#include "dataplane/decrypt/channel/ring.h"
#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/diversion/client_hello.h"
#include "dataplane/decrypt/diversion/link_header.h"
#include "dataplane/decrypt/takeover/handover.h"
#include "dataplane/decrypt/takeover/handshake.h"
#include "dataplane/decrypt/virtual_link/coalescer.h"
#include "dataplane/decrypt/virtual_link/segmenter.h"

namespace {

using namespace sekisho;
using namespace sekisho::decrypt;

constexpr std::size_t kMtu = 1500;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Each in memory of its own: 2 bytes of length, then bytes.
std::vector<std::vector<std::uint8_t>> packets_in(std::span<const std::uint8_t> bytes) {
  std::vector<std::vector<std::uint8_t>> packets;
  ByteReader reader(bytes);
  std::uint16_t length = 0;
  while (reader.be16(length)) {
    std::span<const std::uint8_t> packet;
    if (!reader.take(length, packet)) packet = reader.rest();
    packets.emplace_back(packet.begin(), packet.end());
    (void)reader.skip(packet.size());
    if (packet.size() < length) break;
  }
  return packets;
}

/// What the kernel sends is cut into segments that are packets themselves and lose no byte.
void cut(const VirtualHeader& header, std::span<const std::uint8_t> packet) {
  Segmenter segmenter;
  if (segmenter.begin(header, packet, kMtu) != LinkProblem::none) return;
  std::size_t payload = 0;
  std::array<std::uint8_t, kMtu> room;
  for (;;) {
    const auto bytes = segmenter.next(room);
    if (bytes == 0) break;
    TcpPacket at;
    const auto segment = std::span(room).first(bytes);
    check(read_tcp_packet(segment, at) == PacketProblem::none);
    check(header.gso_type == VirtualHeader::kNoSegments || has_good_checksum(segment, at));
    payload += at.payload_bytes;
  }
  check(payload == segmenter.packet().payload_bytes);
}

void take_from_kernel(std::span<const std::uint8_t> bytes) {
  VirtualHeader header;
  if (bytes.size() < kVirtualHeaderBytes) return;
  std::memcpy(&header, bytes.data(), kVirtualHeaderBytes);
  const std::vector<std::uint8_t> packet(bytes.begin() + kVirtualHeaderBytes, bytes.end());
  cut(header, packet);
}

/// What the wire brings arrives whole: cut again, super-segments are what they were made of.
void give_to_kernel(std::span<const std::uint8_t> bytes) {
  const auto packets = packets_in(bytes);
  Coalescer coalescer;
  const auto emit = [](std::span<const iovec> parts) {
    VirtualHeader header;
    std::memcpy(&header, parts.front().iov_base, kVirtualHeaderBytes);
    std::vector<std::uint8_t> packet;
    for (const auto& part : parts.subspan(1)) {
      const auto* const from = static_cast<const std::uint8_t*>(part.iov_base);
      packet.insert(packet.end(), from, from + part.iov_len);
    }
    if (header.gso_type == VirtualHeader::kNoSegments) return;
    TcpPacket at;
    check(read_tcp_packet(packet, at) == PacketProblem::none);
    check(at.payload_bytes > header.segment_bytes);
    cut(header, packet);
  };
  for (std::size_t i = 0; i < packets.size(); ++i) coalescer.add(packets[i], i % 4 != 3, emit);
  coalescer.flush(emit);
  Handshake handshake;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    TcpPacket at;
    if (read_tcp_packet(packets[i], at) != PacketProblem::none) continue;
    handshake.note(packets[i], at, i % 2 == 0 ? Side::client : Side::server, 0);
    if (handshake.outcome() == Handshake::Outcome::complete)
      (void)read_handover(bytes_of(handshake.handover(packets[i], at, 1, 0)));
  }
}

/// Whole with some byte means whole with every further one.
void read_hello(std::span<const std::uint8_t> bytes) {
  const std::vector<std::uint8_t> hello(bytes.begin(), bytes.end());
  if (client_hello_state(hello) != HelloState::incomplete) return;
  for (std::size_t size = 0; size < hello.size(); size += 1 + size / 8)
    check(client_hello_state(std::span(hello).first(size)) == HelloState::incomplete);
}

void read_ring(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kRing = 1024;
  struct alignas(64) Memory {
    std::array<std::byte, sizeof(RingPlaces) + kRing> bytes{};
  };
  const auto memory = std::make_unique<Memory>();
  std::memcpy(memory->bytes.data(), bytes.data(), std::min(bytes.size(), memory->bytes.size()));
  RingReader reader(memory->bytes);
  RingReader::Message message;
  unsigned sum = 0;
  for (unsigned i = 0; i < 200 && reader.next(message) == RingReader::Outcome::message; ++i)
    for (const auto byte : message.body) sum += byte;
  check(sum <= 200 * 1024 * 255);  // every byte was looked at
  RingWriter writer(memory->bytes);
  bool sleeps = false;
  (void)writer.send(MessageKind::packet, 0, 0,
                    bytes.first(std::min<std::size_t>(bytes.size(), 300)), sleeps);
}

/// Messages of a session and its worker mean one thing or nothing.
void read_session_messages(std::span<const std::uint8_t> bytes) {
  if (const auto opened = read_opened(bytes)) check(read_opened(bytes_of(*opened)).has_value());
  if (const auto failure = read_failure(bytes)) check(!name_of(*failure).empty());
  if (const auto cleared = read_cleared(bytes))
    check(std::ranges::equal(cleared_bytes(*cleared), bytes));
  ByteReader reader(bytes);
  std::uint16_t flags = 0;
  if (!reader.be16(flags)) return;
  if (const auto wish = read_handover_flags(flags)) check(handover_flags(*wish) == flags);
}

/// Whatever a worker says of what it was lent, it goes on in order, and never more than it cleared:
/// an operation and a size at a time.
void clear_plaintext(std::span<const std::uint8_t> bytes) {
  BufferPool pool(1);
  Passage passage;
  std::size_t lent = 0, cleared = 0, written = 0;
  std::uint8_t next_in = 0, next_out = 0;
  ByteReader reader(bytes);
  std::uint8_t what = 0;
  std::uint16_t size = 0;
  while (reader.u8(what) && reader.be16(size)) {
    check(passage.open(pool));
    const auto room = passage.room();
    const auto some = [&](std::size_t most) { return std::min<std::size_t>(size, most); };
    if (what % 4 == 0) {
      for (auto& byte : room.first(some(room.size()))) byte = next_in++;
      passage.note_read(some(room.size()));
    } else if (what % 4 == 1) {
      lent += some(passage.unlent().size());
      passage.note_lent(some(passage.unlent().size()));
    } else if (what % 4 == 2) {
      const bool is_fine = size <= lent - cleared;
      check(passage.clear(size) == is_fine);
      if (is_fine) cleared += size;
      if (is_fine) lent = cleared;  // what else was lent is lent again
    } else {
      const auto ready = passage.cleared();
      check(ready.size() == cleared - written);
      for (const auto byte : ready.first(some(ready.size()))) check(byte == next_out++);
      written += some(ready.size());
      passage.note_written(some(ready.size()));
    }
  }
}

}  // namespace

/// The first byte selects what reads the others.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  LinkHeader link;
  switch (data[0] % 8) {
    case 0:
      give_to_kernel(bytes);
      break;
    case 1:
      take_from_kernel(bytes);
      break;
    case 2:
      read_hello(bytes);
      break;
    case 3:
      (void)read_handover(bytes);
      break;
    case 4:
      read_ring(bytes);
      break;
    case 5:
      if (link.keep(bytes)) check(link.for_packet(1'000).size() == bytes.size());
      break;
    case 6:
      read_session_messages(bytes);
      break;
    default:
      clear_plaintext(bytes);
  }
  return 0;
}
