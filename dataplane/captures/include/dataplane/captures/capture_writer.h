#pragma once

#include <array>
#include <stop_token>
#include <thread>
#include <vector>

#include "dataplane/captures/capture_files.h"
#include "dataplane/worker/alert_capture.h"

namespace sekisho::dataplane {

/// Takes what workers captured out of their queues and writes it, on a thread of its own. When it
/// is destroyed, after the workers stopped, what is left is written and what runs ends.
class CaptureWriter {
 public:
  /// Files and queues outlive it.
  CaptureWriter(CaptureFiles& files, const std::vector<CaptureQueue*>& queues);
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

 private:
  struct Source {
    CaptureQueue* queue;
    std::array<CaptureFiles::Capture*, AlertCapture::kMostRunning> running{};  // null: none
  };
  void run(const std::stop_token& stop);
  struct Drained {
    bool any = false, left = false;
  };
  Drained drain();
  void take(Source& source, const CaptureRecord& record, const std::uint8_t* bytes);

  CaptureFiles& files_;
  std::vector<Source> sources_;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace sekisho::dataplane
