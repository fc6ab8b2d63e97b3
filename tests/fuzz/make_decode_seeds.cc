// Writes the seed corpus of fuzz_decode: `make_decode_seeds DIR`.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "packets/frame_collection.h"
#include "packets/link_collection.h"

namespace {

void write(const std::filesystem::path& file, std::uint16_t link,
           std::span<const std::uint8_t> frame) {
  constexpr char kCheckTransport = '\x80';
  std::ofstream out(file, std::ios::binary);
  out.put(kCheckTransport);
  out.put(static_cast<char>(link >> 8));
  out.put(static_cast<char>(link & 0xff));
  out.write(reinterpret_cast<const char*>(frame.data()),
            static_cast<std::streamsize>(frame.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_decode_seeds DIR\n";
    return 2;
  }
  using namespace sekisho::packets;
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : frame_collection()) write(folder / name, 1, bytes);

  for (const auto& one : link_collection()) {
    const auto file = "link_" + one.name + (one.is_ipv4 ? "_4" : "_6");
    write(folder / file, one.link, one.bytes);
  }
  return 0;
}
