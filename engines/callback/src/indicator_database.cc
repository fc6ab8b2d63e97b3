#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "config/base/byte_reader.h"
#include "config/base/file_copy.h"
#include "config/base/text_bytes.h"
#include "config/snapshot/snapshot.h"
#include "engines/callback/indicators.h"
#include "indicator_layout.h"

namespace sekisho::engines::callback {
namespace {

Error damaged(std::string_view what) {
  return {Error::Code::invalid_input, "the indicator database is damaged: " + std::string(what)};
}

/// An array in the file, wherever it lies.
template <class T>
class Array {
 public:
  Array() = default;
  /// Takes `count` of them off the front of `bytes`; false when there are not so many.
  bool take(std::span<const std::byte>& bytes, std::size_t count) noexcept {
    if (count > bytes.size() / sizeof(T)) return false;
    bytes_ = bytes.first(count * sizeof(T));
    bytes = bytes.subspan(bytes_.size());
    return true;
  }
  std::size_t size() const noexcept { return bytes_.size() / sizeof(T); }
  T operator[](std::size_t i) const noexcept {
    T value;
    std::memcpy(&value, bytes_.data() + i * sizeof(T), sizeof value);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace

std::string_view name_of(IndicatorKind kind) noexcept {
  switch (kind) {
    case IndicatorKind::address:
      return "address";
    case IndicatorKind::domain:
      return "domain";
    case IndicatorKind::url:
      return "url";
    case IndicatorKind::ja3:
      return "ja3";
    case IndicatorKind::ja4:
      return "ja4";
    case IndicatorKind::certificate:
      return "certificate";
  }
  return "";
}

struct IndicatorDatabase::Impl {
  FileCopy file;  // empty when somebody else owns the bytes
  std::span<const std::byte> bytes;
  IndicatorHeader header{};
  Array<std::uint32_t> slots;
  Array<IndicatorEntry> entries;
  Array<AddressStep> steps;
  Array<TextPlace> sources;
  std::string_view texts;

  std::string_view text(const TextPlace& place) const noexcept {
    return texts.substr(place.offset, place.bytes);
  }
  bool holds(const TextPlace& place) const noexcept {
    return place.offset <= texts.size() && place.bytes <= texts.size() - place.offset;
  }
  IndicatorMatch match(std::uint32_t entry) const noexcept {
    const auto found = entries[entry];
    return {found.kind, text(found.text), text(sources[found.source]), found.confidence};
  }
  std::optional<IndicatorMatch> find(IndicatorKind kind, std::uint64_t hash,
                                     std::string_view wanted) const noexcept {
    if (slots.size() == 0) return std::nullopt;
    for (std::size_t at = hash & (slots.size() - 1); slots[at] != 0;
         at = (at + 1) & (slots.size() - 1)) {
      const auto entry = entries[slots[at] - 1];
      if (entry.kind == kind && text(entry.text) == wanted) return match(slots[at] - 1);
    }
    return std::nullopt;
  }
  const char* take(std::span<const std::byte> all) noexcept;
  const char* check() const noexcept;
};

/// What is wrong with the file; null: nothing so far.
const char* IndicatorDatabase::Impl::take(std::span<const std::byte> all) noexcept {
  bytes = all;
  if (all.size() < sizeof header) return "no header";
  std::memcpy(&header, all.data(), sizeof header);
  if (header.magic != kIndicatorMagic) return "wrong magic or version";
  auto rest = all.subspan(sizeof header);
  if (snapshot::sha256_hex(rest) != std::string_view(header.digest.data(), header.digest.size()))
    return "its digest is another";
  if (!slots.take(rest, header.num_slots) || !entries.take(rest, header.num_entries) ||
      !steps.take(rest, header.num_steps) || !sources.take(rest, header.num_sources) ||
      rest.size() != header.text_bytes)
    return "its length";
  texts = as_text(bytes_of(rest));
  return nullptr;
}

const char* IndicatorDatabase::Impl::check() const noexcept {
  bool has_free = slots.size() == 0;
  if (slots.size() != 0 && !std::has_single_bit(slots.size())) return "the number of slots";
  for (std::size_t i = 0; i < slots.size(); ++i) {
    has_free |= slots[i] == 0;  // probing ends there
    if (slots[i] > entries.size()) return "a slot";
  }
  if (!has_free) return "no slot is free";
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (!holds(sources[i])) return "a source";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto entry = entries[i];
    if (static_cast<std::size_t>(entry.kind) >= kIndicatorKinds || !holds(entry.text) ||
        entry.source >= sources.size() || entry.confidence > 100)
      return "an indicator";
  }
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (steps[i].entry > entries.size() || (i != 0 && !(steps[i - 1].first < steps[i].first)))
      return "an address";
  return nullptr;
}

Result<IndicatorDatabase> IndicatorDatabase::load(std::span<const std::byte> bytes) {
  auto impl = std::make_unique<Impl>();
  if (const char* wrong = impl->take(bytes)) return damaged(wrong);
  if (const char* wrong = impl->check()) return damaged(wrong);
  return IndicatorDatabase(std::move(impl));
}

Result<IndicatorDatabase> IndicatorDatabase::open(const std::string& path) {
  auto file = read_file(path, kMaxIndicatorFileBytes, Links::follow);
  if (!file) return std::move(file).error();
  auto loaded = load(file->bytes());
  if (!loaded) return std::move(loaded).error().within(path);
  loaded->impl_->file = *std::move(file);
  return loaded;
}

IndicatorDatabase::IndicatorDatabase(std::unique_ptr<Impl> impl) noexcept
    : impl_(std::move(impl)) {}
IndicatorDatabase::IndicatorDatabase(IndicatorDatabase&&) noexcept = default;
IndicatorDatabase& IndicatorDatabase::operator=(IndicatorDatabase&&) noexcept = default;
IndicatorDatabase::~IndicatorDatabase() = default;

std::optional<IndicatorMatch> IndicatorDatabase::find_address(
    const IpAddress& address) const noexcept {
  const auto& steps = impl_->steps;
  std::size_t begin = 0, end = steps.size();  // the first step behind `address`
  while (begin < end) {
    const auto middle = begin + (end - begin) / 2;
    if (address < steps[middle].first)
      end = middle;
    else
      begin = middle + 1;
  }
  if (begin == 0 || steps[begin - 1].entry == 0) return std::nullopt;
  return impl_->match(steps[begin - 1].entry - 1);
}

std::optional<IndicatorMatch> IndicatorDatabase::find_domain(std::string_view name) const noexcept {
  if (impl_->header.num[static_cast<std::size_t>(IndicatorKind::domain)] == 0) return std::nullopt;
  std::optional<IndicatorMatch> closest;
  IndicatorHash hash;
  for (std::size_t i = name.size(); i-- > 0;) {
    hash.add(name[i]);
    if (i != 0 && name[i - 1] != '.') continue;
    if (auto found =
            impl_->find(IndicatorKind::domain, hash.of(IndicatorKind::domain), name.substr(i)))
      closest = found;
  }
  return closest;
}

std::optional<IndicatorMatch> IndicatorDatabase::find_url(
    const rules::CanonicalUrl& url) const noexcept {
  constexpr std::size_t kBehindScheme = 3;  // "://"
  if (num(IndicatorKind::url) != 0 && url.text.size() > url.scheme.size() + kBehindScheme) {
    auto text = url.text.substr(url.scheme.size() + kBehindScheme);
    if (auto found = find_exact(IndicatorKind::url, text)) return found;
    if (url.has_query) {
      text.remove_suffix(std::min(text.size(), url.query.size() + 1));
      if (auto found = find_exact(IndicatorKind::url, text)) return found;
    }
  }
  return url.kind == rules::HostKind::name ? find_domain(url.host) : std::nullopt;
}

std::optional<IndicatorMatch> IndicatorDatabase::find_exact(IndicatorKind kind,
                                                            std::string_view text) const noexcept {
  return impl_->find(kind, indicator_hash(kind, text), text);
}

std::size_t IndicatorDatabase::num(IndicatorKind kind) const noexcept {
  return impl_->header.num[static_cast<std::size_t>(kind)];
}

std::size_t IndicatorDatabase::num_indicators() const noexcept { return impl_->entries.size(); }

bool IndicatorDatabase::names_content() const noexcept {
  return num(IndicatorKind::domain) != 0 || num(IndicatorKind::url) != 0 || names_tls();
}

bool IndicatorDatabase::names_tls() const noexcept {
  return num(IndicatorKind::ja3) != 0 || num(IndicatorKind::ja4) != 0 ||
         num(IndicatorKind::certificate) != 0;
}

std::size_t IndicatorDatabase::bytes() const noexcept { return impl_->bytes.size(); }

std::string_view IndicatorDatabase::digest() const noexcept {
  return {impl_->header.digest.data(), impl_->header.digest.size()};
}

}  // namespace sekisho::engines::callback
