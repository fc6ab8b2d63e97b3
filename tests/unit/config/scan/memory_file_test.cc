#include "config/scan/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "config/base/text_bytes.h"

namespace sekisho::scan {
namespace {

TEST_CASE("a memory file has what was appended, and nobody changes it once it is sealed") {
  auto file = MemoryFile::create();
  REQUIRE(file);
  REQUIRE(file->append(bytes_of("first, ")));
  REQUIRE(file->append(bytes_of("then")));
  CHECK(file->size() == 11);
  const auto sealed = std::move(*file).seal();
  REQUIRE(sealed);
  std::array<char, 32> read{};
  CHECK(pread(sealed->get(), read.data(), read.size(), 0) == 11);
  CHECK(std::string_view(read.data()) == "first, then");
  CHECK(write(sealed->get(), "x", 1) == -1);
  CHECK(ftruncate(sealed->get(), 0) == -1);
  CHECK(ftruncate(sealed->get(), 4096) == -1);
  CHECK(mmap(nullptr, 11, PROT_READ | PROT_WRITE, MAP_SHARED, sealed->get(), 0) == MAP_FAILED);
}

}  // namespace
}  // namespace sekisho::scan
