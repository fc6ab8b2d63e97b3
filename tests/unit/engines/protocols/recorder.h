#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"

namespace sekisho::tests {

using engines::Direction;

/// Text of a test as bytes of a conversation.
inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The listed protocol over TCP or UDP; null: there is none.
inline const engines::ProtocolSpec* spec_of(engines::Protocol protocol, bool tcp) {
  for (const auto* spec : engines::all_protocols())
    if (spec->protocol == protocol && (tcp ? spec->tcp : spec->udp)) return spec;
  return nullptr;
}

/// Plays the conversation: remembers what a parser tells, with the values as they were then.
class Recorder : public engines::ProtocolEvents {
 public:
  struct Stage {
    std::uint64_t transaction;
    Direction direction;
    std::uint8_t stage;
  };
  struct File {
    std::uint32_t id = 0;
    std::uint64_t transaction = 0;
    std::string name, bytes;
    Direction direction = Direction::to_client;
    std::uint64_t size = 0;
    bool complete = false, gaps = false, truncated = false;
    unsigned completions = 0;  // one is right
  };
  struct Record {
    std::uint64_t transaction;
    std::string event_type, json;
  };
  struct Body {
    std::uint64_t transaction;
    rules::Field field;
    Direction direction;
    std::string bytes;  // every fresh byte
    bool complete = false;
  };

  /// Called at each stage, for fields that are asked while they live.
  std::function<void(engines::Transaction&, Direction)> on_stage;
  std::function<void(engines::Transaction&)> on_end;

  void stage_reached(engines::Transaction& transaction, Direction direction) noexcept override {
    stages.push_back({transaction.id(), direction, transaction.stage(direction)});
    if (on_stage) on_stage(transaction, direction);
  }

  void body_grew(engines::Transaction& transaction, rules::Field field,
                 Direction direction) noexcept override {
    const auto view = transaction.body(field, direction);
    auto& body = body_of(transaction.id(), field, direction);
    if (!view) {
      ++contradictions;
      return;
    }
    // file.data goes on with the next file
    const bool may_go_on = field == rules::Field::file_data || !body.complete;
    if (view->fresh > view->window.size() || !may_go_on) ++contradictions;
    body.bytes += as_text(view->window.last(std::min(view->fresh, view->window.size())));
    body.complete = view->complete;
  }

  void file_grew(engines::Transaction& transaction,
                 const engines::FileView& view) noexcept override {
    auto found = std::find_if(files.begin(), files.end(),
                              [&](const File& file) { return file.id == view.id; });
    if (found == files.end()) found = files.insert(files.end(), File{});
    if (found->complete) ++contradictions;
    found->id = view.id;
    found->transaction = transaction.id();
    found->name = as_text(view.name);
    found->bytes += as_text(view.fresh);
    found->direction = view.direction;
    found->size = view.size;
    found->complete = view.complete;
    found->gaps = view.gaps;
    found->truncated = view.truncated;
    if (view.complete) ++found->completions;
  }

  void record_due(engines::Transaction& transaction, std::string_view event_type, std::uint8_t kind,
                  Direction) noexcept override {
    records.push_back({transaction.id(), std::string(event_type), json_of(transaction, kind)});
  }

  void ended(engines::Transaction& transaction) noexcept override {
    ended_transactions.push_back(transaction.id());
    for (const auto oddity : transaction.oddities()) oddities.emplace_back(oddity);
    if (on_end) on_end(transaction);
  }

  void expect(const engines::Expectation& expectation) noexcept override {
    expectations.push_back(expectation);
  }

  bool wants_frames() const noexcept override { return true; }
  void frame(rules::Field field, Direction, std::span<const std::uint8_t> bytes) noexcept override {
    frames.emplace_back(std::string(rules::info_of(field).name.substr(rules::kFramePrefix.size())),
                        as_text(bytes));
  }

  static std::string json_of(const engines::Transaction& transaction, std::uint8_t kind) {
    std::string room(64 * 1024, '\0');
    events::BoundedText text(room);
    events::BoundedJsonWriter json(text);
    json.begin_object();
    transaction.write_record(kind, json);
    json.end_object();
    return std::string(text.view());
  }

  bool has_oddity(std::string_view name) const {
    return std::find(oddities.begin(), oddities.end(), name) != oddities.end();
  }

  /// Fresh bytes of that body so far.
  std::string body(rules::Field field, Direction direction, std::uint64_t transaction = 0) {
    return body_of(transaction, field, direction).bytes;
  }

  Body& body_of(std::uint64_t transaction, rules::Field field, Direction direction) {
    for (auto& body : bodies)
      if (body.transaction == transaction && body.field == field && body.direction == direction)
        return body;
    return bodies.emplace_back(Body{transaction, field, direction, {}, false});
  }

  std::vector<Stage> stages;
  std::vector<Body> bodies;
  std::vector<File> files;
  std::vector<Record> records;
  std::vector<std::uint64_t> ended_transactions;
  std::vector<std::string> oddities;  // of transactions that ended
  std::vector<engines::Expectation> expectations;
  std::vector<std::pair<std::string, std::string>> frames;  // name, bytes
  unsigned contradictions = 0;                              // of the contract, by the parser
};

/// The value of a bytes or list field as text; "<none>" when there is none.
inline std::string text_of(const engines::Transaction& transaction, rules::Field field,
                           Direction direction, std::uint32_t instance = 0) {
  std::vector<std::uint8_t> scratch(engines::kFieldScratchBytes);
  const auto value = transaction.bytes(field, direction, instance, scratch);
  return value ? std::string(as_text(*value)) : "<none>";
}

}  // namespace sekisho::tests
