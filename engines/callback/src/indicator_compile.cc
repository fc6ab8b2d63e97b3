#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <set>

#include "config/snapshot/snapshot.h"
#include "engines/callback/indicators.h"
#include "indicator_layout.h"

namespace sekisho::engines::callback {
namespace {

using Width = std::array<std::uint8_t, 16>;

/// last - first
Width width_of(const AddressRange& range) {
  Width width{};
  int borrow = 0;
  for (std::size_t i = width.size(); i-- > 0;) {
    const int difference = range.last.bytes[i] - range.first.bytes[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    width[i] = static_cast<std::uint8_t>(difference);
  }
  return width;
}

std::optional<IpAddress> behind(IpAddress address) {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) return address;
  return std::nullopt;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// "t13d1516h2_8daaf6152771_e5627efa2ab1"
bool is_ja4(std::string_view text) {
  constexpr std::size_t kFirst = 10, kHash = 12;
  return text.size() == kFirst + 2 * (kHash + 1) && text[kFirst] == '_' &&
         text[kFirst + 1 + kHash] == '_' && is_hex(text.substr(kFirst + 1, kHash)) &&
         is_hex(text.substr(kFirst + 2 + kHash));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// "00:11:AA" of certificate tools is "0011aa".
std::string hex_digits(std::string_view text) {
  auto digits = lower(text);
  std::erase(digits, ':');
  return digits;
}

class Compiler {
 public:
  void add(std::size_t index, const Indicator& indicator) {
    if (const auto why = take(indicator); !why.empty())
      built_.refused.push_back({index, std::string(why)});
  }

  Result<BuiltIndicators> finish() {
    if (text_.size() > std::numeric_limits<std::uint32_t>::max())
      return Error{Error::Code::resource, "more than 4 GiB of indicators"};
    const auto steps = address_steps();
    const auto slots = hash_slots();
    IndicatorHeader header{};
    header.magic = kIndicatorMagic;
    header.num_slots = static_cast<std::uint32_t>(slots.size());
    header.num_entries = static_cast<std::uint32_t>(entries_.size());
    header.num_steps = static_cast<std::uint32_t>(steps.size());
    header.num_sources = static_cast<std::uint32_t>(sources_.size());
    header.text_bytes = static_cast<std::uint32_t>(text_.size());
    for (const auto& entry : entries_) ++built_.num[static_cast<std::size_t>(entry.kind)];
    for (std::size_t i = 0; i < kIndicatorKinds; ++i)
      header.num[i] = static_cast<std::uint32_t>(built_.num[i]);
    auto& file = built_.file;
    append(header);
    append_all(slots);
    append_all(entries_);
    append_all(steps);
    append_all(sources_);
    append_all(text_);
    const auto digest = snapshot::sha256_hex(std::span(file).subspan(sizeof header));
    std::copy(digest.begin(), digest.end(), header.digest.begin());
    const auto bytes = std::as_bytes(std::span(&header, 1));
    std::copy(bytes.begin(), bytes.end(), file.begin());
    return std::move(built_);
  }

 private:
  /// What is wrong with it; empty: nothing.
  std::string_view take(const Indicator& indicator) {
    if (indicator.text.size() > kMaxIndicatorBytes) return "is longer than 2048 bytes";
    if (indicator.confidence > 100) return "has a confidence above 100";
    switch (indicator.kind) {
      case IndicatorKind::address: {
        const auto range = parse_address_range(indicator.text);
        if (!range) return "is no address or network";
        put(indicator, to_string(*range), *range);
        return {};
      }
      case IndicatorKind::domain:
      case IndicatorKind::url:
        return take_url(indicator);
      case IndicatorKind::ja3: {
        const auto digits = hex_digits(indicator.text);
        if (digits.size() != 32 || !is_hex(digits)) return "is no MD5 in hexadecimal digits";
        put(indicator, digits);
        return {};
      }
      case IndicatorKind::ja4:
        if (!is_ja4(indicator.text)) return "is no JA4";
        put(indicator, indicator.text);
        return {};
      case IndicatorKind::certificate: {
        const auto digits = hex_digits(indicator.text);
        if ((digits.size() != 40 && digits.size() != 64) || !is_hex(digits))
          return "is no SHA-1 or SHA-256 in hexadecimal digits";
        put(indicator, digits);
        return {};
      }
    }
    return "is of no known kind";
  }

  std::string_view take_url(const Indicator& indicator) {
    rules::CanonicalUrl url;
    const auto fault = rules::canonicalise_url(indicator.text, *scratch_, url);
    if (fault != rules::UrlFault::none) return rules::describe(fault);
    if (indicator.kind == IndicatorKind::url) {
      put(indicator, url.text.substr(url.scheme.size() + 3));
      return {};
    }
    if (url.kind != rules::HostKind::name) return "is an address, not a domain";
    if (url.path.size() > 1 || url.has_query) return "is a URL, not a domain";
    if (url.host.find('.') == url.host.npos) return "is a whole top-level domain";
    put(indicator, url.host);
    return {};
  }

  void put(const Indicator& indicator, std::string_view text,
           const std::optional<AddressRange>& range = std::nullopt) {
    const auto [known, is_new] =
        indexes_.try_emplace({indicator.kind, std::string(text)}, entries_.size());
    if (!is_new) {
      auto& entry = entries_[known->second];
      if (indicator.confidence <= entry.confidence) return;
      entry.confidence = indicator.confidence;
      entry.source = source_of(indicator.source);
      return;
    }
    entries_.push_back({.text = keep(text),
                        .source = source_of(indicator.source),
                        .kind = indicator.kind,
                        .confidence = indicator.confidence,
                        .reserved = 0});
    if (range) ranges_.emplace_back(*range, static_cast<std::uint32_t>(entries_.size()));
  }

  TextPlace keep(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(text_.size());
    text_.insert(text_.end(), text.begin(), text.end());
    return {offset, static_cast<std::uint32_t>(text.size())};
  }

  std::uint32_t source_of(const std::string& name) {
    const auto [known, is_new] =
        source_indexes_.try_emplace(name, static_cast<std::uint32_t>(sources_.size()));
    if (is_new) sources_.push_back(keep(std::string_view(name).substr(0, 256)));
    return known->second;
  }

  /// Where the smallest network around an address changes.
  std::vector<AddressStep> address_steps() const {
    std::map<IpAddress, std::vector<std::size_t>> begins, ends;
    std::set<IpAddress> edges;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
      begins[ranges_[i].first.first].push_back(i);
      edges.insert(ranges_[i].first.first);
      const auto end = behind(ranges_[i].first.last);
      if (!end) continue;
      ends[*end].push_back(i);
      edges.insert(*end);
    }
    std::set<std::pair<Width, std::uint32_t>> open;  // the narrowest first
    std::vector<AddressStep> steps;
    const auto key_of = [this](std::size_t i) {
      return std::pair{width_of(ranges_[i].first), ranges_[i].second};
    };
    for (const auto& edge : edges) {
      if (const auto found = ends.find(edge); found != ends.end())
        for (const auto i : found->second) open.erase(key_of(i));
      if (const auto found = begins.find(edge); found != begins.end())
        for (const auto i : found->second) open.insert(key_of(i));
      const auto entry = open.empty() ? 0 : open.begin()->second;
      if ((steps.empty() ? 0 : steps.back().entry) != entry) steps.push_back({edge, entry});
    }
    return steps;
  }

  std::vector<std::uint32_t> hash_slots() const {
    std::vector<std::uint32_t> slots(entries_.empty() ? 0 : std::bit_ceil(entries_.size() * 2));
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto& entry = entries_[i];
      auto at = indicator_hash(entry.kind, {text_.data() + entry.text.offset, entry.text.bytes}) &
                (slots.size() - 1);
      while (slots[at] != 0) at = (at + 1) & (slots.size() - 1);
      slots[at] = static_cast<std::uint32_t>(i + 1);
    }
    return slots;
  }

  template <class T>
  void append_all(const std::vector<T>& values) {
    const auto bytes = std::as_bytes(std::span(values));
    built_.file.insert(built_.file.end(), bytes.begin(), bytes.end());
  }
  void append(const IndicatorHeader& header) { append_all(std::vector{header}); }

  std::unique_ptr<rules::UrlScratch> scratch_ = std::make_unique<rules::UrlScratch>();
  BuiltIndicators built_;
  std::map<std::pair<IndicatorKind, std::string>, std::size_t> indexes_;
  std::vector<IndicatorEntry> entries_;
  std::vector<std::pair<AddressRange, std::uint32_t>> ranges_;  // with entry + 1
  std::map<std::string, std::uint32_t> source_indexes_;
  std::vector<TextPlace> sources_;
  std::vector<char> text_;
};

}  // namespace

Result<BuiltIndicators> compile_indicators(const std::vector<Indicator>& indicators) {
  Compiler compiler;
  for (std::size_t i = 0; i < indicators.size(); ++i) compiler.add(i, indicators[i]);
  return compiler.finish();
}

}  // namespace sekisho::engines::callback
