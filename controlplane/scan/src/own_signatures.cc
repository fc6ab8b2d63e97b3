#include "controlplane/scan/own_signatures.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <chrono>

namespace sekisho::controlplane {

FileState state_of(const std::string& path) {
  struct stat info {};
  if (path.empty() || stat(path.c_str(), &info) != 0) return {};
  constexpr std::uint64_t kBillion = 1'000'000'000;
  return {.inode = info.st_ino,
          .bytes = static_cast<std::uint64_t>(info.st_size),
          .changed_ns = static_cast<std::uint64_t>(info.st_ctim.tv_sec) * kBillion +
                        static_cast<std::uint64_t>(info.st_ctim.tv_nsec)};
}

OwnSignatures::InForce OwnSignatures::in_force() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::steady_clock::now().time_since_epoch())
                       .count();
  const std::lock_guard lock(mutex_);
  if (!path_.empty() && looked_s_ != now) {
    looked_s_ = now;
    look();
  }
  return current_;
}

void OwnSignatures::look() {
  const auto state = state_of(path_);
  if (state == state_) return;
  state_ = state;
  auto opened = Database::open(path_);
  if (!opened) {
    spdlog::error("{}; the set before stays", opened.error().message);
    return;
  }
  current_.database = std::make_shared<const Database>(*std::move(opened));
  ++current_.generation;
  spdlog::info("own signatures: {} MD5, {} SHA-1, {} SHA-256",
               current_.database->num_hashes(rules::HashKind::md5),
               current_.database->num_hashes(rules::HashKind::sha1),
               current_.database->num_hashes(rules::HashKind::sha256));
}

}  // namespace sekisho::controlplane
