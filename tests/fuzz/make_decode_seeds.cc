// Writes the seed corpus of fuzz_decode: `make_decode_seeds DIR`.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "packets/frame_collection.h"

namespace {

void write(const std::filesystem::path& file, std::uint8_t selector,
           std::span<const std::uint8_t> frame) {
  std::ofstream out(file, std::ios::binary);
  out.put(static_cast<char>(selector));
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
  for (const auto& [name, bytes] : frame_collection()) write(folder / name, 0x80, bytes);

  const auto packet = ipv4("192.0.2.1", "198.51.100.2").udp(1025, 53).payload("question").build();
  const auto behind = [&packet](Bytes header) {
    header.insert(header.end(), packet.begin(), packet.end());
    return header;
  };
  write(folder / "link_null", 0x81, behind({2, 0, 0, 0}));
  write(folder / "link_ppp", 0x82, behind({0xff, 0x03, 0x00, 0x21}));
  write(folder / "link_raw", 0x83, packet);
  write(folder / "link_c_hdlc", 0x85, behind({0x0f, 0, 8, 0}));
  write(folder / "link_loop", 0x86, behind({0, 0, 0, 2}));
  write(folder / "link_sll", 0x87, behind({0, 0, 0, 1, 0, 6, 2, 0, 0x5e, 0, 0, 1, 0, 0, 8, 0}));
  write(folder / "link_sll2", 0x8b,
        behind({8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0x5e, 0, 0, 1, 0, 0}));
  write(folder / "link_ppi", 0x8c, behind({0, 0, 8, 0, 12, 0, 0, 0}));
  return 0;
}
