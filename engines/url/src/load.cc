#include <algorithm>

#include "config/snapshot/snapshot.h"
#include "rules/urls/categories.h"
#include "view.h"

namespace sekisho::engines::url {
namespace {

Error damaged(const std::string& why) { return {Error::Code::invalid_input, why}; }

/// Cuts the sections off the file; false when one does not fit.
class Sections {
 public:
  explicit Sections(std::span<const std::byte> rest) : rest_(rest) {}
  bool take(std::uint64_t bytes, std::span<const std::byte>& out) {
    if (bytes > rest_.size()) return false;
    out = rest_.first(static_cast<std::size_t>(bytes));
    rest_ = rest_.subspan(static_cast<std::size_t>(bytes));
    return true;
  }
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

/// Looks at everything that a look-up will trust.
class Checker {
 public:
  explicit Checker(const UrlDatabase::Impl& view, std::span<const std::byte> buckets)
      : view_(view), buckets_(buckets), begins_(buckets.size()) {}

  Status run() {
    for (std::uint32_t i = 0; i < view_.header.num_sets; ++i)
      for (const auto id : view_.set(i))
        if (id > rules::kMaxUrlCategory) return damaged("a category is out of range");
    std::uint64_t num_nodes = 0;
    for (std::uint32_t i = 0; i < view_.header.num_buckets; ++i)
      if (auto status = bucket(i, num_nodes); !status) return status;
    if (view_.bucket_begin(view_.header.num_buckets) != buckets_.size())
      return damaged("the buckets do not end with the file");
    if (num_nodes != view_.header.num_nodes || view_.header.num_entries > num_nodes)
      return damaged("the number of entries is wrong");
    return parents();
  }

 private:
  Status bucket(std::uint32_t index, std::uint64_t& num_nodes) {
    const std::size_t begin = view_.bucket_begin(index), end = view_.bucket_begin(index + 1);
    if ((index == 0 && begin != 0) || end <= begin || end > buckets_.size())
      return damaged("bucket " + std::to_string(index) + " is out of place");
    const auto count = std::to_integer<std::size_t>(buckets_[begin]);
    if (1 + 2 * count > end - begin)
      return damaged("bucket " + std::to_string(index) + " is too small");
    auto at = begin + 1 + 2 * count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto bytes = std::to_integer<std::size_t>(buckets_[begin + 1 + count + i]);
      if (bytes > end - at || !is_sound_entry(buckets_.subspan(at, bytes)))
        return damaged("an entry of bucket " + std::to_string(index) + " is damaged");
      begins_[at] = true;
      at += bytes;
    }
    if (at != end) return damaged("bucket " + std::to_string(index) + " is too large");
    num_nodes += count;
    return ok();
  }

  bool is_sound_entry(std::span<const std::byte> entry) {
    if (entry.empty()) return false;
    const auto code = std::to_integer<unsigned>(entry[0]);
    const std::size_t least = code < kMiddleCode ? 1
                              : code < kLongCode ? kMiddleHead
                                                 : long_head_bytes(code - kLongCode);
    if (entry.size() < least || code > kLastLongCode) return false;
    if (code < kLongCode && short_index(entry.data()) >= view_.header.num_shorts) return false;
    const auto [descriptor, head] = read_head(entry.data(), view_.shorts);
    if (descriptor.set >= view_.header.num_sets) return false;
    if (code >= kLongCode) parents_.push_back(descriptor.parent);
    bool is_escaped = false;
    for (const auto one : entry.subspan(head)) {
      const auto symbol = std::to_integer<unsigned>(one);
      if (!is_escaped && symbol != kEscape && view_.lengths[symbol] == 0) return false;
      is_escaped = !is_escaped && symbol == kEscape;
    }
    return !is_escaped;
  }

  Status parents() {
    for (std::uint32_t i = 0; i < view_.header.num_shorts; ++i) {
      parents_.push_back(view_.short_descriptor(i).parent);
      if (view_.short_descriptor(i).set >= view_.header.num_sets)
        return damaged("a descriptor is out of range");
    }
    for (const auto parent : parents_)
      if (parent != 0 && (parent > begins_.size() || !begins_[parent - 1]))
        return damaged("a parent is no entry");
    return ok();
  }

  const UrlDatabase::Impl& view_;
  const std::span<const std::byte> buckets_;
  std::vector<bool> begins_;            // where an entry begins
  std::vector<std::uint32_t> parents_;  // that long entries name
};

Status check_header(std::span<const std::byte> bytes, const Header& header) {
  if (header.magic != kMagic) return damaged("is no URL database");
  if (header.version != kFormatVersion)
    return Error{Error::Code::version, "is of format " + std::to_string(header.version) + ", not " +
                                           std::to_string(kFormatVersion)};
  if (header.file_bytes != bytes.size())
    return damaged("is " + std::to_string(bytes.size()) + " bytes long, not " +
                   std::to_string(header.file_bytes));
  const auto digest = snapshot::sha256_hex(bytes.subspan(kDigestCovers));
  if (!std::equal(digest.begin(), digest.end(), header.digest.begin(), header.digest.end()))
    return damaged("its digest does not fit its content");
  if (header.num_buckets == 0 || header.num_shorts > kMaxShorts || header.num_sets == 0)
    return damaged("its header is damaged");
  return ok();
}

}  // namespace

bool UrlDatabase::Impl::take_symbols(const SymbolTable& table) noexcept {
  for (std::size_t i = 0; i < kEscape; ++i) {
    const unsigned length = table.lengths[i];
    if (length > 8) return false;
    const auto mask = length == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * length)) - 1;
    symbols[i] = table.symbols[i] & mask;
    lengths[i] = static_cast<std::uint8_t>(length);
  }
  return true;
}

Result<UrlDatabase> UrlDatabase::load(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(Header)) return damaged("is too short for a URL database");
  auto impl = std::make_unique<Impl>();
  auto& view = *impl;
  view.bytes = bytes;
  view.header = read_at<Header>(bytes.data());
  if (auto status = check_header(bytes, view.header); !status) return std::move(status).error();
  Sections sections(bytes.subspan(sizeof(Header)));
  std::span<const std::byte> table;
  const auto& header = view.header;
  if (!sections.take(sizeof(SymbolTable), table) ||
      !sections.take(header.num_sets * sizeof(CategorySet), view.sets) ||
      !sections.take(header.num_shorts * sizeof(Descriptor), view.shorts) ||
      !sections.take(num_groups(header.num_buckets) * kGroupBytes, view.directory) ||
      sections.rest().size() < kPadding)
    return damaged("is too short for its tables");
  if (!view.take_symbols(read_at<SymbolTable>(table.data())))
    return damaged("a symbol is too long");
  view.buckets = sections.rest().data();
  Checker checker(view, sections.rest().first(sections.rest().size() - kPadding));
  if (auto status = checker.run(); !status) return std::move(status).error();
  view.find_top_levels();
  return UrlDatabase(std::move(impl));
}

Result<UrlDatabase> UrlDatabase::open(const std::string& path) {
  auto file = read_file(path, kMaxFileBytes, Links::follow);
  if (!file) return std::move(file).error();
  auto database = load(file->bytes());
  if (!database) return std::move(database).error().within(path);
  database->impl_->file = *std::move(file);
  return database;
}

UrlDatabase::UrlDatabase(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
UrlDatabase::UrlDatabase(UrlDatabase&&) noexcept = default;
UrlDatabase& UrlDatabase::operator=(UrlDatabase&&) noexcept = default;
UrlDatabase::~UrlDatabase() = default;

std::size_t UrlDatabase::num_entries() const noexcept { return impl_->header.num_entries; }
std::size_t UrlDatabase::bytes() const noexcept { return impl_->bytes.size(); }
std::string_view UrlDatabase::digest() const noexcept {
  return {impl_->header.digest.data(), impl_->header.digest.size()};
}

}  // namespace sekisho::engines::url
