#include "controlplane/uplink/upload_window.h"

namespace sekisho::controlplane {

void UploadWindow::sent(std::uint64_t first_sequence, std::uint64_t lines) {
  next_ = first_sequence + lines;
  under_way_.push_back(next_ - 1);
}

bool UploadWindow::stored(std::uint64_t sequence) {
  if (sequence <= stored_ || sequence >= next_) return false;
  stored_ = sequence;
  while (!under_way_.empty() && under_way_.front() <= sequence) under_way_.pop_front();
  return true;
}

}  // namespace sekisho::controlplane
