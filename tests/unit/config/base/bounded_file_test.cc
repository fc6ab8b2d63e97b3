#include "config/base/bounded_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace sekisho;

namespace {

struct ScratchFile {
  ScratchFile() {
    std::string name = (std::filesystem::temp_directory_path() / "bounded-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    path = name;
  }
  ~ScratchFile() { ::unlink(path.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::string path;
};

}  // namespace

TEST_CASE("a file is read up to its limit and no byte further") {
  const ScratchFile file;
  CHECK(*read_bounded(file.path, 0) == "");
  const std::string text(std::size_t{200} * 1024, 'x');
  std::ofstream(file.path, std::ios::binary) << text;
  CHECK(*read_bounded(file.path, text.size()) == text);
  const auto larger = read_bounded(file.path, text.size() - 1);
  REQUIRE_FALSE(larger);
  CHECK(larger.error().code == Error::Code::resource);
  CHECK(larger.error().message == file.path + ": larger than 204799 bytes");
}

TEST_CASE("a file beyond its limit is refused before it is read") {
  const ScratchFile file;
  std::filesystem::resize_file(file.path, std::uintmax_t{20} << 30);  // sparse
  const auto read = read_bounded(file.path, std::size_t{16} << 20);
  REQUIRE_FALSE(read);
  CHECK(read.error().message == file.path + ": larger than 16 MiB");
}

TEST_CASE("what has no size and no end is read up to the limit") {
  const auto read = read_bounded("/dev/zero", 100'000);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Error::Code::resource);
}

TEST_CASE("a file that cannot be read is told with the reason") {
  CHECK(read_bounded("/no/such/file", 1).error().code == Error::Code::not_found);
  const auto folder = read_bounded("/", 1);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().code == Error::Code::io);
  CHECK(folder.error().message == "/: Is a directory");
}
