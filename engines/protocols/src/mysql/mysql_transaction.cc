#include "mysql/mysql_transaction.h"

#include <algorithm>
#include <charconv>

#include "config/base/text_bytes.h"
#include "little_endian.h"

namespace sekisho::engines::mysql {
namespace {

constexpr std::size_t kRowHead = 4;
constexpr std::uint32_t kMaxShownRows = 256;

/// What stands before the arguments, or instead of them.
std::string_view verb_of(std::uint8_t command) noexcept {
  switch (command) {
    case kQuit:
      return "quit";
    case kInitDb:
      return "use ";
    case kFieldList:
      return "field_list ";
    case kCreateDb:
      return "create db ";
    case kDropDb:
      return "drop db ";
    case kRefresh:
      return "refresh";
    case kShutdown:
      return "shutdown";
    case kStatistics:
      return "statistics";
    case kProcessInfo:
      return "process_info";
    case kProcessKill:
      return "process_kill";
    case kDebug:
      return "debug";
    case kPing:
      return "ping";
    case kChangeUser:
      return "change_user ";
    case kBinlogDump:
      return "binlog_dump";
    case kStatementExecute:
      return "stmt_execute";
    case kStatementSendLongData:
      return "stmt_send_long_data";
    case kStatementClose:
      return "stmt_close";
    case kStatementReset:
      return "stmt_reset";
    case kSetOption:
      return "set_option";
    case kStatementFetch:
      return "stmt_fetch";
    case kResetConnection:
      return "reset_connection";
    default:
      return "";
  }
}

Bytes until_zero(Bytes text) noexcept {
  const auto end = std::find(text.begin(), text.end(), 0);
  return text.first(static_cast<std::size_t>(end - text.begin()));
}

}  // namespace

bool take_length(Bytes& rest, std::uint64_t& value) noexcept {
  if (rest.empty()) return false;
  constexpr std::uint8_t kTwo = 0xfc, kThree = 0xfd, kEight = 0xfe, kNull = 0xfb;
  const std::uint8_t first = rest[0];
  const std::size_t width = first == kTwo ? 2 : first == kThree ? 3 : first == kEight ? 8 : 0;
  if (width == 0 && first >= kNull) return false;
  if (rest.size() < 1 + width) return false;
  value = width == 0 ? first : integer_at(rest, 1, width, true);
  rest = rest.subspan(1 + width);
  return true;
}

void MysqlTransaction::begin(std::uint8_t command, Bytes arguments,
                             const Session& session) noexcept {
  command_ = command;
  session_ = &session;
  (void)text_.append_some(bytes_of(verb_of(command)));
  const bool is_text = command == kQuery || command == kStatementPrepare || command == kInitDb ||
                       command == kCreateDb || command == kDropDb;
  if (is_text)
    (void)text_.append_some(arguments);
  else if (command == kChangeUser || command == kFieldList)
    (void)text_.append_some(until_zero(arguments));
  if (!text_.empty()) return;
  std::array<char, 16> number{'c', 'o', 'm', '_'};
  const auto end = std::to_chars(number.data() + 4, number.data() + number.size(), command).ptr;
  (void)text_.append_some(bytes_of({number.data(), static_cast<std::size_t>(end - number.data())}));
}

void MysqlTransaction::add_row(Bytes row) noexcept {
  constexpr std::uint8_t kNull = 0xfb, kComma = ',';
  const auto begin = rows_.size();
  const std::array<std::uint8_t, kRowHead> head{};
  if (!rows_.append(head)) return;
  for (bool first = true; !row.empty(); first = false) {
    std::uint64_t length = 0;
    if (!first && !rows_.append({&kComma, 1})) return rows_.truncate(begin);
    if (row[0] == kNull) {
      if (!rows_.append(bytes_of("NULL"))) return rows_.truncate(begin);
      row = row.subspan(1);
      continue;
    }
    if (!take_length(row, length)) break;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(length, row.size()));
    if (!rows_.append(row.first(size))) return rows_.truncate(begin);
    row = row.subspan(size);
  }
  const auto size = rows_.size() - begin - kRowHead;
  for (std::size_t i = 0; i < kRowHead; ++i)
    rows_.writable()[begin + i] = static_cast<std::uint8_t>(size >> (8 * i));
}

std::optional<Bytes> MysqlTransaction::row(std::uint32_t index) const noexcept {
  auto rest = rows_.view();
  while (rest.size() >= kRowHead) {
    const auto size = le32_at(rest, 0);
    if (index-- == 0) return slice(rest, kRowHead, size);
    rest = slice(rest, kRowHead + size);
  }
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> MysqlTransaction::bytes(rules::Field field,
                                                                     Direction direction,
                                                                     std::uint32_t instance,
                                                                     FieldScratch) const noexcept {
  if (field == rules::Field::mysql_command && direction == Direction::to_server && command_ != 0)
    return text_.view();
  if (field == rules::Field::mysql_rows && direction == Direction::to_client) return row(instance);
  return std::nullopt;
}

void MysqlTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("mysql");
  if (session_ != nullptr) {
    const Bytes version(session_->version.data(), session_->version_size);
    if (!version.empty()) json.member("version", version);
    json.member("tls", session_->tls);
  }
  if (command_ != 0) json.member("command", text_.view());
  if (!rows_.empty()) {
    json.begin_array("rows");
    auto rest = rows_.view();
    for (std::uint32_t i = 0; i < kMaxShownRows && rest.size() >= kRowHead; ++i) {
      const auto size = le32_at(rest, 0);
      json.value(slice(rest, kRowHead, size));
      rest = slice(rest, kRowHead + size);
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace sekisho::engines::mysql
