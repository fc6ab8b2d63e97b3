#include "fqdn_patterns.h"

namespace sekisho::engines::firewall {

namespace {

/// Id of the pattern with this text and kind, 0 for none.
FqdnId find(const Firewall::Tables& tables, std::uint64_t hash, std::string_view text,
            bool wildcard) noexcept {
  const std::size_t mask = tables.patterns.size() - 1;
  for (std::size_t i = hash & mask; tables.patterns[i].id != 0; i = (i + 1) & mask) {
    const PatternSlot& slot = tables.patterns[i];
    if (slot.hash != hash || (slot.wildcard != 0) != wildcard) continue;
    const auto kept = tables.pattern_text.subspan(slot.text_offset, slot.text_bytes);
    if (text == std::string_view(kept.data(), kept.size())) return slot.id;
  }
  return 0;
}

}  // namespace

FqdnId user_id(std::string_view user_or_group) { return fqdn_id(user_pattern(user_or_group)); }

std::size_t Firewall::match_fqdn(std::string_view name, std::span<FqdnId> out) const noexcept {
  if (tables_->patterns.empty() || name.empty() || name.size() > kMaxNameBytes) return 0;
  std::size_t count = 0;
  SuffixHash hash;
  for (std::size_t i = name.size(); i > 0 && count < out.size(); --i) {
    if (name[i - 1] == '.')
      if (const FqdnId id = find(*tables_, hash.value(), name.substr(i), true); id != 0)
        out[count++] = id;
    hash.prepend(name[i - 1]);
  }
  if (count < out.size())
    if (const FqdnId id = find(*tables_, hash.value(), name, false); id != 0) out[count++] = id;
  return count;
}

}  // namespace sekisho::engines::firewall
