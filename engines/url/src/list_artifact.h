#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "engines/url/url_lists.h"

/// The compiled lists and categories as bytes: a header, then the arrays of Tables in their order.
/// Made by list_compile.cc, checked by list_load.cc.
namespace sekisho::engines::url {

inline constexpr std::array<char, 8> kListMagic{'s', 'e', 'k', 'u', 'r', 'l', '0', '2'};
inline constexpr std::size_t kMaxPathSegments = 64;      // of an entry
inline constexpr std::size_t kMaxOpenPathsOfHost = 256;  // entries of one host that end in '*'

/// Which hosts an entry's name is for.
enum class HostPattern : std::uint8_t {
  none,    // a free slot
  exact,   // example.com
  below,   // *.example.com: names that end in ".example.com"
  begins,  // example.*: names that begin with "example."
};

/// Which paths, with their query, an entry's path is for.
enum class PathPattern : std::uint8_t {
  segments,  // it, and what is below it by whole segments
  exact,     // it alone: it has a query
  begins,    // what begins with it
};

inline constexpr std::uint8_t kOnAllowList = 1, kOnBlockList = 2;

/// Where something stands: on these lists, in these categories. Entries name one by its number;
/// few different ones occur. Number 0 is nowhere.
struct Standing {
  OwnCategories categories;
  std::uint64_t lists = 0;

  Standing& operator|=(const Standing& other) noexcept {
    categories |= other.categories;
    lists |= other.lists;
    return *this;
  }
  bool operator==(const Standing&) const = default;
};
static_assert(sizeof(Standing) == 24);
using StandingNumber = std::uint16_t;
inline constexpr std::size_t kMaxStandings = 65'536;

/// A slot of the hash table of host patterns, found by slot_hash().
struct HostSlot {
  std::uint64_t hash;
  std::uint32_t text_offset;
  std::uint32_t first_path;  // into the paths, sorted by pattern and text
  std::uint32_t num_paths;
  std::uint8_t text_bytes;
  HostPattern pattern;
  StandingNumber standing;  // of the host whatever its path
};
static_assert(sizeof(HostSlot) == 24);

struct PathEntry {
  std::uint32_t text_offset;
  std::uint16_t text_bytes;
  StandingNumber standing;
  PathPattern pattern;
  std::array<std::uint8_t, 3> reserved;
};
static_assert(sizeof(PathEntry) == 12);

/// From `first` on, until the next of them, addresses stand there.
struct AddressStep {
  IpAddress first;
  std::uint32_t standing;
};
static_assert(sizeof(AddressStep) == 20);

struct ListHeader {
  std::array<char, 8> magic;
  std::uint32_t num_slots;  // a power of two with a free slot, or 0
  std::uint32_t num_paths;
  std::uint32_t num_v4_steps;
  std::uint32_t num_v6_steps;
  std::uint32_t text_bytes;
  std::uint32_t num_standings;
  std::uint32_t blocks_urls;
  std::uint32_t has_url_categories;
};

struct UrlLists::Tables {
  std::vector<HostSlot> slots;
  std::vector<PathEntry> paths;
  std::vector<AddressStep> v4_steps;
  std::vector<AddressStep> v6_steps;
  std::vector<Standing> standings;  // at least the first
  std::vector<char> text;
  bool blocks_urls = false;
  bool has_url_categories = false;

  std::string_view text_of(std::uint32_t offset, std::size_t bytes) const noexcept {
    return {text.data() + offset, bytes};
  }
};

/// FNV-1a over a host's characters, from the end for names that are found by suffix, so that all
/// suffixes of a host cost one pass.
class HostHash {
 public:
  void add(char c) noexcept { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3; }
  std::uint64_t of(HostPattern pattern) const noexcept {
    HostHash with = *this;
    with.add(static_cast<char>(pattern));
    return with.value_;
  }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

inline std::uint64_t slot_hash(std::string_view host, HostPattern pattern) noexcept {
  HostHash hash;
  if (pattern == HostPattern::begins)
    for (const char c : host) hash.add(c);
  else
    for (std::size_t i = host.size(); i-- > 0;) hash.add(host[i]);
  return hash.of(pattern);
}

}  // namespace sekisho::engines::url
