#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/result.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::engines::callback {

enum class IndicatorKind : std::uint8_t { address, domain, url, ja3, ja4, certificate };
inline constexpr std::size_t kIndicatorKinds = 6;
std::string_view name_of(IndicatorKind kind) noexcept;

inline constexpr std::size_t kMaxIndicatorBytes = 2048;

/// What a feed says is a C&C destination, as its author wrote it.
struct Indicator {
  IndicatorKind kind = IndicatorKind::domain;
  std::string text;               // 192.0.2.0/24; a.example; http://a.example/x; hex digits; a JA4
  std::string source;             // the feed's name
  std::uint8_t confidence = 100;  // 0-100
};

struct BuiltIndicators {
  struct Refused {
    std::size_t index;  // of the indicator
    std::string why;
  };
  std::vector<std::byte> file;
  std::array<std::size_t, kIndicatorKinds> num{};  // taken, without those that were there already
  std::vector<Refused> refused;
};
/// Control plane. Of one indicator told by several feeds the most confident counts, of equal ones
/// the first. Fails for more than 4 GiB of names.
Result<BuiltIndicators> compile_indicators(const std::vector<Indicator>& indicators);

/// Why a destination is one of C&C. Points into the database.
struct IndicatorMatch {
  IndicatorKind kind = IndicatorKind::domain;
  std::string_view indicator;  // canonical
  std::string_view source;
  std::uint8_t confidence = 0;
};

/// Immutable; any number of threads may ask at once, without lock or allocation. Exact: every
/// indicator is kept in full.
class IndicatorDatabase {
 public:
  /// Reads the file whole and checks it; what becomes of it afterwards does not matter.
  static Result<IndicatorDatabase> open(const std::string& path);
  /// The bytes must outlive the database. Refused when anything in them is out of place.
  static Result<IndicatorDatabase> load(std::span<const std::byte> bytes);
  IndicatorDatabase(IndicatorDatabase&&) noexcept;
  IndicatorDatabase& operator=(IndicatorDatabase&&) noexcept;
  ~IndicatorDatabase();

  /// The smallest listed network around it.
  std::optional<IndicatorMatch> find_address(const IpAddress& address) const noexcept;
  /// `name` canonical: it, or the closest listed domain above it.
  std::optional<IndicatorMatch> find_domain(std::string_view name) const noexcept;
  /// The URL itself (with its query, or listed without one), otherwise its host's domain.
  std::optional<IndicatorMatch> find_url(const rules::CanonicalUrl& url) const noexcept;
  /// `text`: as feeds and rules have it: lower-case hexadecimal MD5 of ja3, SHA-1 or SHA-256 of the
  /// certificate's DER, the text of a JA4.
  std::optional<IndicatorMatch> find_exact(IndicatorKind kind,
                                           std::string_view text) const noexcept;

  std::size_t num(IndicatorKind kind) const noexcept;
  std::size_t num_indicators() const noexcept;
  /// Whether it lists something that is known of a flow only by looking into it.
  bool names_content() const noexcept;
  bool names_tls() const noexcept;  // ja3, ja4, certificates
  std::size_t bytes() const noexcept;
  /// Tells one content from another: hexadecimal digits.
  std::string_view digest() const noexcept;

  struct Impl;

 private:
  explicit IndicatorDatabase(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sekisho::engines::callback
