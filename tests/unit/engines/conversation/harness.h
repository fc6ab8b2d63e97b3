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

  /// Others in their place from the next segment on; empty: none.
  void change_rules(const std::string& rules);
  std::size_t pool_bytes_used() const;

  static engines::InspectorConfig listener();

  void segment(engines::Direction direction, std::uint32_t sequence, std::uint32_t acknowledgement,
               std::uint8_t flags, std::string_view payload = {});
  /// The client's first byte is 101, the server's 501.
  void open();
  void client(std::uint32_t sequence, std::uint32_t acknowledgement, std::string_view payload = {});
  void server(std::uint32_t sequence, std::uint32_t acknowledgement, std::string_view payload = {});
  engines::FlowFacts close();
  void watch_dns(engines::DnsWatch& watch) { inspector_->watch_dns(&watch); }
  void capture_packets(engines::PacketCapture& capture) { inspector_->capture_packets(&capture); }
  void watch_urls(engines::UrlWatch& watch) { inspector_->watch_urls(&watch); }
  void use_hosts(const engines::appid::HostTable& hosts) { inspector_->use_hosts(hosts); }
  void watch_evasion(engines::EvasionWatch& watch) { inspector_->watch_evasion(&watch); }

  RecordKeeper records;
  engines::ContentOutcome outcome;       // of the last segment
  std::uint64_t now_ns = 1'000'000'000;  // Unix time
  engines::ips::Treatment treatment{};   // the flow's
  std::uint64_t flow_bytes[2] = {};      // likewise, by direction

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
