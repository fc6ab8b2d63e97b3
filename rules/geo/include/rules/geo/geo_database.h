#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/result.h"

namespace sekisho::rules {

/// Countries by address from MaxMind DB files (the file format, any publisher). A country is its
/// ISO 3166-1 alpha-2 code, read from `country_code` or `country.iso_code`. Control plane only.
class GeoDatabase {
 public:
  /// One file, or a directory holding *.mmdb (the v4 and v6 halves of one database).
  static Result<GeoDatabase> open(std::string_view path);
  GeoDatabase(GeoDatabase&&) noexcept;
  GeoDatabase& operator=(GeoDatabase&&) noexcept;
  ~GeoDatabase();

  struct Entry {
    AddressRange range;
    std::uint16_t country;  // 'J' << 8 | 'P'
  };
  /// Every range with a country, ascending, disjoint, neighbours of one country joined.
  Result<std::vector<Entry>> entries() const;
  /// Tells one release of a publisher's data from another: type, build time and size of each file.
  std::string edition() const;
  /// Two letters, or empty when unknown.
  std::string country_of(const IpAddress& address) const;

 private:
  struct Impl;
  explicit GeoDatabase(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sekisho::rules
