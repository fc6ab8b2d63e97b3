#pragma once

#include <cstdint>
#include <optional>

#include "engines/protocols/parser.h"
#include "http1/body_pipe.h"
#include "http2/dns_over_http.h"
#include "http2/frame.h"
#include "http2/header_list.h"

namespace sekisho::engines::http2 {

/// A stream: a request and its answer (RFC 9113 §5.1).
class Http2Transaction final : public Transaction {
 public:
  /// What one end sent.
  struct Side {
    explicit Side(MemoryPool& pool) noexcept : headers(pool), dns(pool, kMaxDnsBytes) {}
    HeaderList headers;
    Pooled<http1::BodyPipe> body{nullptr, {}};  // from the first DATA frame on
    PooledBytes dns;                            // the body, when it is a DNS message
    bool carries_dns = false;
    std::uint32_t frame_types = 0;  // bits
    std::optional<std::uint32_t> error_code;
    std::optional<std::uint8_t> priority;  // weight
    std::optional<std::uint32_t> table_size_update;
    bool headers_done = false, over = false;
  };

  Http2Transaction(MemoryPool& pool, std::uint64_t number, std::uint32_t stream_id) noexcept
      : Transaction(number), sides{Side(pool), Side(pool)}, stream(stream_id) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  std::optional<BodyView> body(rules::Field field, Direction direction) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  std::uint32_t stream_id() const noexcept override { return stream; }

  Side& side(Direction direction) noexcept { return sides[index_of(direction)]; }
  const Side& side(Direction direction) const noexcept { return sides[index_of(direction)]; }
  const HeaderList& request() const noexcept { return sides[0].headers; }
  const HeaderList& response() const noexcept { return sides[1].headers; }
  /// Stays where it is for as long as the transaction lives: empty until the headers are whole.
  Bytes path() const noexcept {
    return sides[0].headers_done ? request().find(":path").value_or(Bytes{}) : Bytes{};
  }

  Side sides[2];
  std::uint32_t stream;
  Pooled<Http2Transaction> next{nullptr, {}};  // in the parser's list
};

/// A frame that belongs to the connection, or that changes a stream without being part of its
/// messages: a transaction of its own, which lives for the call that reports it.
class FrameTransaction final : public Transaction {
 public:
  FrameTransaction(std::uint64_t number, Direction direction, const FrameHeader& frame,
                   Bytes payload) noexcept
      : Transaction(number), direction_(direction), frame_(frame), payload_(payload) {}

  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  std::size_t num_settings() const noexcept {
    return frame_.type == FrameType::settings ? payload_.size() / kSettingBytes : 0;
  }
  std::optional<std::uint32_t> error_code() const noexcept;
  std::optional<std::uint8_t> priority() const noexcept;
  std::optional<std::uint32_t> window() const noexcept;

 private:
  std::optional<std::uint64_t> setting(std::uint32_t index) const noexcept;
  std::optional<std::uint32_t> be32_at(std::size_t offset) const noexcept;

  Direction direction_;
  FrameHeader frame_;
  Bytes payload_;
};

}  // namespace sekisho::engines::http2
