#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/spool/spool_files.h"

namespace sekisho::controlplane {

/// The process ended in the middle of a call.
struct Killed {};

/// A disk in memory that knows which of its bytes a power loss would leave. One chosen change may
/// fail or be the process's last; `variant` says how much of it was done by then.
class FakeDisk final : public SpoolFiles {
 public:
  enum class Trouble { none, fails, dies };
  static constexpr int kVariants = 9;

  void plan(Trouble trouble, int change, int variant) {
    trouble_ = trouble;
    at_ = change;
    variant_ = variant;
    in_a_row_ = 1;
    dies_later_ = 0;
    changes_ = 0;
  }
  /// So many changes fail in a row.
  void fail_for(int changes) { in_a_row_ = changes; }
  /// After the failure, this many changes later.
  void then_die(int later, int variant) {
    dies_later_ = later;
    variant_then_ = variant;
  }
  int changes() const { return changes_; }
  bool happened() const { return changes_ > at_; }

  /// The power goes: what was not synced is gone. With `removals_kept`, removed files stay removed.
  void lose_power(bool removals_kept) {
    if (removals_kept)
      std::erase_if(durable_, [&](const auto& file) { return removed_.contains(file.first); });
    removed_.clear();
    renamed_.clear();
    visible_ = durable_;
  }

  Status make_folder(const std::string&) override {
    sync_names();
    return ok();
  }

  Status replace(const std::string& path, ByteSpan content) override {
    const Bytes whole(content.begin(), content.end());
    const std::string draft = path + kDraftSuffix;
    if (const auto variant = trouble_now()) {
      if (*variant >= 1) visible_[draft] = Bytes(whole.begin(), whole.begin() + half(whole));
      if (*variant >= 2) durable_[draft] = visible_[draft] = whole;
      if (*variant >= 3) {
        visible_.erase(draft);
        visible_[path] = renamed_[path] = whole;
      }
      if (*variant >= 4) sync_names();
      return trouble(path);
    }
    visible_[path] = renamed_[path] = whole;
    sync_names();
    return ok();
  }

  Status append(const std::string& path, std::uint64_t offset, ByteSpan content) override {
    if (!visible_.contains(path)) return missing(path);
    Bytes& file = visible_[path];
    const auto variant = trouble_now();
    const std::size_t n = content.size();
    const std::size_t written[kVariants] = {0, 1, n / 4, n / 2, n - 1, n, n, n, n};
    const auto part = content.first(variant ? written[*variant] : n);
    file.resize(offset);
    file.insert(file.end(), part.begin(), part.end());
    if (!variant) {
      durable_[path] = file;
      return ok();
    }
    Bytes& kept = durable_[path];
    if (*variant < 5 || *variant == 8) kept = file;  // the part, or all of it but for the reply
    if (*variant == 6) kept.resize(offset + n);      // the size went to the disk before the bytes
    if (*variant == 7) {                             // so did the last bytes before the first
      kept = file;
      std::fill_n(kept.begin() + static_cast<std::ptrdiff_t>(offset), n / 2, std::uint8_t{0});
    }
    return trouble(path);
  }

  Status truncate(const std::string& path, std::uint64_t bytes) override {
    if (!visible_.contains(path)) return missing(path);
    const auto variant = trouble_now();
    // Also not at all after an append() that failed with all its bytes in the file.
    if (!variant || *variant % 2 == 1)
      visible_[path].resize(std::min(bytes, visible_[path].size()));
    if (!variant || *variant % 4 == 3) durable_[path] = visible_[path];
    return variant ? trouble(path) : ok();
  }

  Status remove(const std::string& path) override {
    const auto variant = trouble_now();
    if (!variant || *variant >= 1) {
      visible_.erase(path);
      removed_[path] = true;
    }
    return variant ? trouble(path) : ok();
  }

  Result<std::vector<std::uint8_t>> read(const std::string& path, std::uint64_t offset,
                                         std::size_t bytes) override {
    const auto file = visible_.find(path);
    if (file == visible_.end()) return missing(path);
    const Bytes& content = file->second;
    const auto start = std::min<std::uint64_t>(offset, content.size());
    const auto count = std::min<std::uint64_t>(bytes, content.size() - start);
    const auto first = content.begin() + static_cast<std::ptrdiff_t>(start);
    return Bytes(first, first + static_cast<std::ptrdiff_t>(count));
  }

  Result<std::vector<File>> list(const std::string& folder) override {
    std::vector<File> files;
    for (const auto& [path, content] : visible_)
      if (path.starts_with(folder + "/"))
        files.push_back({path.substr(folder.size() + 1), content.size()});
    return files;
  }

  using Bytes = std::vector<std::uint8_t>;
  /// What is on the disk, to look at and to damage.
  std::map<std::string, Bytes>& files() { return visible_; }

 private:
  static std::ptrdiff_t half(const Bytes& bytes) {
    return static_cast<std::ptrdiff_t>(bytes.size() / 2);
  }
  static Error missing(const std::string& path) {
    return {Error::Code::not_found, path + ": No such file or directory"};
  }
  /// Renames become durable. Removals need not: whoever relies on them is wrong.
  void sync_names() {
    for (const auto& [path, content] : renamed_) {
      durable_[path] = content;
      durable_.erase(path + kDraftSuffix);
      removed_.erase(path);
    }
    renamed_.clear();
  }
  /// How much of this change is done, when it is the chosen one.
  std::optional<int> trouble_now() {
    const bool now = trouble_ != Trouble::none && changes_ >= at_ && changes_ < at_ + in_a_row_;
    ++changes_;
    if (dies_later_ > 0 && changes_ > at_ + dies_later_) {
      trouble_ = Trouble::dies;
      in_a_row_ = 0;
      dies_later_ = 0;
      return variant_then_;
    }
    return now ? std::optional(variant_) : std::nullopt;
  }
  Status trouble(const std::string& path) const {
    if (trouble_ == Trouble::dies) throw Killed();
    return Error{Error::Code::io, path + ": No space left on device"};
  }

  std::map<std::string, Bytes> visible_;
  std::map<std::string, Bytes> durable_;
  std::map<std::string, Bytes> renamed_;  // and not yet durable
  std::map<std::string, bool> removed_;   // and still durable
  Trouble trouble_ = Trouble::none;
  int at_ = 0;
  int variant_ = 0;
  int in_a_row_ = 1;
  int dies_later_ = 0;
  int variant_then_ = 0;
  int changes_ = 0;
};

}  // namespace sekisho::controlplane
