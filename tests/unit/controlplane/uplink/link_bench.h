#pragma once

#include <filesystem>
#include <optional>

#include "controlplane/uplink/uplink.h"
#include "fake_console.h"
#include "link_databases.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {

/// A box's policy without a box; "bad" is refused. Outlives the uplink, as the disk would.
class LinkPolicy final : public PolicyDoor {
 public:
  Enforcement enforce(std::string_view yaml, std::uint64_t version) override {
    const std::lock_guard lock(mutex_);
    if (yaml == "bad")
      return {.taken = false,
              .reason_code = "invalid_policy",
              .reason = "2:3: bad \xff",
              .mistakes = {{2, 3, "bad"}}};
    now_ = {version, std::string(yaml), ++serial_, version};
    return {.taken = true, .reason_code = {}, .reason = {}, .mistakes = {}};
  }
  Status confirm(std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    now_.unconfirmed_version = 0;
    boot_ = now_;
    return ok();
  }
  Status withdraw(std::uint64_t, std::string_view) override {
    const std::lock_guard lock(mutex_);
    now_ = boot_;
    return ok();
  }
  PolicyInForce in_force() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  std::uint64_t boot_version() const {
    const std::lock_guard lock(mutex_);
    return boot_.bundle_version;
  }

 private:
  mutable std::mutex mutex_;
  std::uint32_t serial_ = 1;
  PolicyInForce boot_{
      .bundle_version = 0, .content_address = "factory", .serial = 1, .unconfirmed_version = 0};
  PolicyInForce now_ = boot_;
};

/// A box's packs without a box; a pack named "bad" is refused. Outlives the uplink, as the disk
/// would.
class LinkContent final : public ContentDoor {
 public:
  ContentReport report() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  bool is_free() const override { return true; }
  bool enforce(const ContentSet& set) override {
    const std::lock_guard lock(mutex_);
    for (const auto& pack : set.packs)
      if (pack.name == "bad") {
        now_.attempt = {set.version, ContentOutcome::refused, "compiler", "it is too much"};
        return true;
      }
    now_.version_in_force = now_.highest_version = set.version;
    now_.digest = "digest";
    now_.packs.clear();
    for (const auto& pack : set.packs) now_.packs.push_back({pack.name, pack.version, 1, 0});
    now_.attempt = {set.version, ContentOutcome::accepted, {}, {}};
    return true;
  }
  void prove() override {}
  bool withdraw(std::string_view) override { return true; }
  std::optional<ContentSet> take_interrupted() override { return std::nullopt; }
  void forget() override {
    const std::lock_guard lock(mutex_);
    now_ = {};
  }
  /// Somebody at the box goes back.
  void roll_back(std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    now_.attempt = {now_.version_in_force, ContentOutcome::rolled_back, {}, {}};
    now_.version_in_force = version;
  }

 private:
  mutable std::mutex mutex_;
  ContentReport now_;
};

struct LinkBox final : BoxDoor {
  BoxStatus status() override {
    BoxStatus status;
    status.dataplane_up = true;
    status.ports.push_back({.name = "lan0", .side = "lan", .link_up = true});
    status.authority.subject = "O=\xff";  // no UTF-8, which protobuf would not send
    status.authority.fingerprint = "00ab";
    status.authority.not_after = 2'500'000'000;
    return status;
  }
  Result<nlohmann::json> ask_control(const nlohmann::json&) override {
    return nlohmann::json{{"ok", true}};
  }
  Result<nlohmann::json> ask_dataplane(const nlohmann::json&, std::chrono::milliseconds, int,
                                       const std::stop_token&) override {
    return nlohmann::json{{"ok", true}, {"total", 3}};
  }
};

/// A spool in memory.
class LinkEvents final : public EventSource {
 public:
  void set_enrolled(bool enrolled) override {
    const std::lock_guard lock(mutex_);
    enrolled_ = enrolled;
  }
  void drop_all() override {}
  std::string epoch() const override {
    const std::lock_guard lock(mutex_);
    return enrolled_ ? "epoch" : "";
  }
  Result<Lines> read(std::uint64_t from, std::size_t max_lines, std::size_t max_bytes) override {
    const std::lock_guard lock(mutex_);
    Lines found{from, {}};
    std::size_t bytes = 0;
    for (std::uint64_t s = from; s <= lines_.size() && found.lines.size() < max_lines; ++s) {
      bytes += lines_[s - 1].size();
      if (bytes > max_bytes && !found.lines.empty()) break;
      found.lines.push_back(lines_[s - 1]);
    }
    return found;
  }
  Status acknowledge(std::uint64_t sequence) override {
    const std::lock_guard lock(mutex_);
    acknowledged_ = sequence;
    return ok();
  }
  bool wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                     const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, stop, timeout, [&] { return lines_.size() >= sequence; });
  }
  State state() const override {
    const std::lock_guard lock(mutex_);
    return {lines_.size() + 1, lines_.size() - acknowledged_, 0};
  }
  void add(const std::string& line) {
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line);
    }
    changed_.notify_all();
  }
  std::uint64_t acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::string> lines_;
  bool enrolled_ = false;
  std::uint64_t acknowledged_ = 0;
};

/// A box with everything but its policy in memory or a scratch folder.
struct LinkBench {
  ScratchFolder folder;
  DiskFiles disk;
  LinkPolicy policy;
  LinkContent content;
  LinkDatabases databases;
  LinkBox box;
  LinkEvents events;
  std::chrono::milliseconds confirm_least{5'000};
  std::optional<Uplink> uplink;

  LinkBench() {
    for (const auto* name : {"identity", "link"})
      std::filesystem::create_directory(folder.file(name));
    restart();
  }
  void restart() {
    uplink.reset();
    uplink.emplace(
        UplinkSettings{.state_dir = folder.path(),
                       .box_name = "box",
                       .software_version = "1.2.3",
                       .console_address = {},
                       .confirm_least = confirm_least,
                       .backoff = {std::chrono::milliseconds(50), std::chrono::milliseconds(400)},
                       .revoked_retry = std::chrono::seconds(60)},
        UplinkDoors{policy, content, databases, box, events, disk});
  }
  void enrol(const FakeConsole& console) {
    const auto enrolled = uplink->enrol(console.address(), console.code(), false);
    if (!enrolled) FAIL(enrolled.error().message);
  }
  bool wait_for(const std::function<bool()>& condition,
                std::chrono::milliseconds timeout = std::chrono::seconds(15)) const {
    const auto end = std::chrono::steady_clock::now() + timeout;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  bool wait_for_state(const std::string& state) const {
    return wait_for([&] { return uplink->status()["state"] == state; });
  }
};

inline std::string bundle_of(const FakeConsole& console, std::uint64_t version,
                             const std::string& yaml = "good",
                             const std::string& gateway = "gateway",
                             const std::string& file = "policy.yaml") {
  const auto files = bundle::PackedFiles::pack({{file, yaml}});
  REQUIRE(files);
  auto built = bundle::build({"tenant", gateway, version}, *files, console.signing_key);
  REQUIRE(built);
  return std::move(*built);
}

/// A content bundle with a pack `pack` of version `version` and one rule.
inline std::string content_bundle_of(const FakeConsole& console, std::uint64_t version,
                                     const std::string& pack = "good",
                                     bundle::Kind kind = bundle::Kind::content) {
  const auto files = bundle::PackedFiles::pack(
      {{"packs.json",
        R"({"packs":[{"name":")" + pack + R"(","version":)" + std::to_string(version) + "}]}"},
       {pack + "/a.rules", "alert tcp any any -> any any (sid:1;)\n"}});
  REQUIRE(files);
  auto built = bundle::build({"tenant", "gateway", version, kind}, *files, console.signing_key);
  REQUIRE(built);
  return std::move(*built);
}

}  // namespace sekisho::controlplane
