#include "engines/protocols/transaction.h"

#include <algorithm>

#include "engines/protocols/parser.h"

namespace sekisho::engines {

std::optional<std::span<const std::uint8_t>> Transaction::bytes(rules::Field, Direction,
                                                                std::uint32_t,
                                                                FieldScratch) const noexcept {
  return std::nullopt;
}

std::optional<std::uint64_t> Transaction::number(rules::Field, Direction,
                                                 std::uint32_t) const noexcept {
  return std::nullopt;
}

std::optional<BodyView> Transaction::body(rules::Field, Direction) const noexcept {
  return std::nullopt;
}

void Transaction::write_record(std::uint8_t, events::BoundedJsonWriter&) const noexcept {}

void Transaction::add_oddity(std::string_view name) noexcept {
  const auto known = oddities();
  if (num_oddities_ == kMaxOddities || std::find(known.begin(), known.end(), name) != known.end())
    return;
  oddities_[num_oddities_++] = name;
}

void Parser::upgraded_from(Protocol, const OpenRequest&) noexcept {}

bool Parser::gap(Direction, std::uint64_t, ProtocolEvents&) noexcept { return false; }

}  // namespace sekisho::engines
