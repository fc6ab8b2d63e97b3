#include <algorithm>
#include <bit>
#include <cstring>

#include "list_artifact.h"
#include "list_compile.h"

namespace sekisho::engines::url {
namespace {

Error damaged(const char* what) {
  return {Error::Code::invalid_input, std::string("allow and block lists are damaged: ") + what};
}

/// Copies `count` of them off the front of `bytes`; false when there are not so many.
template <class T>
bool take(std::span<const std::byte>& bytes, std::size_t count, std::vector<T>& out) {
  if (count > bytes.size() / sizeof(T)) return false;
  out.resize(count);
  if (count != 0) std::memcpy(out.data(), bytes.data(), count * sizeof(T));
  bytes = bytes.subspan(count * sizeof(T));
  return true;
}

bool is_sound(const UrlLists::Tables& tables, const HostSlot& slot) {
  if (slot.pattern == HostPattern::none) return true;
  return slot.pattern <= HostPattern::begins && slot.text_offset <= tables.text.size() &&
         slot.text_bytes <= tables.text.size() - slot.text_offset &&
         slot.first_path <= tables.paths.size() &&
         slot.num_paths <= tables.paths.size() - slot.first_path &&
         slot.standing < tables.standings.size();
}

bool is_sound(const UrlLists::Tables& tables, const PathEntry& path) {
  return path.pattern <= PathPattern::begins && path.text_offset <= tables.text.size() &&
         path.text_bytes <= tables.text.size() - path.text_offset &&
         path.standing < tables.standings.size();
}

/// Categories that no policy has would have no name.
bool is_sound(const UrlLists::Tables& /*tables*/, const Standing& standing) {
  constexpr std::uint64_t kNoCategories =
      (std::uint64_t{1} << (OwnCategories::kFirstId - OwnCategories::kFirstBit)) - 1;
  return (standing.categories.words[0] & kNoCategories) == 0 &&
         standing.lists <= (kOnAllowList | kOnBlockList);
}

const char* check(const UrlLists::Tables& tables) {
  const auto sound = [&](const auto& one) { return is_sound(tables, one); };
  const auto is_free = [](const HostSlot& slot) { return slot.pattern == HostPattern::none; };
  const auto& slots = tables.slots;
  // Probing ends at a free slot.
  if (!slots.empty() &&
      (!std::has_single_bit(slots.size()) || std::none_of(slots.begin(), slots.end(), is_free)))
    return "the table of hosts";
  if (!std::all_of(slots.begin(), slots.end(), sound)) return "a host";
  if (!std::all_of(tables.paths.begin(), tables.paths.end(), sound)) return "a path";
  const auto stands = [&](const AddressStep& step) {
    return step.standing < tables.standings.size();
  };
  if (!std::all_of(tables.v4_steps.begin(), tables.v4_steps.end(), stands) ||
      !std::all_of(tables.v6_steps.begin(), tables.v6_steps.end(), stands))
    return "an address";
  if (tables.standings.empty() || tables.standings.front() != Standing{} ||
      !std::all_of(tables.standings.begin(), tables.standings.end(), sound))
    return "the categories";
  return nullptr;
}

Result<std::unique_ptr<const Ruleset>> load_ruleset(std::span<const std::byte> artifact) {
  auto lists = UrlLists::load(artifact);
  if (!lists) return std::move(lists).error();
  return std::unique_ptr<const Ruleset>(*std::move(lists));
}

}  // namespace

Result<std::unique_ptr<const UrlLists>> UrlLists::load(std::span<const std::byte> artifact) {
  ListHeader header{};
  if (artifact.size() < sizeof header) return damaged("no header");
  std::memcpy(&header, artifact.data(), sizeof header);
  if (header.magic != kListMagic) return damaged("wrong magic or version");
  auto rest = artifact.subspan(sizeof header);
  auto tables = std::make_unique<Tables>();
  const bool whole = take(rest, header.num_slots, tables->slots) &&
                     take(rest, header.num_paths, tables->paths) &&
                     take(rest, header.num_v4_steps, tables->v4_steps) &&
                     take(rest, header.num_v6_steps, tables->v6_steps) &&
                     take(rest, header.num_standings, tables->standings) &&
                     take(rest, header.text_bytes, tables->text);
  if (!whole || !rest.empty()) return damaged("their length");
  tables->blocks_urls = header.blocks_urls != 0;
  tables->has_url_categories = header.has_url_categories != 0;
  if (const char* wrong = check(*tables)) return damaged(wrong);
  return std::unique_ptr<const UrlLists>(new UrlLists(std::move(tables)));
}

UrlLists::UrlLists(std::unique_ptr<const Tables> tables) noexcept : tables_(std::move(tables)) {}
UrlLists::~UrlLists() = default;

const EngineSpec kSpec{.name = "url",
                       .flow_state_bytes = 0,
                       .compile = compile_lists,
                       .load = load_ruleset,
                       .make = nullptr};

}  // namespace sekisho::engines::url
