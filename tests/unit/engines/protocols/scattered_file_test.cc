#include "scattered_file.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;

namespace {

struct Sink final : FileSink {
  void file_grew(const FileView& file) noexcept override {
    bytes += as_text(file.fresh);
    complete = file.complete;
    gaps = file.gaps;
    size = file.size;
  }
  std::string bytes;
  bool complete = false, gaps = false;
  std::uint64_t size = 0;
};

void put(ScatteredFile& file, Sink& sink, std::uint64_t offset, std::string_view bytes) {
  file.begin_part(offset);
  file.append(as_bytes(bytes), sink);
  file.end_part(sink);
}

}  // namespace

TEST_CASE("Parts in any order within what may wait make the file, as laying them side by side") {
  std::mt19937 random(GENERATE(range(1U, 40U)));
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  std::string whole;
  for (int i = 0; i < 5000; ++i) whole += static_cast<char>(random());
  Sink sink;
  {
    ScatteredFile file(*pool);
    file.begin(0, {}, Direction::to_client, 0);
    // parts of a few places ahead change places; some come twice or overlap
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (std::size_t at = 0; at < whole.size();) {
      const auto length = std::min<std::size_t>(1 + random() % 90, whole.size() - at);
      const auto back = std::min<std::size_t>(at, random() % 20);
      parts.emplace_back(at - back, length + back);
      at += length;
    }
    for (std::size_t i = 0; i + 8 < parts.size(); i += 8)
      std::shuffle(parts.begin() + static_cast<std::ptrdiff_t>(i),
                   parts.begin() + static_cast<std::ptrdiff_t>(i) + 8, random);
    for (const auto& [offset, length] : parts)
      put(file, sink, offset, std::string_view(whole).substr(offset, length));
    file.finish(sink, false);
  }
  CHECK(sink.bytes == whole);
  CHECK((sink.complete && !sink.gaps));
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("What never comes is a gap, found when too much waits or the file ends") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  const auto parts = GENERATE(values<std::size_t>({1, ScatteredFile::kMaxWaiting + 2}));
  CAPTURE(parts);
  Sink sink;
  {
    ScatteredFile file(*pool);
    file.begin(0, {}, Direction::to_client, 0);
    for (std::size_t i = 0; i < parts; ++i) put(file, sink, 100 + i, "x");
    CHECK(sink.bytes.empty() == (parts <= ScatteredFile::kMaxWaiting));
    file.finish(sink, false);
  }
  CHECK(sink.bytes == std::string(parts, 'x'));
  CHECK(sink.gaps);
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("Bytes that are lost leave what follows in its place") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  ScatteredFile file(*pool);
  Sink sink;
  file.begin(0, {}, Direction::to_client, 0);
  file.begin_part(0);
  file.append(as_bytes("ab"), sink);
  file.lose(2);
  file.append(as_bytes("ef"), sink);
  file.end_part(sink);
  put(file, sink, 6, "gh");
  file.finish(sink, false);
  CHECK(sink.bytes == "abefgh");
  CHECK(sink.gaps);
}

TEST_CASE("Offsets at the end of the numbers are no way to read beyond") {
  const auto pool = *MemoryPool::create(std::size_t{16} << 20);
  ScatteredFile file(*pool);
  Sink sink;
  file.begin(0, {}, Direction::to_client, 0);
  for (const std::uint64_t offset : {UINT64_MAX, UINT64_MAX - 1, std::uint64_t{0}, UINT64_MAX})
    put(file, sink, offset, "abc");
  file.finish(sink, true);
  CHECK(sink.complete);
}
