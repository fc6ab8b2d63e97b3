#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/base/file_copy.h"
#include "config/base/result.h"
#include "rules/reputation/score.h"
#include "rules/reputation/url_expressions.h"

namespace sekisho::engines::reputation {

/// What a database has of a URL's expression: the first eight bytes of its hash, in network order.
using ExpressionKey = std::uint64_t;
ExpressionKey key_of(const rules::UrlHash& hash) noexcept;

struct DatabaseEntry {
  ExpressionKey key = 0;
  rules::Reputation reputation;
};

inline constexpr std::size_t kMaxDatabaseEntries = 50'000'000;

/// The file: of entries with one key the worst score stays. resource: too many.
Result<std::vector<std::byte>> compile_database(std::vector<DatabaseEntry> entries);

/// Ratings of URL expressions that a box has itself, 11 bytes each. Immutable; any thread.
class ReputationDatabase {
 public:
  /// Reads the file whole and checks it; what becomes of it afterwards does not matter.
  static Result<ReputationDatabase> open(const std::string& path);
  /// Of bytes that outlive the database.
  static Result<ReputationDatabase> load(std::span<const std::byte> file);
  ReputationDatabase(ReputationDatabase&&) noexcept;
  ReputationDatabase& operator=(ReputationDatabase&&) noexcept;
  ~ReputationDatabase();

  std::size_t size() const noexcept { return size_; }
  /// Exact but for two expressions with the same eight bytes: a chance of size() / 2^64.
  std::optional<rules::Reputation> find(const rules::UrlHash& hash) const noexcept;

 private:
  ReputationDatabase() noexcept;
  FileCopy file_;  // empty when somebody else owns the bytes
  const std::byte* keys_ = nullptr;
  const std::byte* categories_ = nullptr;
  const std::byte* scores_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines::reputation
