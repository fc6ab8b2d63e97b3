#include <algorithm>
#include <array>
#include <cctype>

#include "config/base/byte_reader.h"
#include "pgsql/pgsql_transaction.h"

namespace sekisho::engines::pgsql {
namespace {

using Json = events::BoundedJsonWriter;
constexpr std::size_t kMaxParameters = 64;

/// "DateStyle" as "date_style".
class ParameterName {
 public:
  explicit ParameterName(Bytes name) noexcept {
    bool was_lower = false;
    for (const auto byte : name.first(std::min(name.size(), kMax))) {
      const bool upper = byte >= 'A' && byte <= 'Z';
      if (upper && was_lower) room_[size_++] = '_';
      room_[size_++] = static_cast<char>(upper ? byte - 'A' + 'a' : byte);
      was_lower = byte >= 'a' && byte <= 'z';
    }
  }
  std::string_view view() const noexcept { return {room_.data(), size_}; }

 private:
  static constexpr std::size_t kMax = 64;
  std::array<char, 2 * kMax> room_{};
  std::size_t size_ = 0;
};

void write_startup(Bytes body, Json& json) noexcept {
  json.member("protocol_version", "3.0");
  json.begin_object("startup_parameters");
  Bytes rest = body;
  for (Bytes name = take_string(rest); !name.empty(); name = take_string(rest)) {
    const auto value = take_string(rest);
    if (as_text(name) == "user") json.member("user", value);
  }
  rest = body;
  json.begin_array("optional_parameters");
  std::size_t count = 0;
  for (Bytes name = take_string(rest); !name.empty() && count < kMaxParameters;
       name = take_string(rest), ++count) {
    const auto value = take_string(rest);
    if (as_text(name) == "user") continue;
    json.begin_object().member(ParameterName(name).view(), value).end_object();
  }
  json.end_array().end_object();
}

void write_cancel(Bytes body, Json& json) noexcept {
  ByteReader reader(body);
  std::uint32_t process = 0, key = 0;
  json.member("message", "cancel_request");
  if (reader.be32(process) && reader.be32(key))
    json.member("process_id", process).member("secret_key", key);
}

void write_sasl_initial(Bytes body, bool passwords, Json& json) noexcept {
  Bytes rest = body;
  json.member("sasl_authentication_mechanism", take_string(rest));
  if (passwords && rest.size() > 4) json.member("sasl_param", rest.subspan(4));
}

void write_password(std::string_view key, Bytes body, bool passwords, Json& json) noexcept {
  Bytes rest = body;
  if (passwords)
    json.member(key, take_string(rest));
  else
    json.member("password_redacted", true);
}

std::string_view authentication_name(std::uint32_t code) noexcept {
  switch (code) {
    case 0:
      return "authentication_ok";
    case 3:
      return "authentication_cleartext_password";
    case 7:
      return "authentication_gss";
    case 8:
      return "authentication_gss_continue";
    case 9:
      return "authentication_sspi";
    case 10:
      return "authentication_sasl";
    case 11:
      return "authentication_sasl_continue";
    default:
      return "";
  }
}

std::string_view notice_key(std::uint8_t code) noexcept {
  switch (code) {
    case 'S':
      return "severity_localizable";
    case 'V':
      return "severity_non_localizable";
    case 'C':
      return "code";
    case 'M':
      return "message";
    case 'D':
      return "detail";
    case 'H':
      return "hint";
    case 'P':
      return "position";
    case 'p':
      return "internal_position";
    case 'q':
      return "internal_query";
    case 'W':
      return "where";
    case 's':
      return "schema_name";
    case 't':
      return "table_name";
    case 'c':
      return "column_name";
    case 'd':
      return "data_type_name";
    case 'n':
      return "constraint_name";
    case 'F':
      return "file";
    case 'L':
      return "line";
    case 'R':
      return "routine";
    default:
      return "";
  }
}

/// What records show of the server's messages: of each kind the last.
struct Shown {
  static constexpr std::uint32_t kMd5 = 5, kSaslFinal = 12;
  std::optional<Bytes> authentication, md5_salt, sasl_final, key_data, completed, notice;
  bool parameters = false;
};

bool next_message(ByteReader& reader, std::uint8_t& type, Bytes& body) noexcept {
  std::uint16_t length = 0;
  return reader.u8(type) && reader.be16(length) && reader.take(length, body);
}

Shown look_through(Bytes response) noexcept {
  Shown shown;
  ByteReader reader(response);
  std::uint8_t type = 0;
  Bytes body;
  while (next_message(reader, type, body)) {
    ByteReader inner(body);
    std::uint32_t code = 0;
    if (type == 'R' && inner.be32(code))
      (code == Shown::kMd5         ? shown.md5_salt
       : code == Shown::kSaslFinal ? shown.sasl_final
                                   : shown.authentication) = body;
    if (type == 'K') shown.key_data = body;
    if (type == 'C') shown.completed = body;
    if (type == 'E' || (type == 'N' && !shown.notice)) shown.notice = body;
    shown.parameters |= type == 'S';
  }
  return shown;
}

void write_parameters(Bytes response, Json& json) noexcept {
  json.begin_array("parameter_status");
  ByteReader reader(response);
  std::uint8_t type = 0;
  Bytes body;
  std::size_t count = 0;
  while (next_message(reader, type, body) && count < kMaxParameters) {
    if (type != 'S') continue;
    const auto name = take_string(body);
    json.begin_object().member(ParameterName(name).view(), take_string(body)).end_object();
    ++count;
  }
  json.end_array();
}

void write_notice(Bytes body, Json& json) noexcept {
  std::uint32_t written = 0;  // a bit for each code: a repeated one would be two members
  while (!body.empty() && body[0] != 0) {
    const auto code = body[0];
    body = body.subspan(1);
    const auto value = take_string(body);
    const auto key = notice_key(code);
    const auto bit = std::uint32_t{1} << (code & 31);
    const bool other_case = code == 'p' || code == 's' || code == 'c' || code == 'd';
    if (key.empty() || ((written & bit) != 0 && !other_case)) continue;
    if (!other_case) written |= bit;
    json.member(key, value);
  }
}

void write_key_data(Bytes body, Json& json) noexcept {
  ByteReader reader(body);
  std::uint32_t process = 0, key = 0;
  if (reader.be32(process) && reader.be32(key))
    json.member("process_id", process).member("secret_key", key);
}

void write_authentication(const Shown& shown, Json& json) noexcept {
  constexpr std::size_t kCodeBytes = 4;
  if (shown.md5_salt)
    json.member("authentication_md5_password", shown.md5_salt->subspan(kCodeBytes));
  if (shown.sasl_final)
    json.member("authentication_sasl_final", shown.sasl_final->subspan(kCodeBytes));
  if (shown.notice) return;  // has a message of its own
  std::uint32_t code = 0;
  if (!shown.authentication || !ByteReader(*shown.authentication).be32(code)) return;
  const auto name = authentication_name(code);
  if (!name.empty()) json.member("message", name);
}

}  // namespace

void write_request(const PgsqlTransaction& transaction, bool passwords, Json& json) noexcept {
  const auto body = transaction.body.view();
  Bytes rest = body;
  if (transaction.request == Request::none) return;
  json.begin_object("request");
  switch (transaction.request) {
    case Request::startup:
      write_startup(body, json);
      break;
    case Request::ssl:
      json.member("message", "SSL Request");
      break;
    case Request::gss:
      json.member("message", "GSSENC Request");
      break;
    case Request::cancel:
      write_cancel(body, json);
      break;
    case Request::password:
      write_password("password", body, passwords, json);
      break;
    case Request::sasl_initial:
      write_sasl_initial(body, passwords, json);
      break;
    case Request::sasl:
      write_password("sasl_response", body, passwords, json);
      break;
    case Request::query:
    case Request::parse:
      json.member(
          "simple_query",
          take_string(transaction.request == Request::parse ? (take_string(rest), rest) : rest));
      break;
    case Request::copy:
      json.begin_object("copy_data_in")
          .member("msg_count", transaction.copied_messages)
          .member("data_size", transaction.copied_bytes)
          .end_object();
      break;
    case Request::termination:
      json.member("message", "termination_message");
      break;
    case Request::sync:
    case Request::none:
      break;
  }
  json.end_object();
}

void write_response(const PgsqlTransaction& transaction, Json& json) noexcept {
  const auto shown = look_through(transaction.response.view());
  const bool rows = transaction.data_rows > 0;
  if (transaction.response.empty() && !transaction.ssl_accepted && !transaction.field_count &&
      !rows && transaction.received_messages == 0)
    return;
  json.begin_object("response");
  if (transaction.ssl_accepted) json.member("ssl_accepted", *transaction.ssl_accepted);
  if (transaction.field_count) json.member("field_count", *transaction.field_count);
  if (rows)
    json.member("data_rows", transaction.data_rows).member("data_size", transaction.data_size);
  if (transaction.received_messages > 0)
    json.begin_object("copy_data_out")
        .member("row_count", transaction.received_messages)
        .member("data_size", transaction.received_bytes)
        .end_object();
  write_authentication(shown, json);
  if (shown.parameters) write_parameters(transaction.response.view(), json);
  if (shown.key_data) write_key_data(*shown.key_data, json);
  if (shown.notice) write_notice(*shown.notice, json);
  Bytes completed = shown.completed.value_or(Bytes());
  if (shown.completed) json.member("command_completed", take_string(completed));
  json.end_object();
}

}  // namespace sekisho::engines::pgsql
