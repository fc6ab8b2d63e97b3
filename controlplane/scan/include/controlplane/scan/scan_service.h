#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "controlplane/scan/file_judge.h"

namespace sekisho::controlplane {

/// Serves RUN_DIR/scan.sock: one request a connection, on a few threads, so many waiting and no
/// more: who comes then hears at once that there is no room.
class ScanService {
 public:
  static constexpr std::size_t kThreads = 4;  // as many as clamd has
  static constexpr std::size_t kMaxWaiting = 64;

  explicit ScanService(FileJudge& judge);
  /// Waits for the files that are being judged.
  ~ScanService();
  ScanService(const ScanService&) = delete;
  ScanService& operator=(const ScanService&) = delete;

  /// Any thread.
  void serve(FileDescriptor connection);

 private:
  void work();
  void answer_one(const FileDescriptor& connection);
  std::string status() const;

  FileJudge& judge_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileDescriptor> waiting_;  // under mutex_, as is what follows
  std::uint64_t refused_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: they use what stands above
};

}  // namespace sekisho::controlplane
