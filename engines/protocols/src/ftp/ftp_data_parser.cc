#include <array>

#include "file_stream.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

/// As ftpdata.command counts; 0: none of these.
std::uint64_t command_number(std::string_view command) noexcept {
  constexpr std::array<std::string_view, 3> kCommands{"STOR", "RETR", "STOU"};
  for (std::size_t i = 0; i < kCommands.size(); ++i)
    if (kCommands[i] == command) return i + 1;
  return 0;
}

class FtpDataTransaction final : public Transaction {
 public:
  explicit FtpDataTransaction(const Expectation::Transfer& transfer) noexcept
      : Transaction(0), transfer_(transfer) {}

  std::optional<std::uint64_t> number(rules::Field field, Direction,
                                      std::uint32_t instance) const noexcept override {
    if (field != rules::Field::ftpdata_command || instance != 0) return std::nullopt;
    const auto number = command_number(transfer_.command);
    return number == 0 ? std::nullopt : std::optional(number);
  }
  void write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept override {
    json.begin_object("ftp_data");
    if (transfer_.name_size != 0)
      json.member("filename", std::span(transfer_.name).first(transfer_.name_size));
    if (!transfer_.command.empty()) json.member("command", transfer_.command);
    json.end_object();
  }

 private:
  const Expectation::Transfer& transfer_;
};

/// A data connection: one file, whoever sends it. Listings are no files.
class FtpDataParser final : public Parser, private FileSink {
 public:
  FtpDataParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : options_(options), file_(pool) {}

  void announced(const Expectation& expectation) noexcept override {
    transfer_ = expectation.transfer;
  }
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    if (over_) return ParseStatus::ok;
    begin(direction, events);
    if (direction != sender_) return ParseStatus::ok;
    events_ = &events;
    file_.append(bytes, *this);
    file_.report(*this);
    return ParseStatus::ok;
  }
  bool gap(Direction direction, std::uint64_t, ProtocolEvents& events) noexcept override {
    begin(direction, events);
    if (direction == sender_) file_.mark_gap();
    return true;
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    if (!begun_ || over_ || direction != sender_) return;
    over_ = true;
    events_ = &events;
    file_.finish(*this, false);
    transaction_.set_stage(sender_, kStageEnd);
    events.stage_reached(transaction_, sender_);
    events.record_due(transaction_, "ftp_data", 0, Direction::to_server);
    events.ended(transaction_);
  }
  Transaction* current(Direction) noexcept override {
    return begun_ && !over_ ? &transaction_ : nullptr;
  }

 private:
  void begin(Direction direction, ProtocolEvents& events) noexcept {
    if (begun_) return;
    begun_ = true;
    sender_ = direction;
    transaction_.set_stage(sender_, 1);
    events.stage_reached(transaction_, sender_);
    const bool is_file = command_number(transfer_.command) != 0 || transfer_.command == "APPE";
    if (is_file)
      file_.begin(0, std::span(transfer_.name).first(transfer_.name_size), sender_,
                  options_.body_depth);
  }
  void file_grew(const FileView& file) noexcept override { events_->file_grew(transaction_, file); }

  ParserOptions options_;
  Expectation::Transfer transfer_;
  FtpDataTransaction transaction_{transfer_};
  FileStream file_;
  ProtocolEvents* events_ = nullptr;  // while a call lasts
  Direction sender_ = Direction::to_client;
  bool begun_ = false, over_ = false;
};

}  // namespace

/// Known by its announcement alone.
const ProtocolSpec kFtpData{.protocol = Protocol::ftp_data,
                            .tcp = true,
                            .probe = [](const ProbeInput&) noexcept { return Likeness::no; },
                            .make =
                                [](MemoryPool& pool, const ParserOptions& options) noexcept {
                                  return make_pooled<FtpDataParser, Parser>(pool, pool, options);
                                }};

}  // namespace sekisho::engines
