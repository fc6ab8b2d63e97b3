#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/answers/request_head.h"

namespace sekisho::dataplane {

/// What the policy says of the gateway's owner: plain text, any of it empty.
struct PageBranding {
  std::string_view organisation;
  std::string_view message;
  std::string_view contact;
};

/// Why a URL's reputation blocked it.
struct PageReputation {
  bool is_known = true;    // false: it could not be had
  std::uint8_t score = 0;  // 0 to 100
};

/// What one page tells besides; plain text, which the page escapes. Empty: left out.
struct PageFields {
  Language language = Language::japanese;
  bool wants_no_body = false;
  std::string_view host;  // as asked for: bytes of a stranger
  std::string_view application;
  std::string_view function{};  // of it, that is blocked
  std::string_view category;    // of the URL
  std::optional<PageReputation> reputation{};
  std::string_view rule;
  std::string_view id;  // block_id_text()
};

/// The pages of one policy. Their fixed parts are made once; immutable afterwards.
class BlockPages {
 public:
  /// Room that write() needs at most for what a policy's limits allow; longer is not written.
  static constexpr std::size_t kMaxBytes = 8192;

  explicit BlockPages(const PageBranding& branding);

  /// A whole HTTP/1.1 response (RFC 9112), somewhere in `room`: 403, the page in UTF-8, nothing
  /// loaded from elsewhere, the connection to be closed. Empty when it does not fit. Pinned core.
  std::string_view write(const PageFields& fields, std::span<char> room) const noexcept;

 private:
  struct Parts {
    std::string opening;  // down to the list of facts
    std::string closing;
  };
  std::array<Parts, 2> parts_;  // by Language
};

}  // namespace sekisho::dataplane
