#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "config/scan/memory_file.h"
#include "dataplane/scan/file_exchange.h"

namespace sekisho::dataplane {

/// Carries files of all workers to sekisho-scan and verdicts back, on threads of its own: one that
/// puts files together in memory, and as many that ask as sekisho-scan judges at a time. Whatever
/// happens each file gets an answer: failed, with the reason, when sekisho-scan gives none.
class FileCourier {
 public:
  static constexpr std::size_t kAskers = 4;
  /// Of all files that are put together or wait to be asked about; what is over it is failed.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;

  /// `exchanges` outlive it.
  FileCourier(std::string socket_path, const std::vector<FileExchange*>& exchanges);
  ~FileCourier();
  FileCourier(const FileCourier&) = delete;
  FileCourier& operator=(const FileCourier&) = delete;

 private:
  /// One worker's files that are being put together, by number; none: it was not begun, or failed.
  struct Source {
    FileExchange* exchange;
    std::array<std::optional<scan::MemoryFile>, FileExchange::kFiles + 1> files;
    std::array<bool, FileExchange::kFiles + 1> is_lost{};
  };
  struct Question {
    FileExchange* exchange = nullptr;
    FileExchange::Number file = 0;
    FileDescriptor bytes;
    std::uint64_t size = 0;
  };

  void gather(const std::stop_token& stop);
  bool gather_some(Source& source);
  void add(Source& source, const FileExchange::Piece& piece);
  void end(Source& source, FileExchange::Number number);
  void drop(Source& source, FileExchange::Number number);
  void ask(const std::stop_token& stop);
  scan::ScanAnswer judge(const Question& question, const std::stop_token& stop) const;

  std::string socket_path_;
  std::vector<std::unique_ptr<Source>> sources_;  // the gathering thread's
  std::atomic<std::uint64_t> bytes_{0};           // of all files
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Question> questions_;     // under mutex_
  std::vector<std::jthread> threads_;  // last: they use what stands above
};

}  // namespace sekisho::dataplane
