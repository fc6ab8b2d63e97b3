// The allow and block lists and the own categories, from the policy's words to an artifact.
#include "list_compile.h"

#include <algorithm>
#include <array>
#include <bit>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>

#include "list_artifact.h"

namespace sekisho::engines::url {
namespace {

/// Numbers the different standings.
class Standings {
 public:
  StandingNumber number_of(const Standing& standing) {
    const auto [entry, fresh] = numbers_.try_emplace(
        {standing.categories.words[0], standing.categories.words[1], standing.lists}, all_.size());
    if (fresh) all_.push_back(standing);
    return static_cast<StandingNumber>(entry->second);
  }
  const std::vector<Standing>& all() const { return all_; }

 private:
  std::vector<Standing> all_{Standing{}};
  std::map<std::array<std::uint64_t, 3>, std::size_t> numbers_{{{0, 0, 0}, 0}};
};

struct PathKey {
  PathPattern pattern;
  std::string text;
  auto operator<=>(const PathKey&) const = default;
};

/// What the lists and categories say of one host pattern.
struct Host {
  Standing standing;
  std::map<PathKey, Standing> paths;
};

struct HostKey {
  HostPattern pattern;
  std::string text;
  auto operator<=>(const HostKey&) const = default;
};

/// Address ranges of one family as steps: where what an address stands on changes.
class AddressSteps {
 public:
  void add(const AddressRange& range, const Standing& where) {
    const auto count = [&](const IpAddress& at, int by) {
      for (std::size_t bit = 0; bit < kBits; ++bit)
        if (has(where, bit)) changes_[at].emplace_back(static_cast<std::uint8_t>(bit), by);
    };
    count(range.first, 1);
    if (const auto behind = next(range.last)) count(*behind, -1);
  }
  std::vector<AddressStep> steps(Standings& standings) const {
    std::vector<AddressStep> steps;
    std::array<int, kBits> covered{};
    Standing standing;
    for (const auto& [address, changes] : changes_) {
      for (const auto& [bit, by] : changes) set(standing, bit, (covered[bit] += by) > 0);
      const std::uint32_t number = standings.number_of(standing);
      if ((steps.empty() ? 0 : steps.back().standing) != number) steps.push_back({address, number});
    }
    return steps;
  }

 private:
  // The lists, then the categories.
  static constexpr std::size_t kListBits = 2, kBits = kListBits + 128;

  static std::uint64_t& word_of(Standing& standing, std::size_t bit) {
    return bit < kListBits ? standing.lists : standing.categories.words[(bit - kListBits) / 64];
  }
  static std::uint64_t mask_of(std::size_t bit) {
    return std::uint64_t{1} << (bit < kListBits ? bit : (bit - kListBits) % 64);
  }
  static bool has(Standing standing, std::size_t bit) {
    return (word_of(standing, bit) & mask_of(bit)) != 0;
  }
  static void set(Standing& standing, std::size_t bit, bool value) {
    auto& word = word_of(standing, bit);
    word = value ? word | mask_of(bit) : word & ~mask_of(bit);
  }
  static std::optional<IpAddress> next(IpAddress address) {
    for (std::size_t i = address.bytes.size(); i-- > 0;)
      if (++address.bytes[i] != 0) return address;
    return std::nullopt;  // there is none behind the last
  }
  std::map<IpAddress, std::vector<std::pair<std::uint8_t, int>>> changes_;
};

class ListCompiler {
 public:
  void read(const std::vector<policy::ListEntry>& entries, const Standing& where) {
    for (const auto& entry : entries) read(entry, where);
  }
  std::variant<Artifact, Diagnostics> finish() {
    if (!errors_.empty()) return std::move(errors_);
    auto artifact = build();
    if (standings_.all().size() > kMaxStandings)
      return Diagnostics{{{},
                          "URLs and addresses are in more than " + std::to_string(kMaxStandings) +
                              " different combinations of lists and categories"}};
    return artifact;
  }

 private:
  void read(const policy::ListEntry& entry, const Standing& where) {
    if (const auto range = parse_address_range(entry.value)) {
      const bool v4 = range->first.is_v4() && range->last.is_v4();
      return (v4 ? v4_ : v6_).add(*range, where);
    }
    auto text = std::string_view(entry.value);
    const auto slash = std::min(text.find('/'), text.size());
    auto host_text = text.substr(0, slash);
    auto path_text = text.substr(slash);
    auto pattern = HostPattern::exact;
    if (host_text.starts_with("*.")) {
      host_text.remove_prefix(2);
      pattern = HostPattern::below;
    }
    if (host_text.ends_with(".*")) {
      if (pattern == HostPattern::below)
        return refuse(entry, "has a wildcard at both ends of its host");
      host_text.remove_suffix(2);
      pattern = HostPattern::begins;
    }
    const bool open = path_text.ends_with('*');
    if (open) path_text.remove_suffix(1);

    const auto address = parse_ip_address(host_text);
    const bool is_v6 = address && !address->is_v4();
    const auto authority = is_v6 ? "[" + std::string(host_text) + "]" : std::string(host_text);
    rules::CanonicalUrl url;
    const auto fault = canonical(authority, path_text, url);
    if (fault != rules::UrlFault::none) return refuse(entry, rules::describe(fault));
    if (url.kind != rules::HostKind::name && pattern != HostPattern::exact)
      return refuse(entry, "has a wildcard beside an address");
    auto& host = hosts_[{pattern, std::string(url.host)}];
    blocks_urls_ |= where.lists == kOnBlockList;
    has_url_categories_ |= where.categories.any();
    add_path(entry, url, open, where, host);
  }

  rules::UrlFault canonical(std::string_view authority, std::string_view target,
                            rules::CanonicalUrl& url) const {
    return rules::canonicalise_request("http", authority, target, *scratch_, url);
  }

  void add_path(const policy::ListEntry& entry, const rules::CanonicalUrl& url, bool open,
                const Standing& where, Host& host) {
    const auto put = [&where](Standing& standing) { standing |= where; };
    auto target = url.text.substr(static_cast<std::size_t>(url.path.data() - url.text.data()));
    if (open) {
      if (target == "/") return put(host.standing);
      const auto [known, fresh] =
          host.paths.try_emplace({PathPattern::begins, std::string(target)});
      put(known->second);
      const auto is_open = [](const auto& path) {
        return path.first.pattern == PathPattern::begins;
      };
      if (fresh && std::count_if(host.paths.begin(), host.paths.end(), is_open) >
                       static_cast<std::ptrdiff_t>(kMaxOpenPathsOfHost))
        refuse(entry, "is one of more than " + std::to_string(kMaxOpenPathsOfHost) +
                          " paths of this host that end in *");
      return;
    }
    if (url.has_query) return put(host.paths[{PathPattern::exact, std::string(target)}]);
    while (target.ends_with('/')) target.remove_suffix(1);
    if (target.empty()) return put(host.standing);
    if (std::count(target.begin(), target.end(), '/') >
        static_cast<std::ptrdiff_t>(kMaxPathSegments))
      return refuse(entry,
                    "has a path of more than " + std::to_string(kMaxPathSegments) + " parts");
    put(host.paths[{PathPattern::segments, std::string(target)}]);
  }

  void refuse(const policy::ListEntry& entry, std::string_view why) {
    errors_.push_back({entry.position, "'" + entry.value + "' " + std::string(why)});
  }

  std::uint32_t keep(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(text_.size());
    text_.insert(text_.end(), text.begin(), text.end());
    return offset;
  }

  Artifact build() {
    std::vector<HostSlot> slots(hosts_.empty() ? 0 : std::bit_ceil(hosts_.size() * 2));
    std::vector<PathEntry> paths;
    for (const auto& [key, host] : hosts_) {
      const auto hash = slot_hash(key.text, key.pattern);
      std::size_t at = hash & (slots.size() - 1);
      while (slots[at].pattern != HostPattern::none) at = (at + 1) & (slots.size() - 1);
      slots[at] = {.hash = hash,
                   .text_offset = keep(key.text),
                   .first_path = static_cast<std::uint32_t>(paths.size()),
                   .num_paths = static_cast<std::uint32_t>(host.paths.size()),
                   .text_bytes = static_cast<std::uint8_t>(key.text.size()),
                   .pattern = key.pattern,
                   .standing = standings_.number_of(host.standing)};
      for (const auto& [path, standing] : host.paths)
        paths.push_back({.text_offset = keep(path.text),
                         .text_bytes = static_cast<std::uint16_t>(path.text.size()),
                         .standing = standings_.number_of(standing),
                         .pattern = path.pattern,
                         .reserved = {}});
    }
    const auto v4 = v4_.steps(standings_);
    const auto v6 = v6_.steps(standings_);
    const auto& standings = standings_.all();
    const ListHeader header{.magic = kListMagic,
                            .num_slots = static_cast<std::uint32_t>(slots.size()),
                            .num_paths = static_cast<std::uint32_t>(paths.size()),
                            .num_v4_steps = static_cast<std::uint32_t>(v4.size()),
                            .num_v6_steps = static_cast<std::uint32_t>(v6.size()),
                            .text_bytes = static_cast<std::uint32_t>(text_.size()),
                            .num_standings = static_cast<std::uint32_t>(standings.size()),
                            .blocks_urls = blocks_urls_ ? 1U : 0U,
                            .has_url_categories = has_url_categories_ ? 1U : 0U};
    return joined({std::as_bytes(std::span(&header, 1)), std::as_bytes(std::span(slots)),
                   std::as_bytes(std::span(paths)), std::as_bytes(std::span(v4)),
                   std::as_bytes(std::span(v6)), std::as_bytes(std::span(standings)),
                   std::as_bytes(std::span(text_))});
  }

  static Artifact joined(std::initializer_list<std::span<const std::byte>> parts) {
    std::size_t bytes = 0;
    for (const auto& part : parts) bytes += part.size();
    Artifact artifact(bytes);
    auto at = artifact.begin();
    for (const auto& part : parts) at = std::copy(part.begin(), part.end(), at);
    return artifact;
  }

  std::unique_ptr<rules::UrlScratch> scratch_ = std::make_unique<rules::UrlScratch>();
  std::map<HostKey, Host> hosts_;
  AddressSteps v4_, v6_;
  std::vector<char> text_;
  Standings standings_;
  bool blocks_urls_ = false;
  bool has_url_categories_ = false;
  Diagnostics errors_;
};

}  // namespace

std::variant<Artifact, Diagnostics> compile_lists(const CompileInput& input,
                                                  Diagnostics& /*warnings*/) {
  ListCompiler compiler;
  compiler.read(input.policy.allow_list, {.categories = {}, .lists = kOnAllowList});
  compiler.read(input.policy.block_list, {.categories = {}, .lists = kOnBlockList});
  const auto& categories = input.policy.url_categories;
  if (categories.size() > OwnCategories::kMax)
    return Diagnostics{{categories[OwnCategories::kMax].position,
                        "more than " + std::to_string(OwnCategories::kMax) + " URL categories"}};
  for (std::size_t i = 0; i < categories.size(); ++i) {
    Standing where;
    where.categories.add(static_cast<std::uint16_t>(OwnCategories::kFirstId + i));
    compiler.read(categories[i].entries, where);
  }
  return compiler.finish();
}

}  // namespace sekisho::engines::url
