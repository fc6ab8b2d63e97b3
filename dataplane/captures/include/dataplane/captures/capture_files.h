#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/captures/pcap_file.h"

namespace sekisho::dataplane {

/// What is known of one capture.
struct CaptureInfo {
  std::string name;           // of its file (name_of_capture)
  std::uint64_t time_ns = 0;  // of the alert, Unix time
  std::uint64_t flow_id = 0;
  std::uint32_t generator = 0, signature = 0, revision = 0;
  std::string message;  // the rule's
  IpAddress client{}, server{};
  std::uint16_t client_port = 0, server_port = 0;
  std::uint8_t protocol = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;           // of the file
  std::uint64_t lost = 0;            // packets that are not in it
  std::optional<std::string> ended;  // why: name_of(CaptureEnd) or "interrupted"; none: it runs
};

/// Captures around alerts in one folder, whose size is bounded: the oldest make room. Beside each
/// file NAME.pcap lies NAME.pcap.json with the rest of what is known. Any thread.
class CaptureFiles {
 public:
  static constexpr std::size_t kMostFiles = 4096;
  /// What a file beside a capture counts as; it has fewer bytes.
  static constexpr std::uint64_t kFactsBytes = 2048;

  /// Makes the folder, for its owner alone, and takes up what earlier processes left in it.
  /// `reserved` bytes of the disk are left to others; none: kMostReserved, a sixteenth of a small
  /// disk.
  static Result<std::unique_ptr<CaptureFiles>> open(
      std::string folder, std::uint64_t max_bytes,
      std::optional<std::uint64_t> reserved = std::nullopt);
  static constexpr std::uint64_t kMostReserved = std::uint64_t{64} << 20;
  CaptureFiles(const CaptureFiles&) = delete;
  CaptureFiles& operator=(const CaptureFiles&) = delete;

  struct Capture {
    CaptureInfo info;
    std::unique_ptr<PcapFile> file{};  // while it runs
  };
  /// Null, and told in the log, when the disk does not take it. It is valid until its end().
  Capture* begin(CaptureInfo info);
  /// A packet that there is no room for is counted as lost.
  void add(Capture& capture, std::uint64_t time_ns, std::uint32_t frame_bytes,
           std::span<const std::uint8_t> frame);
  /// `lost` more packets are not in it.
  void end(Capture& capture, std::string_view why, std::uint64_t lost);
  /// What was added is in the files for others to read.
  void flush();

  /// The oldest first.
  std::vector<CaptureInfo> list() const;
  /// To be read from its beginning. not_found: there is none of this name.
  Result<FileDescriptor> read(std::string_view name);
  /// Refuses one that runs.
  Status remove(std::string_view name);
  /// All that do not run; how many.
  std::size_t remove_all();

  struct Totals {
    std::size_t files = 0, running = 0;
    std::uint64_t bytes = 0, capacity_bytes = 0;
    std::uint64_t failed = 0;   // captures that the disk did not take
    std::uint64_t removed = 0;  // to make room
    std::uint64_t lost = 0;     // packets that did not fit
  };
  Totals totals() const;

 private:
  using Captures = std::map<std::string, Capture, std::less<>>;  // by name: the oldest first

  CaptureFiles(std::string folder, std::uint64_t max_bytes, std::optional<std::uint64_t> reserved);
  void look_at_disk();
  Status load();
  void load_one(const std::string& name, std::uint64_t bytes);
  bool make_room(std::uint64_t bytes, std::size_t files);
  Captures::iterator erase(Captures::iterator at);
  void describe(const Capture& capture) const;
  std::string path_of(std::string_view name) const;

  const std::string folder_;
  const std::optional<std::uint64_t> reserved_;
  mutable std::mutex mutex_;
  Captures captures_;
  Totals totals_;
  std::uint64_t usable_ = 0;  // bytes of the disk: counted down, and looked at with every flush()
  bool told_full_ = false;    // the log knows that the disk takes no more
};

}  // namespace sekisho::dataplane
