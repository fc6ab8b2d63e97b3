#include "content_coding/decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sekisho::engines {
namespace {

constexpr std::size_t kStageBytes = 4096;  // between two layers
constexpr std::uint8_t kGzipTrailerBytes = 8, kZlibTrailerBytes = 4;
constexpr std::size_t kZlibHeaderBytes = 2;

}  // namespace

ContentDecoder::ContentDecoder(MemoryPool& pool) noexcept
    : pool_(pool), layers_{Layer(pool), Layer(pool), Layer(pool)} {}

bool ContentDecoder::add_layer(Coding coding) noexcept {
  if (count_ == kMaxLayers) return false;
  layers_[count_++].coding = coding;
  return true;
}

void ContentDecoder::consume(std::span<const std::uint8_t> bytes, UnpackedSink& sink) noexcept {
  if (!stopped_ && !bytes.empty()) feed(count_, bytes, false, sink);
}

void ContentDecoder::finish(UnpackedSink& sink) noexcept {
  for (auto level = count_; level > 0 && !stopped_; --level) {
    feed(level, {}, true, sink);
    auto& layer = layers_[level - 1];
    // took all for its beginning, and nothing came out
    if (layer.state == Layer::State::unpacking && layer.out == 0 && layer.replayable)
      unpacking_failed(level, {}, sink);
  }
}

/// `level` layers are still to be undone; the last one applied comes off first.
void ContentDecoder::feed(std::size_t level, std::span<const std::uint8_t> bytes, bool last,
                          UnpackedSink& sink) noexcept {
  if (level == 0) return hand_on(0, bytes, sink);
  auto& layer = layers_[level - 1];
  do {
    PooledBytes held(pool_, kMaxStartBytes);
    auto piece = bytes;
    bytes = {};
    if (layer.state == Layer::State::starting && !layer.start.empty()) {
      bytes = piece.subspan(layer.start.append_some(piece));
      held = std::exchange(layer.start, PooledBytes(pool_, kMaxStartBytes));
      piece = held.view();
    }
    while (!piece.empty() && !stopped_) piece = advance(level, piece, last || !bytes.empty(), sink);
  } while (!bytes.empty() && !stopped_);
}

std::span<const std::uint8_t> ContentDecoder::advance(std::size_t level,
                                                      std::span<const std::uint8_t> bytes,
                                                      bool last, UnpackedSink& sink) noexcept {
  auto& layer = layers_[level - 1];
  if (layer.state == Layer::State::starting) return begin(layer, bytes, last);
  if (layer.state == Layer::State::unpacking) return unpack(level, bytes, sink);
  if (layer.state == Layer::State::ended) return after_end(layer, bytes);
  hand_on(level - 1, bytes, sink);
  return {};
}

/// To the layer below, or out.
void ContentDecoder::hand_on(std::size_t level, std::span<const std::uint8_t> bytes,
                             UnpackedSink& sink) noexcept {
  if (bytes.empty() || stopped_) return;
  if (level != 0) return feed(level, bytes, false, sink);
  while (!bytes.empty()) {
    const auto room = sink.room();
    if (room.empty()) {
      stopped_ = true;
      return;
    }
    const auto count = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), count);
    sink.wrote(count);
    bytes = bytes.subspan(count);
  }
}

/// Chooses how to read `bytes`, the layer's first, or keeps them until there are more.
std::span<const std::uint8_t> ContentDecoder::begin(Layer& layer,
                                                    std::span<const std::uint8_t> bytes,
                                                    bool last) noexcept {
  const auto readings = readings_of(layer.coding, bytes, last);
  if (readings.wants_more) {
    broken_ |= !layer.start.append(bytes);
    return {};
  }
  layer.in = layer.out = 0;
  layer.replayable = false;
  for (const auto reading : std::span(readings.list).first(readings.count)) {
    if (!readings.certain && !trial(reading, bytes, last)) continue;
    layer.codec = make_codec(pool_, reading.codec);
    if (layer.codec == nullptr) break;
    layer.state = Layer::State::unpacking;
    layer.trailer = reading.codec != CodecKind::inflate ? std::uint8_t{0}
                    : reading.skip > kZlibHeaderBytes   ? kGzipTrailerBytes
                    : reading.skip == kZlibHeaderBytes  ? kZlibTrailerBytes
                                                        : std::uint8_t{0};
    const auto skipped = bytes.first(reading.skip);
    layer.replayable = reading.skip <= kReplayBytes && layer.start.append(skipped);
    return bytes.subspan(reading.skip);
  }
  broken_ |= layer.coding != Coding::unknown;
  layer.state = Layer::State::plain;
  return bytes;
}

/// Could `bytes` be this? Unpacks them and forgets the result. `last`: they are all there is, so
/// something must come out.
bool ContentDecoder::trial(Reading reading, std::span<const std::uint8_t> bytes,
                           bool last) noexcept {
  const auto codec = make_codec(pool_, reading.codec);
  if (codec == nullptr || reading.skip > bytes.size()) return false;
  constexpr std::size_t kMostTrialBytes = 1024;
  bytes = bytes.subspan(reading.skip);
  bytes = bytes.first(std::min(bytes.size(), kMostTrialBytes));
  std::array<std::uint8_t, 1024> out;
  constexpr unsigned kMostSteps = 64;
  bool produced = false;
  for (unsigned i = 0; i < kMostSteps; ++i) {
    const auto step = codec->step(bytes, out);
    if (step.status == Codec::Status::broken) return false;
    produced |= step.produced != 0;
    bytes = bytes.subspan(step.consumed);
    if (step.status == Codec::Status::ended) return true;
    if (bytes.empty()) break;
  }
  return produced || !last;
}

Codec::Step ContentDecoder::step_into(std::size_t level, std::span<const std::uint8_t> bytes,
                                      UnpackedSink& sink) noexcept {
  auto& codec = *layers_[level - 1].codec;
  if (level == 1) {
    const auto room = sink.room();
    if (room.empty()) {
      stopped_ = true;
      return {};
    }
    const auto step = codec.step(bytes, room);
    if (step.produced != 0) sink.wrote(step.produced);
    return step;
  }
  std::array<std::uint8_t, kStageBytes> stage;
  const auto step = codec.step(bytes, stage);
  hand_on(level - 1, std::span(stage).first(step.produced), sink);
  return step;
}

std::span<const std::uint8_t> ContentDecoder::unpack(std::size_t level,
                                                     std::span<const std::uint8_t> bytes,
                                                     UnpackedSink& sink) noexcept {
  auto& layer = layers_[level - 1];
  layer.replayable = layer.replayable && layer.start.size() + bytes.size() <= kReplayBytes &&
                     layer.start.append(bytes);
  if (!layer.replayable) layer.start.reset();
  for (;;) {
    const auto step = step_into(level, bytes, sink);
    if (stopped_) return {};
    layer.in += step.consumed;
    layer.out += step.produced;
    bytes = bytes.subspan(step.consumed);
    if (layer.out > kBombFloorBytes && layer.out / kBombRatio > layer.in) {
      stopped_ = bomb_ = true;
      return {};
    }
    if (step.status == Codec::Status::ended) {
      layer.codec.reset();
      layer.start.reset();
      layer.state = Layer::State::ended;
      layer.trailer = static_cast<std::uint8_t>(layer.trailer -
                                                std::min<std::size_t>(layer.trailer, step.ahead));
      return bytes;
    }
    if (step.status == Codec::Status::broken) return unpacking_failed(level, bytes, sink);
    if (step.produced == 0 && (bytes.empty() || step.consumed == 0)) return {};
  }
}

/// Checksum and length are not checked, nor missed. A gzip file may have further members; other
/// bytes are handed on.
std::span<const std::uint8_t> ContentDecoder::after_end(
    Layer& layer, std::span<const std::uint8_t> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size() && i <= layer.trailer; ++i) {
    if (!is_gzip_magic(bytes.subspan(i))) continue;
    layer.state = Layer::State::starting;
    return bytes.subspan(i);
  }
  const auto skipped = std::min<std::size_t>(layer.trailer, bytes.size());
  layer.trailer = static_cast<std::uint8_t>(layer.trailer - skipped);
  bytes = bytes.subspan(skipped);
  if (bytes.empty()) return {};
  const bool half_magic = bytes.size() == 1 && bytes[0] == 0x1f;
  layer.state = half_magic ? Layer::State::starting : Layer::State::plain;
  return bytes;
}

std::span<const std::uint8_t> ContentDecoder::unpacking_failed(std::size_t level,
                                                               std::span<const std::uint8_t> rest,
                                                               UnpackedSink& sink) noexcept {
  auto& layer = layers_[level - 1];
  broken_ = true;
  layer.codec.reset();
  layer.state = Layer::State::plain;
  const auto replay = std::exchange(layer.start, PooledBytes(pool_, kMaxStartBytes));
  if (!layer.replayable) return rest;
  hand_on(level - 1, replay.view(), sink);
  return {};
}

}  // namespace sekisho::engines
