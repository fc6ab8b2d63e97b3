#pragma once

#include "engines/protocols/parser.h"
#include "http1/body_pipe.h"
#include "http1/message.h"
#include "http1/start_line.h"
#include "http1/uri.h"

namespace sekisho::engines::http1 {

/// What the conversation's records say beside the transaction.
enum RecordKind : std::uint8_t { kBrief = 0, kLog = 1 };

/// One request and its answer.
class HttpTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxNameBytes = 1024;  // of a file

  HttpTransaction(std::uint64_t id, MemoryPool& pool, const ParserOptions& options) noexcept
      : Transaction(id),
        request(pool),
        response(pool),
        request_body(nullptr, {&pool, 0}),
        response_body(nullptr, {&pool, 0}),
        next(nullptr, {&pool, 0}),
        path_name(pool, kMaxNameBytes),
        record_headers_(options.record_headers) {}

  std::optional<Bytes> bytes(rules::Field field, Direction direction, std::uint32_t instance,
                             FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  std::optional<BodyView> body(rules::Field field, Direction direction) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  const MessageHead& head(Direction direction) const noexcept {
    return direction == Direction::to_server ? request : response;
  }
  MessageHead& head(Direction direction) noexcept {
    return direction == Direction::to_server ? request : response;
  }
  Pooled<BodyPipe>& pipe(Direction direction) noexcept {
    return direction == Direction::to_server ? request_body : response_body;
  }
  bool over(Direction direction) const noexcept { return stage(direction) == kStageEnd; }
  RequestLine request_line() const noexcept { return parse_request_line(request.line()); }
  StatusLine status_line() const noexcept { return parse_status_line(response.line()); }
  Target target() const noexcept;

  MessageHead request, response;
  Pooled<BodyPipe> request_body, response_body;
  Pooled<HttpTransaction> next;      // the next in the order of requests
  PooledBytes path_name;             // what files are called that have no other name
  std::uint64_t body_bytes[2] = {};  // as transferred, without chunk framing
  bool connect = false, head_method = false, wants_upgrade = false;
  bool interim_seen = false;

 private:
  std::optional<Bytes> of_start_line(rules::Field field, Direction direction,
                                     FieldScratch scratch) const noexcept;
  std::optional<Bytes> of_head(rules::Field field, Direction direction,
                               FieldScratch scratch) const noexcept;
  std::optional<Bytes> value_named(Name name, Direction direction,
                                   FieldScratch scratch) const noexcept;
  std::optional<Bytes> header_line(Direction direction, std::uint32_t instance,
                                   FieldScratch scratch) const noexcept;
  std::optional<Bytes> host(bool raw, FieldScratch scratch) const noexcept;
  /// The `instance`th value of Host besides whom the request is taken to ask, from 1.
  std::optional<Bytes> further_host(std::uint32_t instance, FieldScratch scratch) const noexcept;
  const FileView* file(Direction direction) const noexcept;
  void write_request(events::BoundedJsonWriter& json) const noexcept;
  void write_response(events::BoundedJsonWriter& json) const noexcept;

  bool record_headers_;
};

/// The way of a body of `transaction`, with the files that Suricata would see in it; null: no
/// memory.
Pooled<BodyPipe> make_body_pipe(HttpTransaction& transaction, Direction direction,
                                const Framing& framing, const ParserOptions& options,
                                MemoryPool& pool, std::uint32_t& next_file_id) noexcept;

}  // namespace sekisho::engines::http1
