// A country database into GeoDatabase. libmaxminddb reads files only, so the bytes go through one
// in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "rules/geo/geo_database.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho;
  static const int file = ::memfd_create("geo", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    return 0;
  const auto database = rules::GeoDatabase::open(path);
  if (!database) return 0;
  if (const auto entries = database->entries())
    for (std::size_t i = 1; i < entries->size(); ++i)
      if (!((*entries)[i - 1].range.last < (*entries)[i].range.first)) __builtin_trap();
  (void)database->country_of(IpAddress::from_v4(0xc0000201));
  (void)database->country_of(*parse_ip_address("2001:db8:1::1"));
  return 0;
}
