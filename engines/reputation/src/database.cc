#include <algorithm>
#include <array>
#include <utility>

#include "engines/reputation/reputation_database.h"

namespace sekisho::engines::reputation {
namespace {

// The file: kHeaderBytes with magic and number of entries, then all keys, ascending, then all
// categories, then all scores. Integers big-endian.
constexpr std::array<char, 8> kMagic{'s', 'e', 'k', 'r', 'd', 'b', '0', '1'};
constexpr std::size_t kHeaderBytes = 16, kKeyBytes = 8, kCategoryBytes = 2;
constexpr std::size_t kEntryBytes = kKeyBytes + kCategoryBytes + 1;

/// Of std::byte or std::uint8_t.
template <class Byte>
std::uint64_t integer_at(const Byte* place, std::size_t bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint64_t>(place[i]);
  return value;
}

void put(std::uint64_t value, std::size_t bytes, std::vector<std::byte>& out) {
  for (std::size_t i = bytes; i-- > 0;)
    out.push_back(static_cast<std::byte>(value >> 8 * i & 0xff));
}

}  // namespace

ReputationDatabase::ReputationDatabase() noexcept = default;
ReputationDatabase::ReputationDatabase(ReputationDatabase&&) noexcept = default;
ReputationDatabase& ReputationDatabase::operator=(ReputationDatabase&&) noexcept = default;
ReputationDatabase::~ReputationDatabase() = default;

ExpressionKey key_of(const rules::UrlHash& hash) noexcept {
  return integer_at(hash.data(), kKeyBytes);
}

Result<std::vector<std::byte>> compile_database(std::vector<DatabaseEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const DatabaseEntry& a, const DatabaseEntry& b) {
    return std::pair(a.key, a.reputation.score) < std::pair(b.key, b.reputation.score);
  });
  entries.erase(std::unique(entries.begin(), entries.end(),
                            [](const auto& a, const auto& b) { return a.key == b.key; }),
                entries.end());
  if (entries.size() > kMaxDatabaseEntries)
    return Error{Error::Code::resource,
                 "more than " + std::to_string(kMaxDatabaseEntries) + " entries"};
  std::vector<std::byte> file;
  file.reserve(kHeaderBytes + entries.size() * kEntryBytes);
  for (const char c : kMagic) file.push_back(static_cast<std::byte>(c));
  put(entries.size(), 8, file);
  for (const auto& entry : entries) put(entry.key, kKeyBytes, file);
  for (const auto& entry : entries) put(entry.reputation.category, kCategoryBytes, file);
  for (const auto& entry : entries) put(entry.reputation.score, 1, file);
  return file;
}

Result<ReputationDatabase> ReputationDatabase::load(std::span<const std::byte> file) {
  const Error damaged{Error::Code::invalid_input, "not a reputation database, or damaged"};
  const auto matches = [](char c, std::byte b) { return static_cast<std::byte>(c) == b; };
  if (file.size() < kHeaderBytes ||
      !std::equal(kMagic.begin(), kMagic.end(), file.begin(), matches))
    return damaged;
  const auto size = integer_at(file.data() + kMagic.size(), 8);
  if (size > kMaxDatabaseEntries || file.size() != kHeaderBytes + size * kEntryBytes)
    return damaged;
  ReputationDatabase database;
  database.size_ = size;
  database.keys_ = file.data() + kHeaderBytes;
  database.categories_ = database.keys_ + size * kKeyBytes;
  database.scores_ = database.categories_ + size * kCategoryBytes;
  for (std::size_t i = 0; i < size; ++i) {
    const auto* key = database.keys_ + i * kKeyBytes;
    const bool is_ascending =
        i == 0 || integer_at(key - kKeyBytes, kKeyBytes) < integer_at(key, kKeyBytes);
    if (!is_ascending || std::to_integer<unsigned>(database.scores_[i]) > rules::kBestReputation)
      return damaged;
  }
  return database;
}

Result<ReputationDatabase> ReputationDatabase::open(const std::string& path) {
  auto file = read_file(path, kHeaderBytes + kMaxDatabaseEntries * kEntryBytes, Links::follow);
  if (!file) return std::move(file).error();
  auto loaded = load(file->bytes());
  if (!loaded) return std::move(loaded).error().within(path);
  loaded->file_ = *std::move(file);
  return loaded;
}

std::optional<rules::Reputation> ReputationDatabase::find(
    const rules::UrlHash& hash) const noexcept {
  const auto wanted = key_of(hash);
  std::size_t first = 0, end = size_;
  while (first < end) {
    const auto middle = first + (end - first) / 2;
    if (integer_at(keys_ + middle * kKeyBytes, kKeyBytes) < wanted)
      first = middle + 1;
    else
      end = middle;
  }
  if (first == size_ || integer_at(keys_ + first * kKeyBytes, kKeyBytes) != wanted)
    return std::nullopt;
  return rules::Reputation{.score = std::to_integer<std::uint8_t>(scores_[first]),
                           .category = static_cast<std::uint16_t>(
                               integer_at(categories_ + first * kCategoryBytes, kCategoryBytes))};
}

}  // namespace sekisho::engines::reputation
