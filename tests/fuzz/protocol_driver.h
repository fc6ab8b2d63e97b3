#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"

namespace sekisho::fuzz {

/// Asks everything of a transaction whenever it is told something, as the detector and the records
/// would, and stops the process when the parser breaks the contract of parser.h.
class CheckingEvents : public engines::ProtocolEvents {
 public:
  void stage_reached(engines::Transaction& transaction,
                     engines::Direction direction) noexcept override {
    ask_fields(transaction, direction);
  }
  void body_grew(engines::Transaction& transaction, rules::Field field,
                 engines::Direction direction) noexcept override {
    const auto view = transaction.body(field, direction);
    require(view.has_value());
    if (view) check(*view);
  }
  void file_grew(engines::Transaction&, const engines::FileView& file) noexcept override {
    require(file.fresh.size() <= file.size);
    touch(file.name);
    touch(file.fresh);
    check(file.body);
  }
  void record_due(engines::Transaction& transaction, std::string_view, std::uint8_t kind,
                  engines::Direction) noexcept override {
    write(transaction, kind);
  }
  void ended(engines::Transaction& transaction) noexcept override {
    write(transaction, 0);
    require(transaction.oddities().size() <= engines::Transaction::kMaxOddities);
  }
  void expect(const engines::Expectation&) noexcept override {}

 private:
  static void require(bool condition) {
    if (!condition) std::abort();
  }
  void touch(std::span<const std::uint8_t> bytes) noexcept {
    for (const auto byte : bytes) sum_ = static_cast<std::uint8_t>(sum_ + byte);
  }
  void check(const engines::BodyView& view) noexcept {
    require(view.fresh <= view.window.size());
    touch(view.window);
  }
  void ask_fields(const engines::Transaction& transaction, engines::Direction direction) noexcept {
    constexpr std::uint32_t kInstances = 4;
    for (std::size_t i = 0; i < rules::num_fields(); ++i) {
      const auto field = static_cast<rules::Field>(i);
      for (std::uint32_t instance = 0; instance < kInstances; ++instance) {
        if (const auto value = transaction.bytes(field, direction, instance, scratch_))
          touch(*value);
        (void)transaction.number(field, direction, instance);
      }
      if (const auto view = transaction.body(field, direction)) check(*view);
    }
  }
  void write(const engines::Transaction& transaction, std::uint8_t kind) noexcept {
    events::BoundedText text(room_);
    events::BoundedJsonWriter json(text);
    json.begin_object();
    transaction.write_record(kind, json);
    json.end_object();
  }

  std::vector<std::uint8_t> scratch_ = std::vector<std::uint8_t>(engines::kFieldScratchBytes);
  std::vector<char> room_ = std::vector<char>(64 * 1024);
  volatile std::uint8_t sum_ = 0;
};

/// The listed protocol over TCP or UDP.
inline const engines::ProtocolSpec& spec_of(engines::Protocol protocol, bool tcp) {
  for (const auto* spec : engines::all_protocols())
    if (spec->protocol == protocol && (tcp ? spec->tcp : spec->udp)) return *spec;
  std::abort();
}

/// Feeds `input` to a fresh parser of `spec`. Input: records of a head byte (bit 7: to the client;
/// bit 6: a gap of the length; bit 5: that direction ends; bits 0-4 and one more byte: length) and
/// bytes, each in memory of its own so that reading beyond them is seen. `pool_bytes` bounds the
/// parser's memory; all of it must come back.
inline void drive(const engines::ProtocolSpec& spec, std::span<const std::uint8_t> input,
                  const engines::ParserOptions& options = {},
                  std::size_t pool_bytes = std::size_t{16} << 20) {
  using engines::Direction;
  static const auto pool = *engines::MemoryPool::create(pool_bytes);
  CheckingEvents events;
  {
    const auto parser = spec.make(*pool, options);
    if (parser == nullptr) std::abort();
    ByteReader reader(input);
    std::uint8_t head = 0, low = 0;
    bool alive = true;
    while (alive && reader.u8(head) && reader.u8(low)) {
      const auto direction = (head & 0x80) != 0 ? Direction::to_client : Direction::to_server;
      const auto length = static_cast<std::size_t>(head & 0x1f) << 8 | low;
      if ((head & 0x40) != 0) {
        alive = parser->gap(direction, length, events);
      } else if ((head & 0x20) != 0) {
        parser->end(direction, events);
      } else {
        std::span<const std::uint8_t> bytes;
        if (!reader.take(length, bytes)) reader.take(reader.rest().size(), bytes);
        const std::vector<std::uint8_t> alone(bytes.begin(), bytes.end());
        spec.probe({alone, direction, 80, 40000});
        const auto status = parser->consume(direction, alone, events);
        if (parser->consumed() > alone.size()) std::abort();
        alive = status == engines::ParseStatus::ok;
      }
      (void)parser->current(direction);
    }
    parser->end(Direction::to_server, events);
    parser->end(Direction::to_client, events);
  }
  if (pool->used_bytes() != 0) std::abort();
}

}  // namespace sekisho::fuzz
