#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::snapshot {

/// A compiled policy as one file: a fixed header, a table of named sections, the sections
/// themselves, each beginning on a 64-byte boundary so that a mapped file can be used in place. The
/// file's name is its content address: the SHA-256 of everything behind the header's digest field,
/// in lower-case hex. All integers little-endian; a snapshot is made and used on the same box.
/// There is exactly one file for a given set of sections: they lie in order of name, without gaps,
/// padded with zeros.
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kMaxSections = 64;
inline constexpr std::size_t kMaxSnapshotBytes = std::size_t{1} << 30;

/// Section names that are not an engine's.
inline constexpr std::string_view kMetaSection = "meta";  // JSON, see SnapshotMeta in meta.h
inline constexpr std::string_view kSourceSection =
    "source";  // the YAML as the administrator wrote it

/// The IPS rules that the policy goes with: their texts in the administrator's own hand.
inline constexpr std::string_view kIpsRulesSection = "ips_rules";
/// Of a policy that sets variables of IPS rules: their text, for whoever compiles the rules.
inline constexpr std::string_view kIpsVariablesSection = "ips_variables";
/// The only section of a file of compiled IPS rules, which has a snapshot's form.
inline constexpr std::string_view kRulesSection = "rules";

class SnapshotWriter {
 public:
  /// `name`: 1-31 bytes of [a-z0-9_], unique in the file; at most kMaxSections. Anything else is a
  /// broken invariant and aborts. The order of calls does not matter.
  void add(std::string_view name, std::span<const std::byte> content);
  /// Larger than kMaxSnapshotBytes: SnapshotView::open will refuse it.
  std::vector<std::byte> finish() const;

 private:
  struct Section {
    std::string name;
    std::vector<std::byte> content;
  };
  std::vector<Section> sections_;  // ascending by name
};

/// A checked view of snapshot bytes; the bytes must outlive it.
class SnapshotView {
 public:
  /// Checks magic, version, bounds, alignment and the digest: afterwards every section is in bounds
  /// and as written. The content of a section is its reader's to check.
  static Result<SnapshotView> open(std::span<const std::byte> bytes);

  /// not_found when there is none of that name.
  Result<std::span<const std::byte>> section(std::string_view name) const;
  const std::string& content_address() const { return content_address_; }

 private:
  struct Section {
    std::string name;
    std::span<const std::byte> content;
  };
  std::vector<Section> sections_;
  std::string content_address_;
};

/// SHA-256 in lower-case hex.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace sekisho::snapshot
