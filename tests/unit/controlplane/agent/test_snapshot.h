#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "config/snapshot/meta.h"
#include "config/snapshot/snapshot.h"

namespace sekisho::controlplane {

/// A whole, readable snapshot whose source section is `source`.
inline std::vector<std::byte> test_snapshot(const std::string& source) {
  snapshot::SnapshotMeta meta;
  meta.rules.push_back({"only rule of " + source, "allow", true, true, 1});
  meta.fqdns = {"www.example.com", "*.example.net"};
  const std::string meta_json = snapshot::to_json(meta);
  snapshot::SnapshotWriter writer;
  writer.add(snapshot::kMetaSection, std::as_bytes(std::span(meta_json)));
  writer.add(snapshot::kSourceSection, std::as_bytes(std::span(source)));
  return writer.finish();
}

inline std::string address_of(std::span<const std::byte> snapshot) {
  return snapshot::SnapshotView::open(snapshot)->content_address();
}

}  // namespace sekisho::controlplane
