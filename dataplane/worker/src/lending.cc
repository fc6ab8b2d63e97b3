// Plaintext of open connections: lent to the packet path, and what that says of it told back.
#include <algorithm>
#include <utility>

#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

using decrypt::Side;

/// What nothing was cleared of waits for somebody else: a file's verdict, a reputation.
constexpr std::uint32_t kAgainMs = 20;

std::size_t index(Side side) noexcept { return static_cast<std::size_t>(side); }

}  // namespace

/// Connection `number` has said something. Its inner flow begins with the first of it.
void Worker::plaintext(std::uint32_t number, Side from, std::span<const std::uint8_t> bytes,
                       bool is_end) noexcept {
  auto& lending = diversion_->lendings[number];
  if (lending.lent == Lending::kNone && !begin_lending(number)) return condemn_lender(number);
  if (is_end) return config_.lent->end(lending.lent, from);
  lending.offered[index(from)] = static_cast<std::uint32_t>(bytes.size());
  // It may not offer more before it was answered.
  if (!config_.lent->offer(lending.lent, from, bytes)) condemn_lender(number);
}

bool Worker::begin_lending(std::uint32_t number) noexcept {
  if (config_.lent == nullptr) return false;
  const auto path = diversion_->diverter.path(number);
  const auto& client = path.towards[index(Side::client)];
  const auto& server = path.towards[index(Side::server)];
  // What the client sends has the headers of what goes to the server.
  const auto lent = config_.lent->open(
      {.ends = path.ends, .link = {server.link, client.link}, .port = {client.port, server.port}});
  if (!lent) return false;
  diversion_->lendings[number].lent = *lent;
  diversion_->lenders[*lent] = number;
  return true;
}

void Worker::end_lending(std::uint32_t number) noexcept {
  auto& lending = diversion_->lendings[number];
  ++lending.age;
  if (lending.lent == Lending::kNone) return;
  config_.lent->close(std::exchange(lending.lent, Lending::kNone));
}

void Worker::cleared(LentNumber number, Side from, std::uint32_t bytes) noexcept {
  const auto owner = diversion_->lenders[number];
  const auto offered = std::exchange(diversion_->lendings[owner].offered[index(from)], 0);
  const bool waits = bytes == 0 && offered != 0;
  tell_soon({.number = owner,
             .age = diversion_->lendings[owner].age,
             .due_ms = now_ms() + (waits ? kAgainMs : 0),
             .bytes = bytes,
             .kind = LentVerdict::Kind::clear,
             .from = from});
}

/// A page comes in segments, one behind the other.
void Worker::answered(LentNumber number, std::span<const std::uint8_t> bytes,
                      bool is_last) noexcept {
  auto& room = diversion_->answer;
  auto& filled = diversion_->answer_bytes;
  const auto count = std::min(bytes.size(), room.size() - filled);
  std::copy_n(bytes.begin(), count, room.begin() + static_cast<std::ptrdiff_t>(filled));
  filled += count;
  if (!is_last) return;
  const auto owner = diversion_->lenders[number];
  const auto answer = std::span(room).first(std::exchange(filled, 0));
  if (!diversion_->diverter.answer(owner, answer)) condemn_lender(owner);
}

void Worker::condemned(LentNumber number) noexcept { condemn_lender(diversion_->lenders[number]); }

void Worker::condemn_lender(std::uint32_t number) noexcept {
  tell_soon({.number = number,
             .age = diversion_->lendings[number].age,
             .due_ms = now_ms(),
             .bytes = 0,
             .kind = LentVerdict::Kind::condemn,
             .from = Side::client});
}

/// At once where it is due and the ring has room.
void Worker::tell_soon(const LentVerdict& verdict) noexcept {
  if (verdict.due_ms == now_ms() && tell_verdict(verdict)) return;
  auto& waiting = diversion_->verdicts;
  if (waiting.size() < waiting.capacity()) waiting.push_back(verdict);
}

/// False: it is to be told again.
bool Worker::tell_verdict(const LentVerdict& verdict) noexcept {
  if (diversion_->lendings[verdict.number].age != verdict.age) return true;
  auto& diverter = diversion_->diverter;
  return verdict.kind == LentVerdict::Kind::condemn
             ? diverter.condemn(verdict.number)
             : diverter.clear(verdict.number, verdict.from, verdict.bytes);
}

void Worker::tell_verdicts() noexcept {
  std::erase_if(diversion_->verdicts, [this, now = now_ms()](const LentVerdict& verdict) {
    return static_cast<std::int32_t>(verdict.due_ms - now) <= 0 && tell_verdict(verdict);
  });
}

}  // namespace sekisho::dataplane
