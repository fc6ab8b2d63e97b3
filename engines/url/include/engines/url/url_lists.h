#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "config/base/address.h"
#include "config/base/result.h"
#include "engines/api/engine.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::engines::url {

/// The section "url": the policy's allow and block lists and its own categories.
extern const EngineSpec kSpec;

/// On which list something is, and in which of the policy's own categories.
struct ListFinding {
  ListOutcome list = ListOutcome::none;
  OwnCategories categories;
};

/// The compiled lists and categories. Immutable; any number of threads may ask at once, without
/// lock or allocation.
class UrlLists final : public Ruleset {
 public:
  struct Tables;

  /// Checks every byte that find() will follow; keeps none of them.
  static Result<std::unique_ptr<const UrlLists>> load(std::span<const std::byte> artifact);
  ~UrlLists() override;

  /// What they say of a URL: of its host and path, and of its address where that is its host.
  /// Of TLS and its like, where no path can be read, `url` has none ("/"): entries with a path do
  /// not concern it.
  ListFinding find(const rules::CanonicalUrl& url) const noexcept;
  /// Of a server's address.
  ListFinding find(const IpAddress& address) const noexcept;
  /// Whether some entry could block a URL, so that flows must be looked into.
  bool blocks_urls() const noexcept;
  /// Whether some entry of a category is for URLs, not only for addresses.
  bool has_url_categories() const noexcept;

 private:
  explicit UrlLists(std::unique_ptr<const Tables> tables) noexcept;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace sekisho::engines::url
