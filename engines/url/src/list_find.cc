#include <arpa/inet.h>

#include <algorithm>

#include "list_artifact.h"

namespace sekisho::engines::url {
namespace {

using Tables = UrlLists::Tables;

ListFinding finding_of(const Standing& standing) noexcept {
  const auto list = (standing.lists & kOnAllowList) != 0   ? ListOutcome::allowed
                    : (standing.lists & kOnBlockList) != 0 ? ListOutcome::blocked
                                                           : ListOutcome::none;
  return {list, standing.categories};
}

const Standing& standing_of(const Tables& tables, const IpAddress& address) noexcept {
  const auto& steps = address.is_v4() ? tables.v4_steps : tables.v6_steps;
  const auto behind =
      std::upper_bound(steps.begin(), steps.end(), address,
                       [](const IpAddress& a, const AddressStep& step) { return a < step.first; });
  return tables.standings[behind == steps.begin() ? 0 : std::prev(behind)->standing];
}

/// Of a canonical host that is an address.
Standing standing_of_literal(const Tables& tables, const rules::CanonicalUrl& url) noexcept {
  auto text = url.host;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return {};
  std::copy(text.begin(), text.end(), terminated.begin());
  auto address = IpAddress::from_v4(0);
  const bool is_v6 = url.kind == rules::HostKind::ipv6;
  const auto read = inet_pton(is_v6 ? AF_INET6 : AF_INET, terminated.data(),
                              address.bytes.data() + (is_v6 ? 0 : 12));
  return read == 1 ? standing_of(tables, address) : Standing{};
}

/// The paths of one host, in their order: by pattern, then text.
class Paths {
 public:
  Paths(const Tables& tables, const HostSlot& slot) noexcept
      : tables_(tables), paths_(std::span(tables.paths).subspan(slot.first_path, slot.num_paths)) {}

  Standing standing_of(std::string_view path, std::string_view target) const noexcept {
    Standing standing = exactly(PathPattern::exact, target);
    std::size_t end = 0;
    for (std::size_t parts = 0; parts < kMaxPathSegments && end < path.size(); ++parts) {
      end = std::min(path.find('/', end + 1), path.size());
      standing |= exactly(PathPattern::segments, path.substr(0, end));
    }
    for (auto at = paths_.size(); at-- > 0 && paths_[at].pattern == PathPattern::begins;)
      if (target.starts_with(text(paths_[at]))) standing |= tables_.standings[paths_[at].standing];
    return standing;
  }

 private:
  std::string_view text(const PathEntry& path) const noexcept {
    return tables_.text_of(path.text_offset, path.text_bytes);
  }
  const Standing& exactly(PathPattern pattern, std::string_view wanted) const noexcept {
    const auto found = std::lower_bound(
        paths_.begin(), paths_.end(), wanted, [&](const PathEntry& path, std::string_view value) {
          return path.pattern != pattern ? path.pattern < pattern : text(path) < value;
        });
    const bool is_there =
        found != paths_.end() && found->pattern == pattern && text(*found) == wanted;
    return tables_.standings[is_there ? found->standing : 0];
  }

  const Tables& tables_;
  std::span<const PathEntry> paths_;
};

/// Path and query as they are, and as most servers read them that have more than one slash in a
/// row.
class Target {
 public:
  explicit Target(const rules::CanonicalUrl& url) noexcept
      : path_(url.path),
        whole_(url.text.substr(static_cast<std::size_t>(url.path.data() - url.text.data()))) {
    if (path_.find("//") == path_.npos || whole_.size() > merged_.size()) return;
    const auto end = std::unique_copy(path_.begin(), path_.end(), merged_.begin(),
                                      [](char a, char b) { return a == '/' && b == '/'; });
    path_bytes_ = static_cast<std::size_t>(end - merged_.begin());
    const auto query = whole_.substr(path_.size());
    bytes_ = static_cast<std::size_t>(std::copy(query.begin(), query.end(), end) - merged_.begin());
  }
  Standing standing_in(const Paths& paths) const noexcept {
    auto standing = paths.standing_of(path_, whole_);
    const std::string_view merged(merged_.data(), bytes_);
    if (bytes_ != 0) standing |= paths.standing_of(merged.substr(0, path_bytes_), merged);
    return standing;
  }

 private:
  std::string_view path_, whole_;
  std::size_t path_bytes_ = 0, bytes_ = 0;  // of merged_; 0: the same
  std::array<char, rules::kMaxUrlBytes> merged_;
};

/// One URL's way through the tables.
class Search {
 public:
  Search(const Tables& tables, const rules::CanonicalUrl& url) noexcept
      : tables_(tables), url_(url), target_(url) {}

  const Standing& run() noexcept {
    if (tables_.slots.empty()) return standing_;
    if (url_.kind == rules::HostKind::name)
      by_labels();
    else
      look(url_.host, HostPattern::exact, slot_hash(url_.host, HostPattern::exact));
    return standing_;
  }

 private:
  void by_labels() noexcept {
    const auto host = url_.host;
    HostHash from_end;
    for (std::size_t at = host.size(); at-- > 0;) {
      from_end.add(host[at]);
      if (at > 0 && host[at - 1] == '.')
        look(host.substr(at), HostPattern::below, from_end.of(HostPattern::below));
    }
    look(host, HostPattern::exact, from_end.of(HostPattern::exact));
    HostHash from_begin;
    for (std::size_t at = 0; at < host.size(); ++at) {
      if (host[at] == '.')
        look(host.substr(0, at), HostPattern::begins, from_begin.of(HostPattern::begins));
      from_begin.add(host[at]);
    }
  }

  void look(std::string_view text, HostPattern pattern, std::uint64_t hash) noexcept {
    const std::size_t mask = tables_.slots.size() - 1;
    for (std::size_t at = hash & mask; tables_.slots[at].pattern != HostPattern::none;
         at = (at + 1) & mask) {
      const auto& slot = tables_.slots[at];
      if (slot.hash != hash || slot.pattern != pattern ||
          tables_.text_of(slot.text_offset, slot.text_bytes) != text)
        continue;
      standing_ |= tables_.standings[slot.standing];
      if (slot.num_paths != 0) standing_ |= target_.standing_in(Paths(tables_, slot));
      return;
    }
  }

  const Tables& tables_;
  const rules::CanonicalUrl& url_;
  Target target_;
  Standing standing_;
};

}  // namespace

ListFinding UrlLists::find(const rules::CanonicalUrl& url) const noexcept {
  auto standing = Search(*tables_, url).run();
  if (url.kind != rules::HostKind::name) standing |= standing_of_literal(*tables_, url);
  return finding_of(standing);
}

ListFinding UrlLists::find(const IpAddress& address) const noexcept {
  return finding_of(standing_of(*tables_, address));
}

bool UrlLists::blocks_urls() const noexcept { return tables_->blocks_urls; }
bool UrlLists::has_url_categories() const noexcept { return tables_->has_url_categories; }

}  // namespace sekisho::engines::url
