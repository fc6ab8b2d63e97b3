#include "pgsql/pgsql_transaction.h"

#include <algorithm>
#include <cstring>

#include "config/base/byte_reader.h"

namespace sekisho::engines::pgsql {
namespace {

/// The bytes of values in a row: each has its length before it, -1 is NULL.
std::uint64_t row_bytes(Bytes row) noexcept {
  ByteReader reader(row);
  std::uint16_t columns = 0;
  std::uint64_t sum = 0;
  if (!reader.be16(columns)) return 0;
  for (std::uint16_t i = 0; i < columns; ++i) {
    std::uint32_t length = 0;
    if (!reader.be32(length)) break;
    if (length == UINT32_MAX) continue;
    sum += length;
    if (!reader.skip(length)) break;
  }
  return sum;
}

}  // namespace

Bytes take_string(Bytes& rest) noexcept {
  const auto text = as_text(rest);
  const auto end = text.find('\0');
  const auto value = rest.first(end == text.npos ? rest.size() : end);
  rest = rest.subspan(end == text.npos ? rest.size() : end + 1);
  return value;
}

void PgsqlTransaction::add_response(std::uint8_t type, Bytes message_body) noexcept {
  constexpr std::string_view kShown = "RSKCENA";
  ByteReader reader(message_body);
  if (type == 'T') {
    std::uint16_t count = 0;
    if (reader.be16(count)) field_count = count;
  } else if (type == 'D') {
    ++data_rows;
    data_size += row_bytes(message_body);
  } else if (type == 'd') {
    ++received_messages;
    received_bytes += message_body.size();
  } else if (kShown.find(static_cast<char>(type)) != kShown.npos) {
    const auto length = message_body.size();
    if (length > UINT16_MAX || response.size() + length + 3 > kMaxResponse) return;
    const std::uint8_t head[] = {type, static_cast<std::uint8_t>(length >> 8),
                                 static_cast<std::uint8_t>(length & 0xff)};
    if (response.append(head) && !response.append(message_body))
      response.truncate(response.size() - sizeof head);
  }
}

std::optional<Bytes> PgsqlTransaction::bytes(rules::Field field, Direction direction, std::uint32_t,
                                             FieldScratch) const noexcept {
  if (field != rules::Field::pgsql_query || direction != Direction::to_server) return std::nullopt;
  Bytes rest = body.view();
  if (request == Request::parse) take_string(rest);  // the statement's name
  if (request != Request::query && request != Request::parse) return std::nullopt;
  return take_string(rest);
}

void PgsqlTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("pgsql");
  json.member("tx_id", id() + 1);
  write_request(*this, passwords_, json);
  write_response(*this, json);
  json.end_object();
}

}  // namespace sekisho::engines::pgsql
