#include "config/base/file_copy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace sekisho;

/// A file that is gone with the object.
class Scratch {
 public:
  explicit Scratch(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("sekisho-file-copy." + std::to_string(::getpid()));
};

std::string text_of(const FileCopy& copy) {
  return {reinterpret_cast<const char*>(copy.bytes().data()), copy.bytes().size()};
}

TEST_CASE("a file's copy stays when the file is cut or gone") {
  const std::string text(5'000'000, 'x');  // huge pages, and a part of one
  FileCopy copy;
  {
    const Scratch scratch(text);
    auto read = read_file(scratch.path(), text.size(), Links::follow);
    REQUIRE(read);
    copy = *std::move(read);
    REQUIRE(::truncate(scratch.path().c_str(), 0) == 0);
    CHECK(text_of(copy) == text);
  }
  CHECK(text_of(copy) == text);
}

TEST_CASE("what is no regular file of the size asked for is refused by name") {
  const Scratch scratch("four");
  CHECK(read_file(scratch.path(), 4, Links::refuse));
  const auto larger = read_file(scratch.path(), 3, Links::refuse);
  CHECK(larger.error().code == Error::Code::invalid_input);
  CHECK(larger.error().message == scratch.path() + ": is larger than 3 bytes");
  CHECK(read_file("/", 4, Links::refuse).error().message == "/: is empty or no regular file");
  CHECK(read_file(scratch.path() + ".none", 4, Links::refuse).error().code ==
        Error::Code::not_found);
  CHECK(read_file(scratch.path() + "/below", 4, Links::refuse).error().code == Error::Code::io);

  const std::string pipe = scratch.path() + ".pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_file(pipe, 4, Links::refuse).error().code == Error::Code::invalid_input);
  const std::string link = scratch.path() + ".link";
  std::filesystem::create_symlink(scratch.path(), link);
  CHECK(read_file(link, 4, Links::follow));  // "current" may stand for the newest of several
  CHECK(read_file(link, 4, Links::refuse).error().code == Error::Code::io);
  std::filesystem::remove(pipe);
  std::filesystem::remove(link);
}

TEST_CASE("memory of another file is used again where it fits") {
  auto spare = HugeMemory::create(4096);
  REQUIRE(spare);
  const auto* const at = spare->data();
  const auto copy = FileCopy::create(2000, *std::move(spare));
  REQUIRE(copy);
  CHECK(copy->memory.data() == at);
  auto too_small = HugeMemory::create(4096);
  REQUIRE(too_small);
  const auto larger = FileCopy::create(100'000, *std::move(too_small));
  REQUIRE(larger);
  CHECK(larger->memory.size_bytes() >= 100'000);
}

}  // namespace
