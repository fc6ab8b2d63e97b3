#include "mime/mail_store.h"

#include "lines.h"
#include "mime/header_value.h"

namespace sekisho::engines {
namespace {

using Kind = MailStore::Kind;

enum class Form : std::uint8_t { text, addresses, list };

/// Header fields that are kept, and how EVE shows them.
struct Shown {
  Kind kind;
  std::string_view header;  // lower case
  std::string_view key;
  Form form;
};
constexpr std::array kShown{
    Shown{Kind::from, "from", "from", Form::text},
    Shown{Kind::to, "to", "to", Form::addresses},
    Shown{Kind::cc, "cc", "cc", Form::addresses},
    Shown{Kind::bcc, "bcc", "bcc", Form::addresses},
    Shown{Kind::reply_to, "reply-to", "reply_to", Form::text},
    Shown{Kind::subject, "subject", "subject", Form::text},
    Shown{Kind::date, "date", "date", Form::text},
    Shown{Kind::message_id, "message-id", "message_id", Form::text},
    Shown{Kind::x_mailer, "x-mailer", "x_mailer", Form::text},
    Shown{Kind::user_agent, "user-agent", "user_agent", Form::text},
    Shown{Kind::received, "received", "received", Form::list},
    Shown{Kind::x_originating_ip, "x-originating-ip", "x_originating_ip", Form::text},
    Shown{Kind::in_reply_to, "in-reply-to", "in_reply_to", Form::text},
    Shown{Kind::references, "references", "references", Form::text},
    Shown{Kind::importance, "importance", "importance", Form::text},
    Shown{Kind::priority, "priority", "priority", Form::text},
    Shown{Kind::sensitivity, "sensitivity", "sensitivity", Form::text},
    Shown{Kind::organization, "organization", "organization", Form::text},
    Shown{Kind::content_md5, "content-md5", "content_md5", Form::text},
};

}  // namespace

std::optional<Kind> MailStore::kind_of_header(std::span<const std::uint8_t> name) noexcept {
  for (const auto& shown : kShown)
    if (equals_nocase(name, shown.header)) return shown.kind;
  return std::nullopt;
}

void MailStore::add(Kind kind, std::span<const std::uint8_t> value) noexcept {
  const auto offset = bytes_.size();
  if (num_values_ == kMaxValues || !bytes_.append(value)) return;
  values_[num_values_++] = {kind, static_cast<std::uint16_t>(offset),
                            static_cast<std::uint16_t>(value.size())};
}

std::optional<std::span<const std::uint8_t>> MailStore::get(Kind kind,
                                                            std::uint32_t instance) const noexcept {
  for (std::size_t i = 0; i < num_values_; ++i)
    if (values_[i].kind == kind && instance-- == 0)
      return bytes_.view().subspan(values_[i].offset, values_[i].size);
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> MailStore::field(
    rules::Field field, std::uint32_t instance) const noexcept {
  using rules::Field;
  if (field == Field::email_received) return get(Kind::received, instance);
  if (field == Field::email_url) return get(Kind::url, instance);
  if (instance != 0) return std::nullopt;
  switch (field) {
    case Field::email_from:
      return get(Kind::from, 0);
    case Field::email_to:
      return get(Kind::to, 0);
    case Field::email_cc:
      return get(Kind::cc, 0);
    case Field::email_subject:
      return get(Kind::subject, 0);
    case Field::email_date:
      return get(Kind::date, 0);
    case Field::email_message_id:
      return get(Kind::message_id, 0);
    case Field::email_x_mailer:
      return get(Kind::x_mailer, 0);
    default:
      return std::nullopt;
  }
}

void MailStore::write_list(Kind kind, std::string_view key,
                           events::BoundedJsonWriter& json) const noexcept {
  if (!get(kind, 0)) return;
  json.begin_array(key);
  for (std::uint32_t i = 0; const auto value = get(kind, i); ++i) json.value(*value);
  json.end_array();
}

void MailStore::write_addresses(Kind kind, std::string_view key,
                                events::BoundedJsonWriter& json) const noexcept {
  auto list = get(kind, 0);
  bool begun = false;
  while (list && !list->empty()) {
    const auto address = take_address(*list);
    if (address.empty()) continue;
    if (!begun) json.begin_array(key);
    begun = true;
    json.value(address);
  }
  if (begun) json.end_array();
}

void MailStore::write(events::BoundedJsonWriter& json) const noexcept {
  for (const auto& shown : kShown) {
    if (shown.form == Form::list) write_list(shown.kind, shown.key, json);
    if (shown.form == Form::addresses) write_addresses(shown.kind, shown.key, json);
    if (shown.form != Form::text) continue;
    if (const auto value = get(shown.kind, 0)) json.member(shown.key, *value);
  }
  write_list(Kind::attachment, "attachment", json);
  std::uint32_t num_urls = 0;
  while (get(Kind::url, num_urls)) ++num_urls;
  if (num_urls == 0) return;
  json.begin_array("url");  // the last one first, as Suricata lists them
  while (num_urls != 0) json.value(*get(Kind::url, --num_urls));
  json.end_array();
}

}  // namespace sekisho::engines
