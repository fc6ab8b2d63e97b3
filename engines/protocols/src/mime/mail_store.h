#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "config/events/json_writer.h"
#include "engines/memory/memory_pool.h"
#include "rules/ips/field.h"

namespace sekisho::engines {

/// What is kept of a mail: values of its header fields, names of attachments, addresses in its
/// text. Bounded; what does not fit is left out.
class MailStore {
 public:
  static constexpr std::size_t kMaxBytes = 32 * 1024;
  static constexpr std::size_t kMaxValues = 128;

  enum class Kind : std::uint8_t {
    from,
    to,
    cc,
    bcc,
    reply_to,
    subject,
    date,
    message_id,
    x_mailer,
    user_agent,
    received,
    x_originating_ip,
    in_reply_to,
    references,
    importance,
    priority,
    sensitivity,
    organization,
    content_md5,
    attachment,
    url
  };

  explicit MailStore(MemoryPool& pool) noexcept : bytes_(pool, kMaxBytes) {}

  /// The kind of a header field that is kept; nullopt: this one is not.
  static std::optional<Kind> kind_of_header(std::span<const std::uint8_t> name) noexcept;
  void add(Kind kind, std::span<const std::uint8_t> value) noexcept;
  std::optional<std::span<const std::uint8_t>> get(Kind kind,
                                                   std::uint32_t instance) const noexcept;
  /// The value of an email.* field.
  std::optional<std::span<const std::uint8_t>> field(rules::Field field,
                                                     std::uint32_t instance) const noexcept;
  /// Members of EVE's "email".
  void write(events::BoundedJsonWriter& json) const noexcept;

 private:
  struct Value {
    Kind kind;
    std::uint16_t offset, size;
  };
  void write_list(Kind kind, std::string_view key, events::BoundedJsonWriter& json) const noexcept;
  void write_addresses(Kind kind, std::string_view key,
                       events::BoundedJsonWriter& json) const noexcept;

  PooledBytes bytes_;
  std::array<Value, kMaxValues> values_{};
  std::size_t num_values_ = 0;
};

}  // namespace sekisho::engines
