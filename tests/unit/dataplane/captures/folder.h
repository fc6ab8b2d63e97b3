#pragma once

#include <pcap/pcap.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace sekisho::dataplane::test {

using Bytes = std::vector<std::uint8_t>;

/// A folder for one test, which goes with it.
class Folder {
 public:
  Folder() {
    path_ = (std::filesystem::temp_directory_path() / "sekisho_captures_XXXXXX").string();
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string captures() const { return path_ + "/captures"; }
  std::string file(const std::string& name) const { return captures() + "/" + name; }
  std::size_t num_files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(captures()), {}));
  }
  /// What all files have together.
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(captures()))
      sum += entry.file_size();
    return sum;
  }

 private:
  std::string path_;
};

inline unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

/// The packets of a file, as libpcap reads them.
inline std::vector<Bytes> packets_of(const std::string& path) {
  char problem[PCAP_ERRBUF_SIZE];
  auto* const file = pcap_open_offline_with_tstamp_precision(
      path.c_str(), PCAP_TSTAMP_PRECISION_NANO, static_cast<char*>(problem));
  REQUIRE(file != nullptr);
  CHECK(pcap_datalink(file) == DLT_EN10MB);
  std::vector<Bytes> packets;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  int outcome = 0;
  while ((outcome = pcap_next_ex(file, &header, &bytes)) == 1)
    packets.emplace_back(bytes, bytes + header->caplen);
  CHECK(outcome == PCAP_ERROR_BREAK);  // the end
  pcap_close(file);
  return packets;
}

}  // namespace sekisho::dataplane::test
