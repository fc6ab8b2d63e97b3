#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/uplink/delivery.h"

namespace sekisho::controlplane {

/// A pack of IPS rules that the console made: texts in Suricata's language.
struct ContentPack {
  struct File {
    std::string name;  // *.rules, classification.config or threshold.config
    std::string text;
    bool operator==(const File&) const = default;
  };
  std::string name;           // is_content_pack_name()
  std::uint64_t version = 0;  // of the pack
  std::vector<File> files;
  bool operator==(const ContentPack&) const = default;
};

/// All packs that the console wants on this box, as one version.
struct ContentSet {
  std::uint64_t version = 0;
  std::vector<ContentPack> packs;
  bool operator==(const ContentSet&) const = default;
};

/// 1 to 60 of a-z 0-9 _ -, the first a letter or digit.
bool is_content_pack_name(std::string_view name) noexcept;
/// A file that the rule compiler knows what to do with, its name of a-z 0-9 _ . -
bool is_content_file_name(std::string_view name) noexcept;

struct PackInForce {
  std::string name;
  std::uint64_t version = 0;
  std::uint32_t rules = 0;    // that are in force
  std::uint32_t refused = 0;  // each alone
  bool operator==(const PackInForce&) const = default;
};

/// As ContentState of gateway_link.proto.
enum class ContentOutcome { none, accepted, refused, rolled_back };
std::string_view name_of(ContentOutcome outcome) noexcept;

/// How it went with the last set that was tried.
struct ContentAttempt {
  std::uint64_t version = 0;  // 0: none was ever tried
  ContentOutcome outcome = ContentOutcome::none;
  std::string reason_code;
  std::string reason;
  bool operator==(const ContentAttempt&) const = default;
};

struct ContentReport {
  std::uint64_t version_in_force = 0;  // 0: none of this console
  std::string digest;                  // SHA-256 of it, in hex
  std::vector<PackInForce> packs;
  ContentAttempt attempt;
  std::uint64_t highest_version = 0;  // that ever was accepted: no older one comes after it
  bool is_unproven = false;           // no stream was welcomed since the packs came into force
  bool operator==(const ContentReport&) const = default;
};

/// The console's packs on the box, as the link sees them; PolicyService behind it. Any thread.
class ContentDoor {
 public:
  virtual ~ContentDoor() = default;
  virtual ContentReport report() const = 0;
  /// Whether packs can be changed now: not while a policy awaits its confirmation.
  virtual bool is_free() const = 0;
  /// The set comes into force, or nothing changes; the report tells which. False: something else
  /// is under way, nothing was tried.
  virtual bool enforce(const ContentSet& set) = 0;
  /// The console was reached with the packs in force.
  virtual void prove() = 0;
  /// The packs before come back, or none where there were none. False: something else is under way.
  virtual bool withdraw(std::string_view why) = 0;
  /// What a run before this one was about to bring into force, once.
  virtual std::optional<ContentSet> take_interrupted() = 0;
  /// Another console counts versions of its own; what is in force stays.
  virtual void forget() = 0;
};

}  // namespace sekisho::controlplane
