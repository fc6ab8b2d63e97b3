#include "smtp/smtp_parser.h"

#include <algorithm>

#include "specs.h"

namespace sekisho::engines {

SmtpParser::SmtpParser(MemoryPool& pool, const ParserOptions& options) noexcept
    : pool_(pool),
      options_(options),
      lines_{{LineAssembler(pool, kMaxLine), LineAssembler(pool, kMaxLine)}},
      helo_(pool, kMaxLine) {}

SmtpParser::~SmtpParser() = default;

ParseStatus SmtpParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  consumed_ = bytes.size();
  if (direction == Direction::to_client) return server_bytes(bytes, events);
  client_bytes(bytes, events);
  return ParseStatus::ok;
}

bool SmtpParser::gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept {
  if (direction == Direction::to_client || mode_ == Mode::commands) {
    lines_[index_of(direction)].lose_place();
    return true;
  }
  if (auto* transaction = latest()) transaction->mail_gap();
  if (mode_ == Mode::chunk && count >= chunk_rest_) {
    mode_ = Mode::commands;
    lines_[index_of(direction)].lose_place();
  } else if (mode_ == Mode::chunk) {
    chunk_rest_ -= count;
  } else {
    dots_.lose_place();
  }
  return true;
}

void SmtpParser::end(Direction direction, ProtocolEvents& events) noexcept {
  ended_[index_of(direction)] = true;
  if (direction == Direction::to_server && mode_ != Mode::commands) end_data(true, events);
  if (!ended_[0] || !ended_[1]) return;
  while (num_transactions_ != 0) complete(*transactions_[0], events);
}

Transaction* SmtpParser::current(Direction) noexcept { return latest(); }

SmtpTransaction* SmtpParser::latest() noexcept {
  return num_transactions_ == 0 ? nullptr : transactions_[num_transactions_ - 1].get();
}

SmtpTransaction* SmtpParser::with_id(std::uint64_t id) noexcept {
  for (std::size_t i = 0; i < num_transactions_; ++i)
    if (transactions_[i]->id() == id) return transactions_[i].get();
  return nullptr;
}

/// The transaction that a command is part of; null: no memory.
SmtpTransaction* SmtpParser::open(ProtocolEvents& events) noexcept {
  if (auto* transaction = latest(); transaction != nullptr && !transaction->closed)
    return transaction;
  if (num_transactions_ == kMaxOpen) complete(*transactions_[0], events);
  auto made = make_pooled<SmtpTransaction>(pool_, next_id_, pool_, helo_.view());
  if (made == nullptr) return nullptr;
  ++next_id_;
  transactions_[num_transactions_++] = std::move(made);
  return latest();
}

void SmtpParser::complete(SmtpTransaction& transaction, ProtocolEvents& events) noexcept {
  transaction.finish_mail(true, events);  // no effect on one that is over
  transaction.reach(Direction::to_server, kStageEnd, events);
  transaction.reach(Direction::to_client, kStageEnd, events);
  events.record_due(transaction, "smtp", 0, Direction::to_server);
  events.ended(transaction);
  const auto end = transactions_.begin() + static_cast<std::ptrdiff_t>(num_transactions_);
  const auto gone = std::find_if(transactions_.begin(), end,
                                 [&](const auto& one) { return one.get() == &transaction; });
  std::move(gone + 1, end, gone);
  transactions_[--num_transactions_].reset();
}

void SmtpParser::odd(std::string_view name, Direction direction, ProtocolEvents& events) noexcept {
  if (auto* transaction = latest() != nullptr ? latest() : next_id_ == 0 ? open(events) : nullptr)
    transaction->add_oddity_now(name, direction, events);
}

void SmtpParser::await_reply(Command command) noexcept {
  if (num_unanswered_ == kMaxUnanswered) {
    first_unanswered_ = (first_unanswered_ + 1) % kMaxUnanswered;
    --num_unanswered_;
  }
  const auto* transaction = latest();
  unanswered_[(first_unanswered_ + num_unanswered_++) % kMaxUnanswered] = {
      command, transaction == nullptr ? next_id_ : transaction->id()};
}

Likeness probe_smtp(const ProbeInput& input) noexcept {
  constexpr std::size_t kPatience = 512;
  const bool mail_port = input.server_port == 25 || input.server_port == 587;
  const auto text = input.bytes;
  if (input.direction == Direction::to_server) {
    for (const std::string_view hello : {"ehlo", "helo"}) {
      if (text.size() < hello.size() && starts_nocase(bytes_of(hello), {}) &&
          std::equal(text.begin(), text.end(), hello.begin(),
                     [](std::uint8_t a, char b) { return lower(a) == b; }))
        return Likeness::maybe;
      if (starts_nocase(text, hello) && (text.size() == hello.size() || text[hello.size()] <= ' '))
        return Likeness::yes;
    }
    return Likeness::no;
  }
  constexpr std::string_view kReady = "220";
  if (text.size() < kReady.size() + 1)
    return std::equal(
               text.begin(),
               text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), kReady.size())),
               kReady.begin())
               ? Likeness::maybe
               : Likeness::no;
  if (!starts_nocase(text, kReady) || (text[3] != ' ' && text[3] != '-')) return Likeness::no;
  if (find_nocase(text.first(std::min(text.size(), kPatience)), "smtp") != kNotFound || mail_port)
    return Likeness::yes;
  // FTP greets likewise: the client's first words tell
  const bool whole_line = find_byte(text, '\n') != kNotFound;
  return whole_line || text.size() > kPatience ? Likeness::no : Likeness::maybe;
}

const ProtocolSpec kSmtp{.protocol = Protocol::smtp,
                         .tcp = true,
                         .probe = probe_smtp,
                         .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                           return make_pooled<SmtpParser, Parser>(pool, pool, options);
                         }};

}  // namespace sekisho::engines
