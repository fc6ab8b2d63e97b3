#include <algorithm>
#include <array>

#include "lines.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

/// RFC 1350 §5: a request to read or to write. The transfer goes on between other ports.
struct TftpRequest {
  bool write = false;
  std::span<const std::uint8_t> file, mode;
};

std::optional<TftpRequest> read_request(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() < 4 || bytes[0] != 0 || (bytes[1] != 1 && bytes[1] != 2)) return std::nullopt;
  auto rest = bytes.subspan(2);
  TftpRequest request{.write = bytes[1] == 2, .file = {}, .mode = {}};
  if (find_byte(rest, 0) == kNotFound) return std::nullopt;
  request.file = take_until(rest, 0);
  if (find_byte(rest, 0) == kNotFound) return std::nullopt;
  request.mode = take_until(rest, 0);
  constexpr std::array<std::string_view, 3> kModes{"octet", "netascii", "mail"};
  const bool known = std::any_of(kModes.begin(), kModes.end(), [&](std::string_view mode) {
    return equals_nocase(request.mode, mode);
  });
  if (!known || request.file.empty()) return std::nullopt;
  return request;
}

class TftpTransaction final : public Transaction {
 public:
  TftpTransaction(std::uint64_t id, const TftpRequest& request) noexcept
      : Transaction(id), request_(request) {}
  void write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept override {
    json.begin_object("tftp")
        .member("packet", request_.write ? "write" : "read")
        .member("file", request_.file)
        .member("mode", request_.mode)
        .end_object();
  }

 private:
  const TftpRequest& request_;
};

class TftpParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const auto request = read_request(bytes);
    if (!request) return ParseStatus::ok;
    TftpTransaction transaction(next_id_++, *request);
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
    events.record_due(transaction, "tftp", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint64_t next_id_ = 0;
};

Likeness probe_tftp(const ProbeInput& input) noexcept {
  return read_request(input.bytes) ? Likeness::yes : Likeness::no;
}

}  // namespace

const ProtocolSpec kTftp{.protocol = Protocol::tftp,
                         .udp = true,
                         .probe = probe_tftp,
                         .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                           return make_pooled<TftpParser, Parser>(pool);
                         }};

}  // namespace sekisho::engines
