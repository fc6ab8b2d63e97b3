#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/aligned_bytes.h"
#include "engines/conversation/inspector.h"

namespace sekisho::tests {

/// Keeps records; what they say is a JSON object.
class RecordKeeper : public engines::RecordSink {
 public:
  void record(const engines::RecordOrigin& origin, std::string_view event_type,
              std::string_view members) noexcept override;
  /// All of a type, in order.
  std::vector<nlohmann::json> of_type(std::string_view type) const;

 private:
  struct Record {
    std::string type, text;
  };
  std::vector<Record> records_;
};

/// One TCP conversation of a listener: 10.0.0.1:1025 opens it to 10.0.0.2:80.
class ConversationHarness {
 public:
  explicit ConversationHarness(const std::string& rules = {},
                               const engines::InspectorConfig& config = listener(),
                               bool asymmetric = false);
  ~ConversationHarness();

  static engines::InspectorConfig listener();

  void segment(engines::Direction direction, std::uint32_t sequence, std::uint32_t acknowledgement,
               std::uint8_t flags, std::string_view payload = {});
  /// The client's first byte is 101, the server's 501.
  void open();
  void client(std::uint32_t sequence, std::uint32_t acknowledgement, std::string_view payload = {});
  void server(std::uint32_t sequence, std::uint32_t acknowledgement, std::string_view payload = {});
  engines::FlowFacts close();
  void watch_dns(engines::DnsWatch& watch) { inspector_->watch_dns(&watch); }
  void watch_urls(engines::UrlWatch& watch) { inspector_->watch_urls(&watch); }

  RecordKeeper records;
  engines::ContentOutcome outcome;       // of the last segment
  std::uint64_t now_ns = 1'000'000'000;  // Unix time

 private:
  std::unique_ptr<engines::Inspector> inspector_;
  AlignedBytes artifact_;
  std::unique_ptr<const engines::ips::Ruleset> ruleset_;
  engines::ips::HostState hosts_{64};
  std::unique_ptr<engines::ips::Detector> detector_;
  engines::Conversation* conversation_ = nullptr;
  std::uint64_t packets_[2] = {};
};

}  // namespace sekisho::tests
