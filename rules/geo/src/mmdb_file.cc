#include "mmdb_file.h"

#include <netinet/in.h>

#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

namespace sekisho::rules {
namespace {

std::optional<std::uint16_t> as_country(int status, const MMDB_entry_data_s& data) noexcept {
  if (status != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
      data.data_size != 2)
    return std::nullopt;
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  const char first = data.utf8_string[0], second = data.utf8_string[1];
  if (!is_letter(first) || !is_letter(second)) return std::nullopt;
  return static_cast<std::uint16_t>(first << 8 | second);
}

/// 0: the record names no country. Publishers spell the field in one of two ways.
std::uint16_t country_in(MMDB_entry_s entry) noexcept {
  MMDB_entry_data_s data{};
  const int flat = MMDB_get_value(&entry, &data, "country_code", nullptr);
  if (const auto country = as_country(flat, data)) return *country;
  const int nested = MMDB_get_value(&entry, &data, "country", "iso_code", nullptr);
  return as_country(nested, data).value_or(0);
}

/// A node on the way down: the address bits that lead to it, and how many they are. In the IPv4
/// part the 96 bits of ::ffff:0:0/96 stand in front and are counted too.
struct Position {
  std::uint32_t node;
  IpAddress prefix;
  unsigned bits;
  bool in_v4_part;
};

constexpr IpAddress kFirstV4 = IpAddress::from_v4(0);
constexpr IpAddress kLastV4 = IpAddress::from_v4(0xffffffff);

IpAddress after(IpAddress address) noexcept {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) break;
  return address;
}
IpAddress before(IpAddress address) noexcept {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (address.bytes[i]-- != 0) break;
  return address;
}

IpAddress last_address(IpAddress prefix, unsigned bits) noexcept {
  for (unsigned bit = bits; bit < 128; ++bit)
    prefix.bytes[bit / 8] = static_cast<std::uint8_t>(prefix.bytes[bit / 8] | 0x80U >> (bit % 8));
  return prefix;
}

/// Walks a search tree in depth. Each step costs one look at a node; a file whose nodes are shared
/// or form a circle would never end, hence the budget.
class TreeWalk {
 public:
  TreeWalk(const MMDB_s& db, bool with_v4, std::vector<GeoDatabase::Entry>& out)
      : db_(db), with_v4_(with_v4), out_(out) {}

  Status run() {
    const bool is_v6 = db_.metadata.ip_version == 6;
    if (is_v6) find_v4_root();
    pending_.push_back(is_v6 ? Position{0, {}, 0, false} : Position{0, kFirstV4, 96, true});
    // Every node once, and the aliases of the IPv4 part, which are not entered.
    std::uint64_t budget = std::uint64_t{db_.metadata.node_count} + 1;
    while (!pending_.empty()) {
      if (budget-- == 0) return damaged("nodes are reached on more than one way");
      const auto at = pending_.back();
      pending_.pop_back();
      MMDB_search_node_s node{};
      if (MMDB_read_node(&db_, at.node, &node) != MMDB_SUCCESS)
        return damaged("node " + std::to_string(at.node) + " is not readable");
      // Right first: the left half is then taken from the stack first.
      if (auto right =
              follow(at, true, node.right_record, node.right_record_type, node.right_record_entry);
          !right)
        return right;
      if (auto left =
              follow(at, false, node.left_record, node.left_record_type, node.left_record_entry);
          !left)
        return left;
    }
    return ok();
  }

 private:
  static Error damaged(const std::string& why) { return {Error::Code::invalid_input, why}; }

  /// The node of ::/96, if the tree is that deep there.
  void find_v4_root() {
    std::uint32_t at = 0;
    for (unsigned bit = 0; bit < 96; ++bit) {
      MMDB_search_node_s node{};
      if (MMDB_read_node(&db_, at, &node) != MMDB_SUCCESS ||
          node.left_record_type != MMDB_RECORD_TYPE_SEARCH_NODE)
        return;
      at = static_cast<std::uint32_t>(node.left_record);
    }
    v4_root_ = at;
  }

  Status follow(const Position& from, bool right, std::uint64_t record, std::uint8_t type,
                const MMDB_entry_s& entry) {
    auto prefix = from.prefix;
    if (right) {
      auto& byte = prefix.bytes[from.bits / 8];
      byte = static_cast<std::uint8_t>(byte | 0x80U >> (from.bits % 8));
    }
    const unsigned bits = from.bits + 1;
    switch (type) {
      case MMDB_RECORD_TYPE_EMPTY:
        return ok();
      case MMDB_RECORD_TYPE_DATA:
        add({prefix, last_address(prefix, bits)}, entry, from.in_v4_part);
        return ok();
      case MMDB_RECORD_TYPE_SEARCH_NODE:
        if (bits >= 128) return damaged("tree is deeper than an address");
        enter({static_cast<std::uint32_t>(record), prefix, bits, from.in_v4_part});
        return ok();
      default:
        return damaged("node " + std::to_string(from.node) + " points nowhere");
    }
  }

  void enter(const Position& at) {
    if (at.in_v4_part) return pending_.push_back(at);
    if (at.bits == 96 && at.prefix == IpAddress{}) {
      if (with_v4_) pending_.push_back({at.node, kFirstV4, 96, true});
      return;
    }
    // Another way into the IPv4 part is an alias of it, and nobody looks below ::ffff:0:0/96.
    const bool is_alias = v4_root_ && at.node == *v4_root_;
    const bool is_mapped = at.bits == 96 && at.prefix == kFirstV4;
    if (!is_alias && !is_mapped) pending_.push_back(at);
  }

  void add(const AddressRange& range, const MMDB_entry_s& entry, bool in_v4_part) {
    const auto [known, is_new] = countries_.try_emplace(entry.offset, std::uint16_t{0});
    if (is_new) known->second = country_in(entry);
    const auto country = known->second;
    if (country == 0) return;
    if (in_v4_part || range.last < kFirstV4 || kLastV4 < range.first) {
      out_.push_back({range, country});
      return;
    }
    // A v6 range around ::ffff:0:0/96, which is where IPv4 stands in our order, gives way to it;
    // when it lies around ::/96 too, it is what IPv4 addresses find.
    if (range.first == IpAddress{} && with_v4_) out_.push_back({{kFirstV4, kLastV4}, country});
    if (range.first < kFirstV4) out_.push_back({{range.first, before(kFirstV4)}, country});
    if (kLastV4 < range.last) out_.push_back({{after(kLastV4), range.last}, country});
  }

  const MMDB_s& db_;
  const bool with_v4_;
  std::vector<GeoDatabase::Entry>& out_;
  std::optional<std::uint32_t> v4_root_;
  std::vector<Position> pending_;
  std::unordered_map<std::uint32_t, std::uint16_t> countries_;  // by place of the data record
};

}  // namespace

Result<MmdbFile> MmdbFile::open(const std::string& path) {
  MmdbFile file;
  file.path_ = path;
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file.db_);
  if (status != MMDB_SUCCESS) {
    const auto code =
        status == MMDB_FILE_OPEN_ERROR ? Error::Code::not_found : Error::Code::invalid_input;
    return Error{code, path + ": " + MMDB_strerror(status)};
  }
  file.is_open_ = true;
  const auto version = file.db_.metadata.ip_version;
  if (version != 4 && version != 6)
    return Error{Error::Code::invalid_input, path + ": IP version " + std::to_string(version)};
  return file;
}

MmdbFile::MmdbFile(MmdbFile&& other) noexcept
    : db_(other.db_),
      is_open_(std::exchange(other.is_open_, false)),
      path_(std::move(other.path_)) {}

MmdbFile& MmdbFile::operator=(MmdbFile&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(is_open_, other.is_open_);
  std::swap(path_, other.path_);
  return *this;
}

MmdbFile::~MmdbFile() {
  if (is_open_) MMDB_close(&db_);
}

Status MmdbFile::append_entries(bool with_v4, std::vector<GeoDatabase::Entry>& out) const {
  auto status = TreeWalk(db_, with_v4, out).run();
  if (!status) return std::move(status).error().within(path_);
  return status;
}

std::string MmdbFile::edition() const {
  const auto& about = db_.metadata;
  std::string text(about.database_type);
  for (const auto number :
       {std::uint64_t{about.ip_version}, about.build_epoch, std::uint64_t{about.node_count},
        static_cast<std::uint64_t>(db_.file_size)})
    text += " " + std::to_string(number);
  return text + ";";
}

std::uint16_t MmdbFile::country_of(const IpAddress& address) const noexcept {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const sockaddr* where = nullptr;
  if (address.is_v4()) {
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address.v4());
    where = reinterpret_cast<const sockaddr*>(&v4);
  } else {
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.bytes.data(), address.bytes.size());
    where = reinterpret_cast<const sockaddr*>(&v6);
  }
  int problem = MMDB_SUCCESS;
  auto found = MMDB_lookup_sockaddr(&db_, where, &problem);
  if (problem != MMDB_SUCCESS || !found.found_entry) return 0;
  return country_in(found.entry);
}

}  // namespace sekisho::rules
