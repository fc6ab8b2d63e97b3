#pragma once

#include <maxminddb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/address.h"
#include "config/base/result.h"
#include "rules/geo/geo_database.h"

namespace sekisho::rules {

/// One open MaxMind DB file (format 2.0). Nothing in it is trusted: damage is an error.
class MmdbFile {
 public:
  static Result<MmdbFile> open(const std::string& path);
  MmdbFile(MmdbFile&& other) noexcept;
  MmdbFile& operator=(MmdbFile&& other) noexcept;
  ~MmdbFile();

  bool is_v6() const noexcept { return db_.metadata.ip_version == 6; }
  const std::string& path() const noexcept { return path_; }
  /// As GeoDatabase::edition().
  std::string edition() const;

  /// Appends every range with a country, in no order, neighbours not joined. Of a v6 file the IPv4
  /// part (::/96) comes as IPv4 when `with_v4`; aliases of it (::ffff:0:0/96, 2002::/16, ...) do
  /// not.
  Status append_entries(bool with_v4, std::vector<GeoDatabase::Entry>& out) const;

  /// 0: unknown.
  std::uint16_t country_of(const IpAddress& address) const noexcept;

 private:
  MmdbFile() = default;
  MMDB_s db_{};
  bool is_open_ = false;
  std::string path_;
};

}  // namespace sekisho::rules
