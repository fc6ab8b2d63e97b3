#include "rules/applications/catalogue.h"
#include "tables.h"

namespace sekisho::engines::firewall {

std::uint32_t Firewall::Tables::mac_row(const MacAddress& mac) const noexcept {
  if (macs.empty()) return kNoRow;
  const std::uint64_t key = mac_key(mac);
  const std::size_t mask = macs.size() - 1;
  for (std::size_t i = mix(key) & mask; macs[i].key != 0; i = (i + 1) & mask)
    if (macs[i].key == key) return macs[i].row;
  return kNoRow;
}

const FqdnSlot* Firewall::Tables::fqdn(FqdnId id) const noexcept {
  if (fqdns.empty()) return nullptr;
  const std::size_t mask = fqdns.size() - 1;
  for (std::size_t i = mix(id) & mask; fqdns[i].id != 0; i = (i + 1) & mask)
    if (fqdns[i].id == id) return &fqdns[i];
  return nullptr;
}

namespace {

void add_learned_rows(const Firewall::Tables& tables, const IpAddress& address,
                      const LearnedAddresses* learned, std::uint32_t now_seconds,
                      std::uint32_t FqdnSlot::*row, Column& column) noexcept {
  if (learned == nullptr) return;
  std::array<FqdnId, LearnedAddresses::kPatternsPerAddress> ids;
  const std::size_t count = learned->patterns_of(address, now_seconds, ids);
  for (std::size_t i = 0; i < count; ++i) {
    const FqdnSlot* slot = tables.fqdn(ids[i]);
    if (slot != nullptr && slot->*row != kNoRow) column.add(row_of(tables, slot->*row));
  }
}

}  // namespace

Column source_column(const Firewall::Tables& tables, const Facts& facts,
                     const Conditions& conditions) noexcept {
  Column column;
  column.add(row_of_value(tables, tables.sources.find(facts.source)));
  if (const std::uint32_t row = tables.mac_row(facts.source_mac); row != kNoRow)
    column.add(row_of(tables, row));
  if (tables.flags & ArtifactHeader::source_fqdns)
    add_learned_rows(tables, facts.source, conditions.learned, conditions.now_seconds,
                     &FqdnSlot::source_row, column);
  if (tables.flags & ArtifactHeader::users)
    add_learned_rows(tables, facts.source, conditions.users, conditions.now_seconds,
                     &FqdnSlot::source_row, column);
  return column;
}

Column destination_column(const Firewall::Tables& tables, const Facts& facts,
                          const Conditions& conditions) noexcept {
  Column column;
  column.add(row_of_value(tables, tables.destinations.find(facts.destination)));
  if (tables.flags & ArtifactHeader::destination_fqdns)
    add_learned_rows(tables, facts.destination, conditions.learned, conditions.now_seconds,
                     &FqdnSlot::destination_row, column);
  return column;
}

namespace {

bool names_application(const Firewall::Tables& tables, const Content& content,
                       ApplicationId application) noexcept {
  const auto ids =
      tables.content_applications.subspan(content.first_application, content.num_applications);
  std::size_t at = 0;
  for (std::size_t length = ids.size(); length > 1;) {
    const std::size_t half = length / 2;
    at += ids[at + half] <= application ? half : 0;
    length -= half;
  }
  return !ids.empty() && ids[at] == application;
}

/// True when an application that `content` names can be on this flow at all.
bool has_a_place(const Firewall::Tables& tables, const Content& content,
                 const Facts& facts) noexcept {
  for (const ApplicationPlace& place :
       tables.content_places.subspan(content.first_place, content.num_places))
    if ((place.protocol == 0 || place.protocol == facts.protocol) &&
        (place.port == 0 || place.port == facts.destination_port ||
         place.port == facts.source_port))
      return true;
  return false;
}

/// What of the flow's application the content selects, if not all.
rules::FunctionSet selected_functions(const Firewall::Tables& tables, const Content& content,
                                      const Facts& facts) noexcept {
  for (const SelectedFunctions& one :
       tables.content_functions.subspan(content.first_function, content.num_functions))
    if (one.application == facts.application) return one.set;
  return 0;
}

/// Other protocols carry no requests.
bool may_carry_requests(const Facts& facts) noexcept {
  constexpr std::uint8_t kTcp = 6, kUdp = 17;
  return facts.protocol == kTcp || facts.protocol == kUdp;
}

bool selects_function(const Firewall::Tables& tables, const Content& content,
                      const Facts& facts) noexcept {
  return may_carry_requests(facts) && facts.url.known == Knowledge::known &&
         facts.application_known == Knowledge::known &&
         (selected_functions(tables, content, facts) & rules::set_of(facts.function)) != 0;
}

bool carries_requests(ApplicationId application) noexcept {
  namespace id = rules::application_id;
  return application == id::kHttp || application == id::kHttp2 || application == id::kTls ||
         application == id::kQuic;
}

/// Own categories have the last words of the set.
bool selects_category(const CategorySet& set, const OwnCategories& own) noexcept {
  constexpr std::size_t kFirstWord = OwnCategories::kFirstBit / 64;
  static_assert(OwnCategories::kFirstBit % 64 == 0 &&
                kFirstWord + std::tuple_size_v<decltype(own.words)> ==
                    std::tuple_size_v<CategorySet>);
  return ((set[kFirstWord] & own.words[0]) | (set[kFirstWord + 1] & own.words[1])) != 0;
}

bool selects_category(const CategorySet& set, const UrlFacts& url) noexcept {
  if (selects_category(set, url.own_categories)) return true;
  for (std::size_t i = 0; i < url.num_categories; ++i) {
    const std::size_t id = url.categories[i];
    if (id < kCategoryBits && (set[id / 64] >> id % 64 & 1) != 0) return true;
  }
  return false;
}

}  // namespace

/// No request is read of protocols that have none.
bool awaits_function(const Firewall::Tables& tables, const Content& content,
                     const Facts& facts) noexcept {
  if ((content.flags & Content::wants_function) == 0 || facts.url.known != Knowledge::not_yet ||
      !may_carry_requests(facts) || facts.told_by_ends)
    return false;
  return facts.application_known != Knowledge::known || facts.carrier != 0 ||
         carries_requests(facts.application) || selected_functions(tables, content, facts) != 0;
}

ContentOutcome content_outcome(const Firewall::Tables& tables, const Content& content,
                               const Facts& facts) noexcept {
  bool may = false;
  if (content.flags & Content::wants_application) {
    if (facts.application_known == Knowledge::known) {
      if (names_application(tables, content, facts.application) ||
          (facts.carrier != 0 && names_application(tables, content, facts.carrier)))
        return ContentOutcome::matches;
      may = facts.carrier_awaited && (content.flags & Content::wants_protocol) != 0 &&
            has_a_place(tables, content, facts);
    } else if (facts.application_known == Knowledge::not_yet) {
      may = has_a_place(tables, content, facts);
    }
  }
  if (asks_address(content, facts) &&
      selects_category(tables.content_categories[content.categories], facts.address_categories))
    return ContentOutcome::matches;
  if (content.flags & Content::wants_function) {
    if (selects_function(tables, content, facts)) return ContentOutcome::matches;
    may = may || awaits_function(tables, content, facts);
  }
  if (asks_url(content, facts)) {
    if (facts.url.known == Knowledge::known) {
      if (selects_category(tables.content_categories[content.categories], facts.url))
        return ContentOutcome::matches;
    } else if (facts.url.known == Knowledge::not_yet) {
      may = true;
    }
  }
  return may ? ContentOutcome::may_match_yet : ContentOutcome::does_not_match;
}

}  // namespace sekisho::engines::firewall
