// The allow and block lists, from the policy's words to an artifact.
#include "list_compile.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "list_artifact.h"

namespace sekisho::engines::url {
namespace {

struct PathKey {
  PathPattern pattern;
  std::string text;
  auto operator<=>(const PathKey&) const = default;
};

/// What the lists say of one host pattern.
struct Host {
  std::uint8_t lists = 0;
  std::map<PathKey, std::uint8_t> paths;
};

struct HostKey {
  HostPattern pattern;
  std::string text;
  auto operator<=>(const HostKey&) const = default;
};

/// Address ranges of one family as steps: where the lists that an address is on change.
class AddressSteps {
 public:
  void add(const AddressRange& range, std::uint8_t list) {
    change(range.first, list, 1);
    if (const auto behind = next(range.last)) change(*behind, list, -1);
  }
  std::vector<AddressStep> steps() const {
    std::vector<AddressStep> steps;
    Covered covered;
    for (const auto& [address, delta] : changes_) {
      covered.allow += delta.allow;
      covered.block += delta.block;
      const std::uint32_t lists =
          (covered.allow > 0 ? kOnAllowList : 0U) | (covered.block > 0 ? kOnBlockList : 0U);
      if ((steps.empty() ? 0 : steps.back().lists) != lists) steps.push_back({address, lists});
    }
    return steps;
  }

 private:
  struct Covered {
    int allow = 0, block = 0;
  };
  static std::optional<IpAddress> next(IpAddress address) {
    for (std::size_t i = address.bytes.size(); i-- > 0;)
      if (++address.bytes[i] != 0) return address;
    return std::nullopt;  // there is none behind the last
  }
  void change(const IpAddress& address, std::uint8_t list, int by) {
    auto& covered = changes_[address];
    (list == kOnAllowList ? covered.allow : covered.block) += by;
  }
  std::map<IpAddress, Covered> changes_;
};

class ListCompiler {
 public:
  void read(const std::vector<policy::ListEntry>& entries, std::uint8_t list) {
    for (const auto& entry : entries) read(entry, list);
  }
  std::variant<Artifact, Diagnostics> finish() {
    if (!errors_.empty()) return std::move(errors_);
    return build();
  }

 private:
  void read(const policy::ListEntry& entry, std::uint8_t list) {
    if (const auto range = parse_address_range(entry.value)) {
      const bool v4 = range->first.is_v4() && range->last.is_v4();
      return (v4 ? v4_ : v6_).add(*range, list);
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
    if (list == kOnBlockList) blocks_urls_ = true;
    add_path(entry, url, open, list, host);
  }

  rules::UrlFault canonical(std::string_view authority, std::string_view target,
                            rules::CanonicalUrl& url) const {
    return rules::canonicalise_request("http", authority, target, *scratch_, url);
  }

  void add_path(const policy::ListEntry& entry, const rules::CanonicalUrl& url, bool open,
                std::uint8_t list, Host& host) {
    const auto put = [list](std::uint8_t& lists) {
      lists = static_cast<std::uint8_t>(lists | list);
    };
    auto target = url.text.substr(static_cast<std::size_t>(url.path.data() - url.text.data()));
    if (open) {
      if (target == "/") return put(host.lists);
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
    if (target.empty()) return put(host.lists);
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
                   .text_bytes = static_cast<std::uint16_t>(key.text.size()),
                   .pattern = key.pattern,
                   .lists = host.lists};
      for (const auto& [path, lists] : host.paths)
        paths.push_back(
            {keep(path.text), static_cast<std::uint16_t>(path.text.size()), path.pattern, lists});
    }
    const auto v4 = v4_.steps();
    const auto v6 = v6_.steps();
    const ListHeader header{.magic = kListMagic,
                            .num_slots = static_cast<std::uint32_t>(slots.size()),
                            .num_paths = static_cast<std::uint32_t>(paths.size()),
                            .num_v4_steps = static_cast<std::uint32_t>(v4.size()),
                            .num_v6_steps = static_cast<std::uint32_t>(v6.size()),
                            .text_bytes = static_cast<std::uint32_t>(text_.size()),
                            .blocks_urls = blocks_urls_ ? 1U : 0U};
    Artifact artifact;
    append(artifact, std::as_bytes(std::span(&header, 1)));
    append(artifact, std::as_bytes(std::span(slots)));
    append(artifact, std::as_bytes(std::span(paths)));
    append(artifact, std::as_bytes(std::span(v4)));
    append(artifact, std::as_bytes(std::span(v6)));
    append(artifact, std::as_bytes(std::span(text_)));
    return artifact;
  }

  static void append(Artifact& artifact, std::span<const std::byte> bytes) {
    artifact.insert(artifact.end(), bytes.begin(), bytes.end());
  }

  std::unique_ptr<rules::UrlScratch> scratch_ = std::make_unique<rules::UrlScratch>();
  std::map<HostKey, Host> hosts_;
  AddressSteps v4_, v6_;
  std::vector<char> text_;
  bool blocks_urls_ = false;
  Diagnostics errors_;
};

}  // namespace

std::variant<Artifact, Diagnostics> compile_lists(const CompileInput& input,
                                                  Diagnostics& /*warnings*/) {
  ListCompiler compiler;
  compiler.read(input.policy.allow_list, kOnAllowList);
  compiler.read(input.policy.block_list, kOnBlockList);
  return compiler.finish();
}

}  // namespace sekisho::engines::url
