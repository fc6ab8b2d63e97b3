#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "content_coding/codec.h"
#include "content_coding/start.h"

namespace sekisho::engines {

/// Takes unpacked bytes, written in place.
class UnpackedSink {
 public:
  virtual ~UnpackedSink() = default;
  /// Where further bytes go, at least one; empty: no more are wanted.
  virtual std::span<std::uint8_t> room() noexcept = 0;
  virtual void wrote(std::size_t count) noexcept = 0;
};

/// Unpacks one body through up to kMaxLayers layers the way the most lenient browser would: what a
/// layer is called only says where to begin guessing. Bytes that no reading unpacks are handed on
/// as they are.
class ContentDecoder {
 public:
  static constexpr std::size_t kMaxLayers = 3;
  /// Input of a layer held until its form is clear (a gzip header may carry 64 KiB and a name).
  static constexpr std::size_t kMaxStartBytes = 128 * 1024;
  /// Input that is given as it was too when unpacking stops on an error before there is more.
  static constexpr std::size_t kReplayBytes = 1024;
  /// A layer that made kBombFloorBytes and more than kBombRatio times its input is stopped.
  static constexpr std::uint64_t kBombFloorBytes = std::uint64_t{4} << 20;
  static constexpr std::uint64_t kBombRatio = 256;

  explicit ContentDecoder(MemoryPool& pool) noexcept;
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  /// A further layer, in the order in which the sender applied them. False: over kMaxLayers.
  bool add_layer(Coding coding) noexcept;
  std::size_t num_layers() const noexcept { return count_; }

  void consume(std::span<const std::uint8_t> bytes, UnpackedSink& sink) noexcept;
  /// Nothing more comes: what is still held is handed on.
  void finish(UnpackedSink& sink) noexcept;

  bool broken() const noexcept { return broken_; }
  bool bomb() const noexcept { return bomb_; }

 private:
  struct Layer {
    explicit Layer(MemoryPool& pool) noexcept
        : start(pool, kMaxStartBytes), codec(nullptr, {&pool, 0}) {}
    Coding coding = Coding::gzip;
    enum class State : std::uint8_t { starting, unpacking, ended, plain } state = State::starting;
    std::uint8_t trailer = 0;  // bytes of checksum and length still to come
    PooledBytes start;         // the input so far, while it may have to be read again
    Pooled<Codec> codec;
    std::uint64_t in = 0, out = 0;  // of this member
    bool replayable = true;         // `start` is all input so far
  };

  void feed(std::size_t level, std::span<const std::uint8_t> bytes, bool last,
            UnpackedSink& sink) noexcept;
  /// Each takes from the front of `bytes` and returns the rest, with which `level`'s state goes on.
  std::span<const std::uint8_t> advance(std::size_t level, std::span<const std::uint8_t> bytes,
                                        bool last, UnpackedSink& sink) noexcept;
  std::span<const std::uint8_t> begin(Layer& layer, std::span<const std::uint8_t> bytes,
                                      bool last) noexcept;
  std::span<const std::uint8_t> unpack(std::size_t level, std::span<const std::uint8_t> bytes,
                                       UnpackedSink& sink) noexcept;
  std::span<const std::uint8_t> unpacking_failed(std::size_t level,
                                                 std::span<const std::uint8_t> rest,
                                                 UnpackedSink& sink) noexcept;
  static std::span<const std::uint8_t> after_end(Layer& layer,
                                                 std::span<const std::uint8_t> bytes) noexcept;
  void hand_on(std::size_t level, std::span<const std::uint8_t> bytes, UnpackedSink& sink) noexcept;
  bool trial(Reading reading, std::span<const std::uint8_t> bytes, bool last) noexcept;
  Codec::Step step_into(std::size_t level, std::span<const std::uint8_t> bytes,
                        UnpackedSink& sink) noexcept;

  MemoryPool& pool_;
  std::array<Layer, kMaxLayers> layers_;
  std::size_t count_ = 0;
  bool stopped_ = false;  // the sink is full, or a bomb
  bool broken_ = false, bomb_ = false;
};

}  // namespace sekisho::engines
