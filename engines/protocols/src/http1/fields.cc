// Values of http.* fields, as Suricata's keywords define them.
#include "http1/transaction.h"

namespace sekisho::engines::http1 {
namespace {

using rules::Field;

bool same_name(const HeaderField& a, const HeaderField& b, Bytes head) noexcept {
  return a.name_bytes == b.name_bytes && a.name == b.name &&
         (a.name != Name::other || equals_nocase(name_of(a, head), as_text(name_of(b, head))));
}

/// The field's value and those of later ones of its name, joined; false: an earlier one took it.
bool add_joined_value(const MessageHead& head, std::size_t index, ScratchWriter& out) noexcept {
  const auto fields = head.table.fields();
  const auto& field = fields[index];
  for (std::size_t i = 0; i < index; ++i)
    if (!fields[i].shadow && same_name(fields[i], field, head.bytes())) return false;
  add_value(field, head.bytes(), out);
  for (std::size_t i = index + 1; i < fields.size(); ++i) {
    if (fields[i].shadow || !same_name(fields[i], field, head.bytes())) continue;
    out.add(std::string_view(", "));
    add_value(fields[i], head.bytes(), out);
  }
  return true;
}

/// Lines "Name: value", each followed by CR LF.
void add_lines(const MessageHead& head, bool with_cookies, ScratchWriter& out) noexcept {
  const auto fields = head.table.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto& field = fields[i];
    if (field.shadow) continue;
    if (!with_cookies && (field.name == Name::cookie || field.name == Name::set_cookie)) continue;
    const auto before = out.size();
    out.add(name_of(field, head.bytes()));
    out.add(std::string_view(": "));
    if (add_joined_value(head, i, out))
      out.add(std::string_view("\r\n"));
    else
      out.truncate(before);
  }
}

void add_names(const MessageHead& head, ScratchWriter& out) noexcept {
  out.add(std::string_view("\r\n"));
  const auto fields = head.table.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].shadow) continue;
    bool repeated = false;
    for (std::size_t j = 0; j < i && !repeated; ++j)
      repeated = !fields[j].shadow && same_name(fields[j], fields[i], head.bytes());
    if (repeated) continue;
    out.add(name_of(fields[i], head.bytes()));
    out.add(std::string_view("\r\n"));
  }
  out.add(std::string_view("\r\n"));
}

Name name_for(Field field, Direction direction) noexcept {
  switch (field) {
    case Field::http_user_agent:
      return Name::user_agent;
    case Field::http_referer:
      return Name::referer;
    case Field::http_cookie:
      return direction == Direction::to_server ? Name::cookie : Name::set_cookie;
    case Field::http_accept:
      return Name::accept;
    case Field::http_accept_enc:
      return Name::accept_encoding;
    case Field::http_accept_lang:
      return Name::accept_language;
    case Field::http_connection:
      return Name::connection;
    case Field::http_content_type:
      return Name::content_type;
    case Field::http_content_len:
      return Name::content_length;
    case Field::http_location:
      return Name::location;
    case Field::http_server:
      return Name::server;
    default:
      return Name::other;
  }
}

std::optional<Bytes> unless_empty(Bytes bytes) noexcept {
  if (bytes.empty()) return std::nullopt;
  return bytes;
}

}  // namespace

Target HttpTransaction::target() const noexcept {
  return parse_target(request_line().uri, connect);
}

const FileView* HttpTransaction::file(Direction direction) const noexcept {
  const auto& pipe = direction == Direction::to_server ? request_body : response_body;
  return pipe == nullptr ? nullptr : pipe->file();
}

std::optional<Bytes> HttpTransaction::bytes(Field field, Direction direction,
                                            std::uint32_t instance,
                                            FieldScratch scratch) const noexcept {
  const auto& message = head(direction);
  if (field == Field::file_name) {
    const auto* const view = instance == 0 ? file(direction) : nullptr;
    return view == nullptr ? std::nullopt : std::optional(view->name);
  }
  if (!message.line_done()) return std::nullopt;
  if ((field == Field::http_request_header && direction == Direction::to_server) ||
      (field == Field::http_response_header && direction == Direction::to_client))
    return message.done() ? header_line(direction, instance, scratch) : std::nullopt;
  if (instance != 0 && field == Field::http_host_raw && direction == Direction::to_server)
    return message.done() ? further_host(instance, scratch) : std::nullopt;
  if (instance != 0) return std::nullopt;
  if (const auto value = of_start_line(field, direction, scratch)) return value;
  return message.done() ? of_head(field, direction, scratch) : std::nullopt;
}

std::optional<Bytes> HttpTransaction::of_start_line(Field field, Direction direction,
                                                    FieldScratch scratch) const noexcept {
  const bool to_server = direction == Direction::to_server;
  switch (field) {
    case Field::http_method:
      return to_server ? unless_empty(request_line().method) : std::nullopt;
    case Field::http_uri_raw:
      return to_server ? unless_empty(request_line().uri) : std::nullopt;
    case Field::http_uri: {
      if (!to_server) return std::nullopt;
      ScratchWriter out(scratch);
      add_normalised_uri(target(), out);
      return unless_empty(out.written());
    }
    case Field::http_protocol:
      return unless_empty(to_server ? request_line().protocol : status_line().protocol);
    case Field::http_request_line:
      return to_server ? unless_empty(request.line()) : std::nullopt;
    case Field::http_response_line:
      return to_server ? std::nullopt : unless_empty(response.line());
    case Field::http_stat_code:
      return to_server ? std::nullopt : unless_empty(status_line().code);
    case Field::http_stat_msg:
      return to_server ? std::nullopt : unless_empty(status_line().message);
    default:
      return std::nullopt;
  }
}

std::optional<Bytes> HttpTransaction::of_head(Field field, Direction direction,
                                              FieldScratch scratch) const noexcept {
  const auto& message = head(direction);
  const bool to_server = direction == Direction::to_server;
  ScratchWriter out(scratch);
  switch (field) {
    case Field::http_header:
      add_lines(message, false, out);
      return unless_empty(out.written());
    case Field::http_header_raw:
      return unless_empty(message.block());
    case Field::http_header_names:
      if (message.table.fields().empty()) return std::nullopt;
      add_names(message, out);
      return out.written();
    case Field::http_start:
      out.add(message.line());
      out.add(std::string_view("\r\n"));
      add_lines(message, true, out);
      out.add(std::string_view("\r\n"));
      return out.written();
    case Field::http_host:
      return to_server ? host(false, scratch) : std::nullopt;
    case Field::http_host_raw:
      return to_server ? host(true, scratch) : std::nullopt;
    default:
      break;
  }
  if (rules::info_of(field).direction == rules::FieldDirection::to_client && to_server)
    return std::nullopt;
  if (rules::info_of(field).direction == rules::FieldDirection::to_server && !to_server)
    return std::nullopt;
  const auto name = name_for(field, direction);
  return name == Name::other ? std::nullopt : value_named(name, direction, scratch);
}

std::optional<Bytes> HttpTransaction::value_named(Name name, Direction direction,
                                                  FieldScratch scratch) const noexcept {
  const auto& message = head(direction);
  const auto* const field = message.table.find(name);
  if (field == nullptr) return std::nullopt;
  const auto fields = message.table.fields();
  const auto index = static_cast<std::size_t>(field - fields.data());
  const bool repeated = std::any_of(field + 1, fields.data() + fields.size(),
                                    [&](const auto& f) { return f.name == name && !f.shadow; });
  if (!repeated) return value_of(*field, message.bytes(), scratch);
  ScratchWriter out(scratch);
  add_joined_value(message, index, out);
  return out.written();
}

std::optional<Bytes> HttpTransaction::header_line(Direction direction, std::uint32_t instance,
                                                  FieldScratch scratch) const noexcept {
  const auto& message = head(direction);
  for (const auto& field : message.table.fields()) {
    if (field.shadow || instance-- != 0) continue;
    ScratchWriter out(scratch);
    out.add(name_of(field, message.bytes()));
    out.add(std::string_view(": "));
    add_value(field, message.bytes(), out);
    return out.written();
  }
  return std::nullopt;
}

std::optional<Bytes> HttpTransaction::host(bool raw, FieldScratch scratch) const noexcept {
  const auto of_target = target().host;
  Bytes text = of_target;
  if (text.empty()) {
    const auto* const field = request.table.find(Name::host);
    if (field == nullptr) return std::nullopt;
    text = value_of(*field, request.bytes(), scratch);
    if (raw) return unless_empty(text);
    text = split_host(text).host;
  }
  if (raw) return unless_empty(text);
  // the value may lie in the scratch already: written behind its beginning, never before it
  ScratchWriter out(scratch);
  add_normalised_host(text, out);
  return unless_empty(out.written());
}

/// Servers differ in which Host counts, and in what they take for one.
std::optional<Bytes> HttpTransaction::further_host(std::uint32_t instance,
                                                   FieldScratch scratch) const noexcept {
  const auto* const asked = target().host.empty() ? request.table.find(Name::host) : nullptr;
  for (const auto& field : request.table.fields()) {
    if (field.name != Name::host || &field == asked) continue;
    const auto value = value_of(field, request.bytes(), scratch);
    if (!value.empty() && --instance == 0) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> HttpTransaction::number(Field field, Direction direction,
                                                     std::uint32_t instance) const noexcept {
  if (instance != 0) return std::nullopt;
  if (field == Field::http_num_headers) {
    const auto fields = head(direction).table.fields();
    return static_cast<std::uint64_t>(
        std::count_if(fields.begin(), fields.end(), [](const auto& one) { return !one.shadow; }));
  }
  if (field != Field::file_size) return std::nullopt;
  const auto* const view = file(direction);
  return view == nullptr ? std::nullopt : std::optional(view->size);
}

std::optional<BodyView> HttpTransaction::body(Field field, Direction direction) const noexcept {
  const auto& pipe = direction == Direction::to_server ? request_body : response_body;
  if (pipe == nullptr) return std::nullopt;
  if (field == Field::file_data) return pipe->file_view();
  const bool fits = direction == Direction::to_server ? field == Field::http_request_body
                                                      : field == Field::http_response_body;
  return fits ? std::optional(pipe->view()) : std::nullopt;
}

}  // namespace sekisho::engines::http1
