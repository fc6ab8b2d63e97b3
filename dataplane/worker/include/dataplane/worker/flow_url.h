#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/answers/request_head.h"
#include "dataplane/worker/reputation_wait.h"
#include "engines/api/facts.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::dataplane {

/// A canonical URL as it is kept of a flow: for events, for an answer to who asked for it, and to
/// be looked up again under the next policy. One block of the worker's pool.
struct UrlText {
  static constexpr std::size_t kMaxBytes = 496;

  std::uint16_t bytes, host_at, host_bytes, path_at, path_bytes;
  rules::HostKind kind;
  bool has_query;
  bool is_cut;                       // it is longer, these are its first kMaxBytes
  std::array<char, kMaxBytes> text;  // the first `bytes`

  void take(const rules::CanonicalUrl& url) noexcept;
  std::string_view view() const noexcept { return {text.data(), bytes}; }
  std::string_view host() const noexcept { return view().substr(host_at, host_bytes); }
  /// Points into this.
  rules::CanonicalUrl url() const noexcept;
};
static_assert(sizeof(UrlText) <= 512);

/// What a worker knows of the URL of a flow that it looks into.
struct FlowUrl {
  engines::UrlFacts facts;
  bool is_last = false;           // the flow has no other URL that could be read
  bool decides = false;           // another one could change the verdict
  std::uint32_t policy_load = 0;  // that `facts` were looked up under
  FlowReputation reputation{};
  std::uint32_t stream = 0;                // of HTTP/2, that was asked on last; 0: none
  Language language = Language::japanese;  // of who asked there
  UrlText* text = nullptr;                 // null: none is known, or there was no memory for it
};

}  // namespace sekisho::dataplane
