#include <fmt/format.h>

#include <array>

#include "event_names.h"
#include "keyword.h"
#include "number_text.h"

namespace sekisho::rules {
namespace {

void set_flow_word(FlowTest& flow, std::string_view word) {
  if (word == "to_server" || word == "toserver" || word == "from_client")
    flow.to_server = true;
  else if (word == "to_client" || word == "toclient" || word == "from_server")
    flow.to_client = true;
  else if (word == "established")
    flow.established = true;
  else if (word == "not_established")
    flow.not_established = true;
  else if (word == "stateless")
    flow.stateless = true;
  else if (word == "only_stream")
    flow.only_stream = true;
  else if (word == "no_stream")
    flow.no_stream = true;
  else if (word == "only_frag")
    flow.only_frag = true;
  else if (word == "no_frag")
    flow.no_frag = true;
  else
    refuse(word, fmt::format("unknown word \"{}\" of flow", word));
}

void read_flow(RuleBuilder& builder, const RuleOption& option) {
  auto& flow = builder.rule.flow;
  for (const auto word : split(option.value, ',')) set_flow_word(flow, word);
  const auto conflict = [&](bool both, std::string_view a, std::string_view b) {
    if (both) refuse(option.value, fmt::format("flow: {} and {} exclude each other", a, b));
  };
  conflict(flow.to_server && flow.to_client, "to_server", "to_client");
  conflict(flow.established && flow.not_established, "established", "not_established");
  conflict(flow.established && flow.stateless, "established", "stateless");
  conflict(flow.not_established && flow.stateless, "not_established", "stateless");
  conflict(flow.only_stream && flow.no_stream, "only_stream", "no_stream");
  conflict(flow.only_frag && flow.no_frag, "only_frag", "no_frag");
}

/// Four numbers in the order: to the server, to the client, either, both.
using SideNumbers = std::array<PacketNumber, 4>;
constexpr SideNumbers kStreamBytes{
    PacketNumber::stream_bytes_to_server, PacketNumber::stream_bytes_to_client,
    PacketNumber::stream_bytes_either, PacketNumber::stream_bytes_both};
constexpr SideNumbers kFlowPackets{
    PacketNumber::flow_packets_to_server, PacketNumber::flow_packets_to_client,
    PacketNumber::flow_packets_either, PacketNumber::flow_packets_both};
constexpr SideNumbers kFlowBytes{PacketNumber::flow_bytes_to_server,
                                 PacketNumber::flow_bytes_to_client,
                                 PacketNumber::flow_bytes_either, PacketNumber::flow_bytes_both};

std::optional<std::size_t> side_of(std::string_view text) noexcept {
  if (text == "toserver" || text == "to_server") return 0;
  if (text == "toclient" || text == "to_client") return 1;
  if (text == "either") return 2;
  if (text == "both") return 3;
  return std::nullopt;
}

/// "server,<,1111"; Snort 3: "<1111,to_server". The server's side is what the client gets.
void read_stream_size(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  if (parts.size() == 3) {
    const auto side = parts[0] == "client" ? 0 : parts[0] == "server" ? 1 : side_of(parts[0]);
    const auto comparison = comparison_named(parts[1]);
    if (!side) refuse(parts[0], fmt::format("\"{}\" is no side of a stream", parts[0]));
    if (!comparison) refuse(parts[1], fmt::format("\"{}\" is no comparison", parts[1]));
    builder.rule.tests.emplace_back(PacketNumberTest{
        kStreamBytes[*side], {*comparison, unsigned_of(parts[2], 0, UINT32_MAX), 0, false}});
    return;
  }
  if (parts.empty() || parts.size() > 2)
    refuse(option.value, "stream_size takes side, comparison, number");
  const auto side = parts.size() == 2 ? side_of(parts[1]) : 2;
  if (!side) refuse(parts[1], fmt::format("\"{}\" is no side of a stream", parts[1]));
  builder.rule.tests.emplace_back(
      PacketNumberTest{kStreamBytes[*side], number_test_of(parts[0], UINT32_MAX)});
}

template <const SideNumbers& kNumbers>
void read_flow_sides(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  const auto name = take_until(rest, ',');
  const auto side = side_of(name);
  if (!side) refuse(name, fmt::format("\"{}\" is none of toserver, toclient, either, both", name));
  builder.rule.tests.emplace_back(
      PacketNumberTest{kNumbers[*side], number_test_of(rest, UINT64_MAX)});
}

/// flow.elephant:toserver.
void read_elephant(RuleBuilder& builder, const RuleOption& option) {
  constexpr SideNumbers kElephant{
      PacketNumber::flow_elephant_to_server, PacketNumber::flow_elephant_to_client,
      PacketNumber::flow_elephant_either, PacketNumber::flow_elephant_both};
  const auto side = side_of(option.value);
  if (!side)
    refuse(option.value,
           fmt::format("\"{}\" is none of toserver, toclient, either, both", option.value));
  builder.rule.tests.emplace_back(
      PacketNumberTest{kElephant[*side], {Comparison::equal, 1, 0, false}});
}

template <PacketNumber kNumber>
void read_flow_number(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.tests.emplace_back(
      PacketNumberTest{kNumber, number_test_of(option.value, UINT64_MAX)});
}

/// "dns", "!http|tls", "failed", with ",MODE" behind.
void read_app_layer_protocol(RuleBuilder& builder, const RuleOption& option) {
  using Mode = ApplicationProtocolTest::Mode;
  ApplicationProtocolTest test;
  auto modes = option.value;
  auto names = take_until(modes, ',');
  test.negated = take_prefix(names, "!");
  bool exact = false;
  for (const auto mode : split(modes, ',')) {
    if (mode == "exact")
      exact = true;
    else if (mode == "either")
      test.mode = Mode::either;
    else if (mode == "to_server" || mode == "toserver")
      test.mode = Mode::to_server;
    else if (mode == "to_client" || mode == "toclient")
      test.mode = Mode::to_client;
    else if (mode == "final")
      test.mode = Mode::final;
    else if (mode == "original")
      test.mode = Mode::original;
    else
      refuse(mode, fmt::format("unknown mode \"{}\" of app-layer-protocol", mode));
  }
  for (const auto name : split(names, '|')) {
    if (name == "failed") {
      test.failed = true;
    } else if (name == "unknown") {
      test.unknown = true;
    } else {
      const auto protocols = exact ? protocol_called(name) : protocols_named(name);
      if (!protocols) refuse(name, fmt::format("unknown protocol \"{}\"", name));
      test.protocols |= *protocols;
    }
  }
  builder.rule.tests.emplace_back(test);
}

/// "http.request_line_incomplete": of a protocol; "applayer_wrong_direction_first_data": of any.
void read_app_layer_event(RuleBuilder& builder, const RuleOption& option) {
  check_event(builder, option, option.value);
  builder.rule.tests.emplace_back(ApplicationEvent{std::string(option.value)});
}

/// Only firewall rules ask for a state that is not reached yet; others name theirs in the header.
void read_app_layer_state(RuleBuilder&, const RuleOption& option) {
  refuse(option.name, "app-layer-state belongs to firewall rules: name the state in the header");
}

using V = KeywordValue;
using N = PacketNumber;
constexpr std::array kKeywords{
    Keyword{"flow", V::required, read_flow},
    Keyword{"stream_size", V::required, read_stream_size},
    Keyword{"flow.age", V::required, read_flow_number<N::flow_age_seconds>},
    Keyword{"flow.pkts", V::required, read_flow_sides<kFlowPackets>},
    Keyword{"flow.pkts_toserver", V::required, read_flow_number<N::flow_packets_to_server>},
    Keyword{"flow.pkts_toclient", V::required, read_flow_number<N::flow_packets_to_client>},
    Keyword{"flow.bytes", V::required, read_flow_sides<kFlowBytes>},
    Keyword{"flow.bytes_toserver", V::required, read_flow_number<N::flow_bytes_to_server>},
    Keyword{"flow.bytes_toclient", V::required, read_flow_number<N::flow_bytes_to_client>},
    Keyword{"flow.elephant", V::required, read_elephant},
    Keyword{"app-layer-protocol", V::required, read_app_layer_protocol},
    Keyword{"app-layer-event", V::required, read_app_layer_event},
    Keyword{"app-layer-state", V::required, read_app_layer_state},
};

}  // namespace

std::span<const Keyword> flow_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
