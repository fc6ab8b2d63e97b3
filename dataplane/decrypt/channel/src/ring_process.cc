#include <bit>
#include <cstring>

#include "dataplane/decrypt/channel/ring.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kHeader = sizeof(MessageHeader);

/// Messages begin at multiples of their header, so that one always fits before the end.
constexpr std::uint64_t room_of(std::uint64_t body_bytes) noexcept {
  return (kHeader + body_bytes + kHeader - 1) / kHeader * kHeader;
}

RingPlaces* places_in(std::span<std::byte> memory) noexcept {
  return reinterpret_cast<RingPlaces*>(memory.data());
}

std::span<std::uint8_t> bytes_in(std::span<std::byte> memory) noexcept {
  const auto rest = memory.subspan(sizeof(RingPlaces));
  return {reinterpret_cast<std::uint8_t*>(rest.data()), std::bit_floor(rest.size())};
}

}  // namespace

RingWriter::RingWriter(std::span<std::byte> memory) noexcept
    : places_(places_in(memory)),
      bytes_(bytes_in(memory)),
      // Whoever made the memory may have written anything there.
      written_(places_->written.load(std::memory_order_relaxed) / kHeader * kHeader) {}

/// A reader that lies about its place gets an empty or a full ring.
std::size_t RingWriter::free_bytes() noexcept {
  const auto used = written_ - places_->read.load(std::memory_order_acquire);
  return used > bytes_.size() ? 0 : bytes_.size() - used;
}

void RingWriter::put_header(std::uint64_t position, const MessageHeader& header) noexcept {
  std::memcpy(bytes_.data() + (position & (bytes_.size() - 1)), &header, kHeader);
}

bool RingWriter::has_room(std::size_t body_bytes) noexcept {
  if (body_bytes > bytes_.size() / 2 - kHeader) return false;
  const auto to_end = bytes_.size() - (written_ & (bytes_.size() - 1));
  const auto room = room_of(body_bytes);
  return free_bytes() >= (room <= to_end ? room : room + to_end);
}

std::span<std::uint8_t> RingWriter::reserve(std::size_t body_bytes) noexcept {
  if (!has_room(body_bytes)) return {};
  const auto to_end = bytes_.size() - (written_ & (bytes_.size() - 1));
  reserved_at_ = written_;
  if (room_of(body_bytes) > to_end) {
    put_header(written_, {static_cast<std::uint32_t>(to_end - kHeader), MessageKind::filler, 0, 0});
    reserved_at_ += to_end;
  }
  return bytes_.subspan((reserved_at_ & (bytes_.size() - 1)) + kHeader, body_bytes);
}

bool RingWriter::commit(MessageKind kind, std::uint16_t flags, std::uint64_t flow_id,
                        std::size_t body_bytes) noexcept {
  put_header(reserved_at_, {static_cast<std::uint32_t>(body_bytes), kind, flags, flow_id});
  written_ = reserved_at_ + room_of(body_bytes);
  // Sequentially consistent, with RingReader::fall_asleep(): either this side sees that the reader
  // sleeps, or that side sees the message.
  places_->written.store(written_, std::memory_order_seq_cst);
  return places_->asleep.load(std::memory_order_seq_cst) != 0;
}

bool RingWriter::send(MessageKind kind, std::uint16_t flags, std::uint64_t flow_id,
                      std::span<const std::uint8_t> body, bool& reader_sleeps) noexcept {
  if (!has_room(body.size())) return false;
  const auto room = reserve(body.size());
  if (!body.empty()) std::memcpy(room.data(), body.data(), body.size());
  reader_sleeps = commit(kind, flags, flow_id, body.size());
  return true;
}

RingReader::RingReader(std::span<std::byte> memory) noexcept
    : places_(places_in(memory)),
      bytes_(bytes_in(memory)),
      at_(places_->read.load(std::memory_order_relaxed)) {}

RingReader::Outcome RingReader::next(Message& out) noexcept {
  while (!is_broken_) {
    const auto there = places_->written.load(std::memory_order_acquire) - at_;
    if (there == 0) return Outcome::empty;
    const auto offset = at_ & (bytes_.size() - 1);
    const auto to_end = bytes_.size() - offset;
    is_broken_ = there > bytes_.size() || there < kHeader || at_ % kHeader != 0;
    if (is_broken_) break;
    MessageHeader header;
    std::memcpy(&header, bytes_.data() + offset, kHeader);
    const auto room = room_of(header.body_bytes);
    is_broken_ = room > there || room > to_end;
    if (is_broken_) break;
    at_ += room;
    if (header.kind == MessageKind::filler) continue;
    out = {header, bytes_.subspan(offset + kHeader, header.body_bytes)};
    return Outcome::message;
  }
  return Outcome::broken;
}

void RingReader::release() noexcept { places_->read.store(at_, std::memory_order_release); }

bool RingReader::fall_asleep() noexcept {
  places_->asleep.store(1, std::memory_order_seq_cst);
  if (places_->written.load(std::memory_order_seq_cst) == at_) return true;
  wake_up();
  return false;
}

void RingReader::wake_up() noexcept { places_->asleep.store(0, std::memory_order_relaxed); }

}  // namespace sekisho::decrypt
