// Bridges two interfaces and opens every TLS connection to one port, as a worker of the packet
// process does. Prints its counters at the end.
#include <poll.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/decrypt/channel/channel.h"
#include "dataplane/decrypt/diversion/diverter.h"
#include "dataplane/parse/decode.h"
#include "wire_socket.h"

namespace {

using namespace sekisho;
using decrypt::Diverter;
using decrypt::Side;

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested = true; }

std::uint32_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

struct Options {
  std::string lan = "lan0", wan = "wan0", socket;
  std::uint16_t port = 443;
  std::uint32_t hold_answers_ms = 0;  // messages of the decrypting process are left waiting so long
  std::uint32_t patience_ms = 200;    // with the decrypting process
  bool block = false;
  decrypt::UntrustedOrigin untrusted = decrypt::UntrustedOrigin::refuse;
  std::string transcript;  // a folder for the plaintext that was lent; empty: none is
};

/// A frame that is kept while a connection waits.
struct Frame {
  std::vector<std::uint8_t> bytes;
  std::uint8_t port;
};

class Gateway final : public decrypt::DiversionSink {
 public:
  Gateway(const Options& options, tests::WireSocket lan, tests::WireSocket wan)
      : options_(options),
        wires_{std::move(lan), std::move(wan)},
        diverter_({.most_connections = 4096, .reply_ms = options.patience_ms}) {}

  void run() {
    while (!stop_requested) {
      if (!channel_) try_to_attach();
      bool busy = false;
      for (std::uint8_t port = 0; port < 2; ++port) busy |= receive(port);
      if (now_ms() >= answers_at_) diverter_.poll(*this, now_ms(), 512);
      give_verdicts();
      look_for_death();
      std::array<pollfd, 2> waiting{pollfd{wires_[0].descriptor(), POLLIN, 0},
                                    pollfd{wires_[1].descriptor(), POLLIN, 0}};
      if (!busy) {
        const timespec nap{0, 50'000};
        ppoll(waiting.data(), waiting.size(), &nap, nullptr);
      }
    }
  }

  void print() const {
    const auto& c = diverter_.counters();
    std::printf(
        "{\"watched\":%lu,\"handed_over\":%lu,\"opened\":%lu,\"not_tls\":%lu,\"impossible\":%lu,"
        "\"too_long\":%lu,\"refused\":%lu,\"unanswered\":%lu,\"reset_by_death\":%lu,"
        "\"no_room\":%lu,\"ring_full\":%lu,\"unknown_emitted\":%lu}\n",
        c.watched.get(), c.handed_over.get(), c.opened.get(), c.not_tls.get(), c.impossible.get(),
        c.too_long.get(), c.refused.get(), c.unanswered.get(), c.reset_by_death.get(),
        c.no_room.get(), c.ring_full.get(), c.unknown_emitted.get());
  }

  // decrypt::DiversionSink
  void tell(std::uint32_t, const decrypt::DiversionNews&) noexcept override {}
  void plaintext(std::uint32_t number, Side from, std::span<const std::uint8_t> bytes,
                 bool is_end) noexcept override {
    pending_.push_back({number, from, std::string(bytes.begin(), bytes.end())});
    const auto name = options_.transcript + (from == Side::client ? "/client" : "/server");
    std::ofstream file(name, std::ios::app | std::ios::binary);
    file << pending_.back().text << (is_end ? "<end>" : "");
  }
  void forward(void* handle) noexcept override {
    auto* const frame = static_cast<Frame*>(handle);
    wires_[1 - frame->port].send(frame->bytes);
    delete frame;
  }
  void discard(void* handle) noexcept override { delete static_cast<Frame*>(handle); }
  void emit(std::uint8_t port, std::span<const std::uint8_t> link_header,
            std::span<const std::uint8_t> packet) noexcept override {
    std::copy(link_header.begin(), link_header.end(), out_.begin());
    std::copy(packet.begin(), packet.end(),
              out_.begin() + static_cast<std::ptrdiff_t>(link_header.size()));
    wires_[port].send(std::span(out_).first(link_header.size() + packet.size()));
  }

 private:
  void try_to_attach() {
    if (options_.socket.empty() || now_ms() < retry_at_) return;
    retry_at_ = now_ms() + 100;
    auto channel = decrypt::attach(options_.socket, 0, 1);
    if (!channel) return;
    channel_.emplace(std::move(*channel));
    diverter_.attach(decrypt::RingWriter(channel_->memory.to_decrypt()),
                     decrypt::RingReader(channel_->memory.from_decrypt()),
                     channel_->bell.descriptor());
    std::printf("attached\n");
    std::fflush(stdout);
  }

  /// What a worker finds in plaintext is here what the plaintext asks for.
  void give_verdicts() {
    while (!pending_.empty()) {
      const Lent& lent = pending_.front();
      const auto asks = [&](std::string_view what) {
        return lent.text.find(what) != std::string::npos;
      };
      constexpr std::string_view kPage =
          "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way";
      bool is_said = true;
      if (asks("answer me"))
        is_said = diverter_.answer(
            lent.number, {reinterpret_cast<const std::uint8_t*>(kPage.data()), kPage.size()});
      else if (asks("condemn me"))
        is_said = diverter_.condemn(lent.number);
      else if (asks("believe me"))  // more than was lent
        is_said = diverter_.clear(lent.number, lent.from, 1'000'000);
      else if (!lent.text.empty())
        is_said =
            diverter_.clear(lent.number, lent.from, static_cast<std::uint32_t>(lent.text.size()));
      if (!is_said) return;  // the ring is full
      pending_.pop_front();
    }
  }

  void look_for_death() {
    if (!channel_) return;
    pollfd connection{channel_->connection.get(), POLLIN, 0};
    if (poll(&connection, 1, 0) == 0) return;
    diverter_.lost(*this, now_ms());
    channel_.reset();
    std::printf("lost\n");
    std::fflush(stdout);
  }

  bool receive(std::uint8_t port) {
    bool any = false;
    for (int i = 0; i < 64; ++i) {
      const auto bytes = wires_[port].receive(in_);
      if (bytes.empty()) break;
      any = true;
      auto* const frame = new Frame{{bytes.begin(), bytes.end()}, port};
      if (decide(*frame) == Diverter::Fate::pass) {
        forward(frame);
      } else if (fate_ == Diverter::Fate::consumed) {
        discard(frame);
      }
    }
    return any;
  }

  Diverter::Fate decide(Frame& frame) {
    fate_ = Diverter::Fate::pass;
    dataplane::PacketInfo info;
    dataplane::decode_ethernet(frame.bytes, {}, info);
    if (info.kind != dataplane::PacketKind::flow && info.kind != dataplane::PacketKind::icmp_error)
      return fate_;
    if (info.key.protocol != 6) return fate_;
    auto known = connections_.find(key_of(info));
    // A SYN that nobody knows; one of a port that is used again ends the connection before.
    const bool opens =
        info.protocol == 6 && info.tcp_flags == dataplane::kTcpSyn && frame.port == 0;
    const decrypt::DivertedFrame diverted{
        .handle = &frame,
        .bytes = frame.bytes,
        .ip_offset = info.ip_offset,
        .ip_bytes = static_cast<std::uint16_t>(info.kind == dataplane::PacketKind::flow
                                                   ? info.payload_offset + info.payload_bytes -
                                                         info.ip_offset
                                                   : frame.bytes.size() - info.ip_offset),
        .port = frame.port,
        .from = frame.port == 0 ? Side::client : Side::server,
        .checksum_is_good = false};
    if (opens && (info.key.port_a == options_.port || info.key.port_b == options_.port)) {
      if (known != connections_.end()) diverter_.end(known->second, *this);
      const auto number = diverter_.watch(diverted, now_ms());
      if (number == Diverter::kNone)
        connections_.erase(key_of(info));
      else
        watch(key_of(info), number);
      return fate_;
    }
    if (known == connections_.end()) return fate_;
    fate_ = diverter_.take(known->second, diverted, *this, now_ms());
    if (diverter_.awaits_decision(known->second)) {
      answers_at_ = now_ms() + options_.hold_answers_ms;
      diverter_.decide(known->second, true, *this, now_ms());
    }
    return fate_;
  }

  using Key = std::array<std::uint8_t, sizeof(dataplane::FlowKey)>;
  static Key key_of(const dataplane::PacketInfo& info) {
    Key key;
    std::memcpy(key.data(), &info.key, key.size());
    return key;
  }

  void watch(const Key& key, Diverter::Number number) {
    connections_[key] = number;
    diverter_.agree(number, {.block_on_failure = options_.block,
                             .wish = {.lend_plaintext = !options_.transcript.empty(),
                                      .untrusted_origin = options_.untrusted}});
  }

  struct Lent {
    Diverter::Number number;
    Side from;
    std::string text;
  };

  Options options_;
  std::deque<Lent> pending_;
  std::array<tests::WireSocket, 2> wires_;
  Diverter diverter_;
  std::optional<decrypt::WorkerChannel> channel_;
  std::map<Key, Diverter::Number> connections_;
  std::array<std::uint8_t, 70'000> in_{}, out_{};
  Diverter::Fate fate_ = Diverter::Fate::pass;
  std::uint32_t retry_at_ = 0;
  std::uint32_t answers_at_ = 0;
};

int run(const Options& options) {
  auto lan = tests::WireSocket::open(options.lan);
  auto wan = tests::WireSocket::open(options.wan);
  if (!lan || !wan) {
    std::fprintf(stderr, "%s\n", (lan ? wan : lan).error().message.c_str());
    return 1;
  }
  const auto gateway = std::make_unique<Gateway>(options, std::move(*lan), std::move(*wan));
  gateway->run();
  gateway->print();
  return 0;
}

}  // namespace

// What is left to throw is want of memory, and that ends the process either way.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CLI::App app{"One worker's side of late takeover between two interfaces, for tests"};
  Options options;
  app.add_option("--lan", options.lan, "interface of the clients");
  app.add_option("--wan", options.wan, "interface of the servers");
  app.add_option("--decrypt", options.socket, "socket of sekisho-decrypt");
  app.add_option("--port", options.port, "of servers whose connections are opened");
  app.add_option("--hold-answers-ms", options.hold_answers_ms, "a worker that is busy elsewhere");
  app.add_option("--patience-ms", options.patience_ms, "with the decrypting process");
  app.add_flag("--block", options.block, "what cannot be opened is reset");
  const std::map<std::string, decrypt::UntrustedOrigin> kinds{
      {"refuse", decrypt::UntrustedOrigin::refuse},
      {"show", decrypt::UntrustedOrigin::show},
      {"trust", decrypt::UntrustedOrigin::trust}};
  app.add_option("--untrusted", options.untrusted, "origins: refuse, show or trust")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--transcript", options.transcript,
                 "folder: plaintext is lent, and written there by side");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, request_stop);
  std::signal(SIGINT, request_stop);
  return run(options);
}
