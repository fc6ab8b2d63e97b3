#include "dataplane/flow/tcp_tracking.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kS = kTcpSyn, kA = kTcpAck, kF = kTcpFin, kR = kTcpRst, kSa = kS | kA,
                       kFa = kF | kA, kRa = kR | kA;
enum : bool { client = true, server = false };  // who sends

using enum TcpState;
constexpr DropReason kPass = DropReason::none, kOutOfWindow = DropReason::tcp_out_of_window,
                     kSpoofed = DropReason::tcp_spoofed_reset,
                     kSynOnOpen = DropReason::tcp_syn_on_open_flow,
                     kNoFlow_ = DropReason::tcp_no_flow;

/// A segment and what should become of it. Sequence numbers count from each side's SYN, which is 0,
/// so that tables read like traces.
struct Step {
  bool sender;
  std::uint8_t flags;
  std::int64_t seq, ack;
  TcpState then;
  DropReason drop = kPass;
  std::uint16_t payload = 0;
  std::uint16_t window = 1000;
  std::uint8_t scale = kNoWindowScale;
};

struct Trace {
  const char* name;
  std::vector<Step> steps;
};

PacketInfo packet_of(const Step& step, std::uint32_t client_isn, std::uint32_t server_isn) {
  PacketInfo packet{};
  packet.kind = PacketKind::flow;
  packet.protocol = packet.key.protocol = 6;
  const std::uint32_t own = step.sender == client ? client_isn : server_isn;
  const std::uint32_t peer = step.sender == client ? server_isn : client_isn;
  packet.tcp_seq = own + static_cast<std::uint32_t>(step.seq);
  packet.tcp_ack = (step.flags & kA) != 0 ? peer + static_cast<std::uint32_t>(step.ack) : 0;
  packet.tcp_flags = step.flags;
  packet.payload_bytes = step.payload;
  packet.tcp_window = step.window;
  packet.tcp_window_scale = step.scale;
  return packet;
}

std::string text_of(const Flow& flow) {
  std::string text;
  for (const TcpEnd& end : flow.tcp)
    text += std::to_string(end.seq_end) + " " + std::to_string(end.acked) + " " +
            std::to_string(end.max_ack_end) + " " + std::to_string(end.max_window) + "; ";
  return text + std::to_string(static_cast<int>(flow.tcp_state));
}

void run(const Trace& trace, const TcpRules& rules, std::uint32_t client_isn,
         std::uint32_t server_isn) {
  Flow flow;
  const Step& first = trace.steps[0];
  const bool initiator = first.flags == kSa ? !first.sender : first.sender;
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const Step& step = trace.steps[i];
    CAPTURE(trace.name, client_isn, server_isn, i);
    const PacketInfo packet = packet_of(step, client_isn, server_isn);
    const std::string before = text_of(flow);
    const TcpState state_before = flow.tcp_state;
    const TcpOutcome outcome = i == 0 ? open_tcp(flow, packet, rules)
                                      : track_tcp(flow, packet, step.sender == initiator, rules);
    CAPTURE(name_of(outcome.drop), before, text_of(flow));
    const bool only_counted = !rules.drop_out_of_window && step.drop == kOutOfWindow;
    CHECK(outcome.drop == (only_counted ? kPass : step.drop));
    CHECK(outcome.anomaly == (only_counted ? kOutOfWindow : kPass));
    CHECK(outcome.state_changed == (state_before != flow.tcp_state));
    CHECK(flow.tcp_state == step.then);
    if (step.drop != kPass) {
      CHECK(text_of(flow) == before);  // what is refused changes nothing
      CHECK_FALSE(outcome.proves_life);
    }
  }
}

/// At sequence numbers in the middle, and where either side's wrap around.
void run_everywhere(const std::vector<Trace>& traces, const TcpRules& rules = {}) {
  for (const Trace& trace : traces)
    for (const std::uint32_t client_isn : {1000U, 0xffffffffU, 0xfffffff0U, 0x7fffff00U})
      for (const std::uint32_t server_isn : {5'000'000U, 0xffffff00U, 0x80000000U})
        run(trace, rules, client_isn, server_isn);
}

const Step kSyn{client, kS, 0, 0, syn_sent};
const Step kSynAck{server, kSa, 0, 1, syn_received};
const Step kAck{client, kA, 1, 1, established};

std::vector<Step> opened(std::vector<Step> more) {
  more.insert(more.begin(), {kSyn, kSynAck, kAck});
  return more;
}

TEST_CASE("a connection is opened by its handshake") {
  run_everywhere({
      {"three steps", {kSyn, kSynAck, kAck}},
      {"SYN retransmitted", {kSyn, kSyn, kSyn, kSynAck, kAck}},
      {"SYN-ACK retransmitted", {kSyn, kSynAck, kSynAck, kAck}},
      {"SYN retransmitted after the SYN-ACK",
       {kSyn, kSynAck, {client, kS, 0, 0, syn_received}, kSynAck, kAck}},
      {"late copies of the handshake",
       {kSyn, kSynAck, kAck, {client, kS, 0, 0, established}, {server, kSa, 0, 1, established}}},
      {"data with the ACK", {kSyn, kSynAck, {client, kA | kTcpPsh, 1, 1, established, kPass, 500}}},
      {"a FIN with the ACK", {kSyn, kSynAck, {client, kFa, 1, 1, fin_wait}}},
      {"simultaneous open",
       {kSyn,
        {server, kS, 0, 0, syn_received},
        {client, kSa, 0, 1, syn_received},
        {server, kSa, 0, 1, established},
        {client, kA, 1, 1, established, kPass, 100}}},
      {"another SYN from the same port before an answer",
       {kSyn,
        {client, kS, 777777, 0, syn_sent},
        {server, kSa, 0, 1, syn_sent, kOutOfWindow},
        {server, kSa, 0, 777778, syn_received},
        {client, kA, 777778, 1, established}}},
      {"SYN-ACK for a SYN never sent", {kSyn, {server, kSa, 0, 2, syn_sent, kOutOfWindow}}},
      {"ACK that does not acknowledge the SYN-ACK",
       {kSyn,
        kSynAck,
        {client, kA, 1, 0, syn_received, kOutOfWindow},
        {client, kA, 1, 2, syn_received, kOutOfWindow},
        kAck}},
      {"data before the SYN-ACK", {kSyn, {client, kA, 1, 1, syn_sent, kOutOfWindow, 10}}},
      {"data from the server before its SYN",
       {kSyn, {server, kA, 1, 1, syn_sent, kOutOfWindow, 10}}},
      {"SYN and FIN together", {kSyn, {client, kS | kF, 0, 0, syn_sent, kOutOfWindow}}},
      {"the server remembers an older connection (RFC 9293 3.5.1)",
       {kSyn,
        {server, kA, 900, 800, syn_sent},
        {client, kR, 801, 0, syn_sent, kSpoofed},
        {client, kR, 800, 0, syn_sent},
        kSyn,
        kSynAck,
        kAck}},
  });
}

TEST_CASE("a SYN may carry data") {
  const Step syn{client, kS, 0, 0, syn_sent, kPass, 400};
  run_everywhere({
      {"acknowledged with the SYN",
       {syn, {server, kSa, 0, 401, syn_received}, {client, kA, 401, 1, established}}},
      {"not acknowledged, sent again", {syn, kSynAck, {client, kA, 1, 1, established, kPass, 400}}},
      {"SYN retransmitted without it", {syn, kSyn, kSynAck, kAck}},
      {"more acknowledged than sent", {syn, {server, kSa, 0, 402, syn_sent, kOutOfWindow}}},
      {"the server answers at once (TCP Fast Open)",
       {syn,
        {server, kSa, 0, 401, syn_received},
        {server, kA, 1, 401, syn_received, kPass, 600},
        {server, kA, 601, 401, syn_received, kPass, 400},
        {server, kA, 1001, 401, syn_received, kOutOfWindow, 400},
        {client, kA, 401, 1001, established}}},
  });
}

TEST_CASE("a connection is closed by both FINs and their acknowledgement") {
  run_everywhere({
      {"client first", opened({{client, kFa, 1, 1, fin_wait},
                               {server, kA, 1, 2, fin_wait},
                               {server, kFa, 1, 2, closing},
                               {client, kA, 2, 2, time_wait}})},
      {"server first, FIN answers with FIN", opened({{server, kFa, 1, 1, fin_wait},
                                                     {client, kFa, 1, 2, closing},
                                                     {server, kA, 2, 2, time_wait}})},
      {"at the same time", opened({{client, kFa, 1, 1, fin_wait},
                                   {server, kFa, 1, 1, closing},
                                   {client, kA, 2, 2, closing},
                                   {server, kA, 2, 2, time_wait}})},
      {"half-closed, the server goes on sending",
       opened({{client, kFa, 1, 1, fin_wait},
               {server, kA, 1, 2, fin_wait, kPass, 900},
               {client, kA, 2, 901, fin_wait},
               {server, kA, 901, 2, fin_wait, kPass, 900},
               {client, kA, 2, 1801, fin_wait},
               {server, kFa, 1801, 2, closing},
               {client, kA, 2, 1802, time_wait}})},
      {"FIN retransmitted", opened({{client, kFa, 1, 1, fin_wait},
                                    {client, kFa, 1, 1, fin_wait},
                                    {server, kFa, 1, 2, closing},
                                    {server, kFa, 1, 2, closing},
                                    {client, kA, 2, 2, time_wait},
                                    {server, kFa, 1, 2, time_wait},
                                    {client, kA, 2, 2, time_wait}})},
      {"nothing follows a FIN", opened({{client, kFa, 1, 1, fin_wait},
                                        {client, kA, 2, 1, fin_wait, kOutOfWindow, 5},
                                        {client, kA, 1, 1, fin_wait, kOutOfWindow, 5}})},
  });
}

TEST_CASE("data passes only inside what its receiver offered") {
  run_everywhere({
      {"up to the window, not beyond",
       opened({{client, kA, 1, 1, established, kPass, 1000},
               {client, kA, 1001, 1, established, kOutOfWindow, 2},
               {client, kA, 1002, 1, established, kOutOfWindow, 1}})},
      {"a probe of a full window is one byte",
       opened({{client, kA, 1, 1, established, kPass, 1000},
               {server, kA, 1, 1001, established, kPass, 0, 0},
               {client, kA, 1001, 1, established, kPass, 1},
               {server, kA, 1, 1001, established, kPass, 0, 0}})},
      {"a FIN behind a full window",
       opened({{client, kA, 1, 1, established, kPass, 1000}, {client, kFa, 1001, 1, fin_wait}})},
      {"keep-alives, with and without a byte", opened({{client, kA, 0, 1, established},
                                                       {client, kA, 0, 1, established, kPass, 1},
                                                       {server, kA, 0, 1, established}})},
      {"retransmission", opened({{client, kA, 1, 1, established, kPass, 500},
                                 {client, kA, 501, 1, established, kPass, 500},
                                 {client, kA, 1, 1, established, kPass, 500},
                                 {server, kA, 1, 1001, established},
                                 {client, kA, 1, 1, established, kPass, 500}})},
      {"more than a window back", opened({{client, kA, 1, 1, established, kPass, 1000},
                                          {server, kA, 1, 1001, established},
                                          {client, kA, 1001, 1, established, kPass, 1000},
                                          {server, kA, 1, 2001, established},
                                          {client, kA, -100, 1, established, kOutOfWindow, 100}})},
      {"far away", opened({{client, kA, 1'000'000, 1, established, kOutOfWindow, 100},
                           {client, kA, 0x7fffffff, 1, established, kOutOfWindow, 100},
                           {client, kA, 0x80000001, 1, established, kOutOfWindow, 100},
                           {client, kA, -1'000'000, 1, established, kOutOfWindow, 100}})},
      {"a window that opens allows more",
       opened({{server, kA, 1, 1, established, kPass, 0, 5000},
               {client, kA, 1, 1, established, kPass, 1400},
               {client, kA, 3601, 1, established, kPass, 1400},
               {client, kA, 3603, 1, established, kOutOfWindow, 1400}})},
      {"a window that shrinks takes nothing back",
       opened({{server, kA, 1, 1, established, kPass, 0, 10},
               {client, kA, 1, 1, established, kPass, 1000}})},
      {"without ACK", opened({{client, 0, 1, 0, established, kOutOfWindow},
                              {client, kTcpPsh, 1, 0, established, kOutOfWindow, 10},
                              {client, kF, 1, 0, established, kOutOfWindow}})},
  });
}

TEST_CASE("an acknowledgement passes only for bytes that were sent") {
  run_everywhere({
      {"of nothing sent", opened({{client, kA, 1, 2, established, kOutOfWindow},
                                  {client, kA, 1, 0x40000000, established, kOutOfWindow}})},
      {"of the last byte", opened({{server, kA, 1, 1, established, kPass, 700},
                                   {client, kA, 1, 702, established, kOutOfWindow},
                                   {client, kA, 1, 701, established}})},
      {"of long ago", opened({{client, kA, 1, -65990, established},
                              {client, kA, 1, -66000, established, kOutOfWindow},
                              {client, kA, 1, -0x40000000, established, kOutOfWindow}})},
  });
}

TEST_CASE("windows are scaled when both SYNs offer it and only then") {
  const auto syn = [](std::uint8_t scale) {
    return Step{client, kS, 0, 0, syn_sent, kPass, 0, 1000, scale};
  };
  const auto syn_ack = [](std::uint8_t scale) {
    return Step{server, kSa, 0, 1, syn_received, kPass, 0, 1000, scale};
  };
  const Step fits{client, kA, 1, 1, established, kPass, 1000};
  const Step more{client, kA, 7001, 1, established, kPass, 1000};
  const Step refused{client, kA, 7001, 1, established, kOutOfWindow, 1000};
  const Step update{server, kA, 1, 1, established};
  run_everywhere({
      {"both", {syn(7), syn_ack(3), kAck, fits, update, more}},
      {"the SYN's own window is not scaled", {syn(7), syn_ack(3), kAck, fits, refused}},
      {"client only", {syn(7), syn_ack(kNoWindowScale), kAck, fits, update, refused}},
      {"server only", {syn(kNoWindowScale), syn_ack(3), kAck, fits, update, refused}},
      {"neither", {kSyn, kSynAck, kAck, fits, update, refused}},
      {"scale zero", {syn(0), syn_ack(0), kAck, fits, update, refused}},
      {"a retransmitted SYN drops the option",
       {syn(7), kSyn, syn_ack(3), kAck, fits, update, more}},
      {"above 14 counts as 14 (RFC 7323)",
       {syn(200),
        syn_ack(200),
        kAck,
        {server, kA, 1, 1, established, kPass, 0, 1},
        {client, kA, 15001, 1, established, kPass, 1384},
        {client, kA, 15001, 1, established, kOutOfWindow, 1386}}},
  });
}

TEST_CASE("a RST closes only at the next sequence number, and is dropped outside the window") {
  const std::vector<Step> sent = opened({{client, kA, 1, 1, established, kPass, 500}});
  const auto then = [&](std::vector<Step> more) {
    more.insert(more.begin(), sent.begin(), sent.end());
    return more;
  };
  run_everywhere({
      {"where the sender stands", then({{client, kR, 501, 0, closed}})},
      {"with ACK", then({{client, kRa, 501, 1, closed}})},
      {"where the receiver stands", then({{client, kR, 1, 0, closed}})},
      {"of the server", then({{server, kRa, 1, 501, closed}})},
      {"in the window, elsewhere", then({{client, kR, 2, 0, established},
                                         {client, kR, 500, 0, established},
                                         {client, kR, 502, 0, established},
                                         {client, kR, 1001, 0, established}})},
      {"outside", then({{client, kR, 0, 0, established, kSpoofed},
                        {client, kR, 1002, 0, established, kSpoofed},
                        {client, kR, 0x40000000, 0, established, kSpoofed},
                        {client, kR, -0x40000000, 0, established, kSpoofed},
                        {server, kR, 0, 0, established, kSpoofed},
                        {server, kR, 1002, 0, established, kSpoofed}})},
      {"refusing a SYN", {kSyn, {server, kRa, 0, 1, closed}}},
      {"refusing a SYN that was not sent",
       {kSyn,
        {server, kRa, 0, 2, syn_sent, kSpoofed},
        {server, kRa, 0, 0, syn_sent, kSpoofed},
        {server, kR, 0, 0, syn_sent, kSpoofed},
        {server, kR, 1, 0, syn_sent, kSpoofed}}},
      {"the client gives up", {kSyn, {client, kR, 1, 0, closed}}},
      {"the client refuses the SYN-ACK", {kSyn, kSynAck, {client, kR, 1, 0, closed}}},
      {"the server gives up", {kSyn, kSynAck, {server, kRa, 1, 1, closed}}},
      {"segments under way pass after it",
       then({{server, kRa, 1, 501, closed}, {client, kA, 501, 1, closed, kPass, 100}})},
      {"after a refusal nothing but another attempt",
       {kSyn,
        {server, kRa, 0, 1, closed},
        {client, kA, 1, 1, closed, kOutOfWindow, 5},
        {server, kRa, 0, 1, closed}}},
  });
}

TEST_CASE("a SYN on an open flow is dropped") {
  run_everywhere({
      {"from the client", opened({{client, kS, 500, 0, established, kSynOnOpen}})},
      {"from the server", opened({{server, kS, 500, 0, established, kSynOnOpen}})},
      {"a SYN-ACK", opened({{server, kSa, 500, 1, established, kSynOnOpen}})},
      {"the own SYN-ACK with another acknowledgement",
       opened({{server, kSa, 0, 500, established, kSynOnOpen}})},
      {"with FIN", opened({{client, kS | kF, 0, 0, established, kSynOnOpen}})},
      {"before the last ACK", {kSyn, kSynAck, {client, kS, 500, 0, syn_received, kSynOnOpen}}},
      {"half closed",
       opened({{client, kFa, 1, 1, fin_wait}, {client, kS, 500, 0, fin_wait, kSynOnOpen}})},
  });
}

TEST_CASE("out of window is only counted when the rules say so") {
  run_everywhere(
      {{"data, acknowledgement", opened({{client, kA, 5000, 1, established, kOutOfWindow, 100},
                                         {client, kA, 1, 5000, established, kOutOfWindow},
                                         {client, kR, 5000, 1, established, kSpoofed}})}},
      {.midstream_pickup = true, .drop_out_of_window = false});
}

TEST_CASE("a SYN on a finished connection starts the next one") {
  const std::vector<Step> to_time_wait = opened(
      {{client, kFa, 1, 1, fin_wait}, {server, kFa, 1, 2, closing}, {client, kA, 2, 2, time_wait}});
  const std::vector<Step> to_reset = opened({{client, kR, 1, 0, closed}});
  const std::vector<Step> to_refused{kSyn, {server, kRa, 0, 1, closed}};
  struct Case {
    const char* name;
    const std::vector<Step>& before;
    Step syn;
    bool reuse;
  };
  const Case cases[] = {
      {"higher", to_time_wait, {client, kS, 100'000, 0, time_wait}, true},
      {"lower, a random number", to_time_wait, {client, kS, -100'000, 0, time_wait}, true},
      {"from the other end", to_time_wait, {server, kS, 100'000, 0, time_wait}, true},
      {"a late copy", to_time_wait, {client, kS, 0, 0, time_wait}, false},
      {"after a reset", to_reset, {client, kS, 100'000, 0, closed}, true},
      {"after a refusal", to_refused, {client, kS, 100'000, 0, closed}, true},
      {"after a refusal the same again", to_refused, {client, kS, 0, 0, closed}, true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Flow flow;
    for (std::size_t i = 0; i < c.before.size(); ++i) {
      const PacketInfo packet = packet_of(c.before[i], 10, 20);
      i == 0 ? open_tcp(flow, packet, {}) : track_tcp(flow, packet, c.before[i].sender, {});
    }
    REQUIRE(flow.tcp_state == c.syn.then);
    const TcpOutcome outcome = track_tcp(flow, packet_of(c.syn, 10, 20), c.syn.sender, {});
    CHECK(outcome.reuse == c.reuse);
    CHECK(outcome.drop == kPass);
    CHECK(flow.tcp_state == c.syn.then);
  }
}

TEST_CASE("what opens no flow is refused") {
  run_everywhere({
      {"RST", {{client, kR, 5, 0, none, kNoFlow_}}},
      {"RST-ACK", {{client, kRa, 5, 5, none, kNoFlow_}}},
      {"SYN-ACK", {{client, kSa, 5, 5, none, kNoFlow_}}},
      {"no flags", {{client, 0, 5, 5, none, kNoFlow_}}},
      {"FIN alone", {{client, kF, 5, 5, none, kNoFlow_}}},
      {"SYN and FIN", {{client, kS | kF, 5, 5, none, kNoFlow_}}},
  });
  run_everywhere({{"midstream, not allowed", {{client, kA, 5, 5, none, kNoFlow_, 100}}}},
                 {.midstream_pickup = false, .drop_out_of_window = true});
}

constexpr TcpRules kOneWay{
    .midstream_pickup = false, .drop_out_of_window = true, .accept_asymmetric = true};

TEST_CASE("of a connection one direction may stay unseen when the rules say so") {
  const Step syn{client, kS, 0, 0, syn_sent}, syn_ack{server, kSa, 0, 1, established};
  run_everywhere(
      {
          {"the client's alone",
           {syn,
            {client, kA, 1, 1, established},
            {client, kA, 1, 1, established, kPass, 100},
            {client, kA, 101, 5000, established, kPass, 100},
            {client, kFa, 201, 9000, fin_wait},
            {client, kA, 202, 9001, fin_wait}}},
          {"the client's, data at once",
           {syn, {client, kA, 1, 1, established, kPass, 100}, {client, kR, 101, 0, closed}}},
          {"the client goes on where it cannot be",
           {syn, {client, kA, 9, 1, syn_sent, kOutOfWindow}}},
          {"the server's alone",
           {syn_ack,
            syn_ack,
            {server, kA, 1, 200, established, kPass, 1000},
            {server, kA, 1001, 400, established, kPass, 1000},
            {server, kFa, 2001, 401, fin_wait}}},
          {"the server's, then the client's after all",
           {syn_ack,
            {server, kA, 1, 1, established, kPass, 100},
            {client, kA, 1, 101, established, kPass, 50},
            {server, kA, 101, 51, established}}},
          {"another SYN-ACK", {syn_ack, {server, kSa, 7, 1, established, kSynOnOpen}}},
          {"nothing opens with data", {{client, kA, 1, 1, none, kNoFlow_, 100}}},
      },
      kOneWay);
}

TEST_CASE("what nobody is seen to acknowledge goes on past every window") {
  Flow flow;
  REQUIRE(open_tcp(flow, packet_of({client, kS, 0, 0, none}, 7, 9), kOneWay).drop == kPass);
  std::int64_t sent = 1;
  for (int i = 0; i < 200'000; ++i, sent += 60'000) {  // 12 GB
    const Step step{client, kA, sent, 1, established, kPass, 60'000};
    REQUIRE(track_tcp(flow, packet_of(step, 7, 9), true, kOneWay).drop == kPass);
  }
  const Step far{client, kA, sent + (std::int64_t{1} << 30) + 5, 1, established, kPass, 10};
  CHECK(track_tcp(flow, packet_of(far, 7, 9), true, kOneWay).drop == kOutOfWindow);
}

TEST_CASE("without that rule a connection needs both directions") {
  run_everywhere({{"the client's alone",
                   {{client, kS, 0, 0, syn_sent},
                    {client, kA, 1, 1, syn_sent, kOutOfWindow},
                    {client, kA, 1, 1, syn_sent, kOutOfWindow, 100}}}});
}

TEST_CASE("a connection is picked up midstream and then watched") {
  run_everywhere({
      {"acknowledgements of what passed before",
       {{client, kA, 100, 500, established, kPass, 10},
        {client, kA, 110, 5000, established},
        {server, kA, 9000, 110, established, kPass, 1000},
        {client, kA, 110, 10000, established}}},
      {"retransmission from before",
       {{server, kA, 50000, 500, established, kPass, 1000},
        {server, kA, 20000, 500, established, kPass, 1000},
        {client, kA, 500, 21000, established},
        {server, kA, 21000, 500, established, kPass, 1000},
        {client, kA, 500, 51000, established}}},
      {"what is not acknowledged is sent again, whatever the window is now",
       {{server, kA, 200'000, 500, established, kPass, 1000},
        {client, kA, 500, 1000, established, kPass, 0, 0},
        {server, kA, 1000, 500, established, kPass, 1000}}},
      {"scaled windows are given the benefit of the doubt",
       {{client, kA, 1, 1, established, kPass, 0, 100},
        {server, kA, 1, 1, established, kPass, 0, 100},
        {client, kA, 1'000'001, 1, established, kPass, 1000},
        {client, kA, 2'000'001, 1, established, kOutOfWindow, 1000}}},
      {"with a FIN",
       {{client, kFa, 100, 500, fin_wait},
        {server, kFa, 500, 101, closing},
        {client, kA, 101, 501, time_wait}}},
      {"reset at the exact number",
       {{client, kA, 100, 500, established, kPass, 10}, {server, kR, 500, 0, closed}}},
      {"reset far off",
       {{client, kA, 100, 500, established, kPass, 10},
        {server, kA, 500, 110, established, kPass, 10},
        {client, kA, 110, 510, established},
        {server, kR, 400, 0, established, kSpoofed},
        {client, kR, 0x70000000, 0, established, kSpoofed}}},
      {"SYN", {{client, kA, 100, 500, established}, {client, kS, 100, 0, established, kSynOnOpen}}},
  });
}

}  // namespace
}  // namespace sekisho::dataplane
