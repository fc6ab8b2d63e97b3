// bench_traffic: frames for the benchmarks that go through the lab.
//   bench_traffic flood     frames as fast as one core can send them
//   bench_traffic exchange  numbered frames both ways at a steady rate; says which never arrived
// Only between the network namespaces that it is given. Ends with one JSON object.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "xdp_flood.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::uint16_t kDestinationPort = 9000;
constexpr std::uint16_t kFirstSourcePort = 10000;
constexpr std::size_t kHeaders = sizeof(ether_header) + sizeof(iphdr) + sizeof(udphdr);
constexpr std::size_t kBatch = 64;
constexpr int kSocketBuffer = 128 * 1024 * 1024;

volatile std::sig_atomic_t stop_wanted = 0;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

double seconds_since(Clock::time_point began) { return Seconds(Clock::now() - began).count(); }

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void enter_namespace(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || setns(descriptor, CLONE_NEWNET) != 0) fail("namespace " + path);
  close(descriptor);
}

/// One end of a cable, raw. Its address pair says who the frames claim to be from and for.
struct End {
  std::string network_namespace;  // a path
  std::string interface;
  std::string address;
  std::string mac;
};

std::array<std::uint8_t, 6> parse_mac(const std::string& text) {
  std::array<std::uint8_t, 6> mac{};
  if (std::sscanf(text.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
                  &mac[4], &mac[5]) != 6)
    throw std::runtime_error("not a MAC address: " + text);
  return mac;
}

std::uint32_t sum_words(const std::uint8_t* bytes, std::size_t size, std::uint32_t sum) {
  for (std::size_t i = 0; i < size; i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

std::uint16_t checksum(const std::uint8_t* bytes, std::size_t size, std::uint32_t sum = 0) {
  return htons(static_cast<std::uint16_t>(~sum_words(bytes, size, sum)));
}

/// A UDP datagram over IPv4; RFC 768 lets its checksum be 0, "none", so that a number may be put
/// in.
std::vector<std::uint8_t> make_frame(const End& from, const End& to, std::uint16_t source_port,
                                     std::uint16_t destination_port, std::size_t size) {
  std::vector<std::uint8_t> frame(size);
  ether_header ethernet{};
  std::memcpy(ethernet.ether_dhost, parse_mac(to.mac).data(), 6);
  std::memcpy(ethernet.ether_shost, parse_mac(from.mac).data(), 6);
  ethernet.ether_type = htons(ETHERTYPE_IP);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(static_cast<std::uint16_t>(size - sizeof(ethernet)));
  if (inet_pton(AF_INET, from.address.c_str(), &ip.saddr) != 1 ||
      inet_pton(AF_INET, to.address.c_str(), &ip.daddr) != 1)
    throw std::runtime_error("not an IPv4 address: " + from.address + ", " + to.address);
  udphdr udp{};
  udp.source = htons(source_port);
  udp.dest = htons(destination_port);
  udp.len = htons(static_cast<std::uint16_t>(size - sizeof(ethernet) - sizeof(ip)));
  ip.check = checksum(reinterpret_cast<const std::uint8_t*>(&ip), sizeof(ip));
  std::memcpy(frame.data(), &ethernet, sizeof(ethernet));
  std::memcpy(frame.data() + sizeof(ethernet), &ip, sizeof(ip));
  std::memcpy(frame.data() + sizeof(ethernet) + sizeof(ip), &udp, sizeof(udp));
  return frame;
}

/// A raw socket on an interface of the namespace that the process is in. Protocol 0: sends only.
int open_raw(const std::string& interface, std::uint16_t protocol) {
  const int raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (raw < 0) fail("raw socket");
  const int on = 1;
  setsockopt(raw, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
  setsockopt(raw, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
  setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof(kSocketBuffer));
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(protocol);
  where.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (where.sll_ifindex == 0 || bind(raw, reinterpret_cast<sockaddr*>(&where), sizeof(where)) != 0)
    fail("interface " + interface);
  return raw;
}

struct Options {
  End a, b;
  double seconds = 1;
  double rate = 10'000;  // of an exchange: frames a second, each way
  std::size_t flows = 1000;
  bool by_kernel = false;  // a flood by XDP: faster, needs XDP or GRO at the cable's other end
  std::size_t size = 60;   // without the four bytes that a wire adds
};

/// Frames of many flows in turn, sent a batch at a time.
class Sender {
 public:
  /// `answers`: frames of the flows that the other end began.
  Sender(int raw, const End& from, const End& to, const Options& options, bool answers = false)
      : raw_(raw) {
    for (std::size_t flow = 0; flow < options.flows; ++flow) {
      const auto port = static_cast<std::uint16_t>(kFirstSourcePort + flow);
      frames_.push_back(answers ? make_frame(from, to, kDestinationPort, port, options.size)
                                : make_frame(from, to, port, kDestinationPort, options.size));
    }
  }

  /// How many of `wanted` (at most kBatch) frames went out. `numbered`: each carries its number.
  std::size_t send(std::size_t wanted, bool numbered) {
    std::array<mmsghdr, kBatch> messages{};
    std::array<iovec, kBatch> pieces{};
    wanted = std::min({wanted, kBatch, frames_.size()});
    for (std::size_t i = 0; i < wanted; ++i) {
      const std::uint64_t number = sent_ + i;
      auto& frame = frames_[number % frames_.size()];
      if (numbered) std::memcpy(frame.data() + kHeaders, &number, sizeof(number));
      pieces[i] = {frame.data(), frame.size()};
      messages[i].msg_hdr.msg_iov = &pieces[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int went = sendmmsg(raw_, messages.data(), static_cast<unsigned>(wanted), 0);
    if (went < 0) {
      if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) fail("send");
      return 0;
    }
    sent_ += static_cast<std::uint64_t>(went);
    return static_cast<std::size_t>(went);
  }
  std::uint64_t sent() const { return sent_; }

 private:
  int raw_;
  std::vector<std::vector<std::uint8_t>> frames_;
  std::uint64_t sent_ = 0;
};

/// Takes numbered frames off a socket and remembers which have come.
class Receiver {
 public:
  explicit Receiver(int raw) : raw_(raw) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      pieces_[i] = {rooms_[i].data(), rooms_[i].size()};
      messages_[i].msg_hdr.msg_iov = &pieces_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void drain() {
    for (;;) {
      const int got = recvmmsg(raw_, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
      if (got <= 0) return;
      note_pause();
      for (int i = 0; i < got; ++i)
        take(rooms_[static_cast<std::size_t>(i)], messages_[static_cast<std::size_t>(i)].msg_len);
      if (static_cast<std::size_t>(got) < kBatch) return;
    }
  }

  std::uint64_t distinct() const { return distinct_; }
  std::uint64_t repeated() const { return repeated_; }
  /// Longest time between two drains that found something, in microseconds.
  double longest_silence_us() const { return longest_silence_us_; }
  /// What the kernel could not put into this socket: a loss of the measurement, not of the gateway.
  std::uint64_t socket_drops() const {
    tpacket_stats stats{};
    socklen_t size = sizeof(stats);
    getsockopt(raw_, SOL_PACKET, PACKET_STATISTICS, &stats, &size);
    return stats.tp_drops;
  }
  /// The first numbers below `sent` that never came, at most 10, and how many runs of them there
  /// are.
  nlohmann::json missing(std::uint64_t sent) const {
    nlohmann::json runs = nlohmann::json::array();
    std::uint64_t length = 0;
    for (std::uint64_t number = 0; number <= sent; ++number) {
      const bool lost = number < sent && (number >= seen_.size() || !seen_[number]);
      if (lost) ++length;
      if (!lost && length != 0) {
        if (runs.size() < 10) runs.push_back({{"first", number - length}, {"frames", length}});
        length = 0;
      }
    }
    return runs;
  }

 private:
  void take(const std::array<std::uint8_t, 256>& frame, std::size_t size) {
    std::uint64_t number = 0;
    std::uint16_t port = 0;
    if (size < kHeaders + sizeof(number)) return;
    std::memcpy(&port, frame.data() + kHeaders - 6, sizeof(port));
    if (ntohs(port) != kDestinationPort) return;
    std::memcpy(&number, frame.data() + kHeaders, sizeof(number));
    if (number > (std::uint64_t{1} << 32)) return;  // not a number of ours
    if (number >= seen_.size()) seen_.resize(static_cast<std::size_t>(number) + (1 << 20));
    if (seen_[static_cast<std::size_t>(number)]) {
      ++repeated_;
    } else {
      seen_[static_cast<std::size_t>(number)] = true;
      ++distinct_;
    }
  }
  void note_pause() {
    const auto now = Clock::now();
    if (distinct_ != 0)
      longest_silence_us_ = std::max(longest_silence_us_, Seconds(now - last_).count() * 1e6);
    last_ = now;
  }

  int raw_;
  std::array<std::array<std::uint8_t, 256>, kBatch> rooms_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> pieces_{};
  std::vector<bool> seen_;
  std::uint64_t distinct_ = 0;
  std::uint64_t repeated_ = 0;
  Clock::time_point last_;
  double longest_silence_us_ = 0;
};

/// When frames are due. After a pause (of this process, not of what is measured) there is no burst
/// to make up for it: a steady rate is what was asked for.
class Schedule {
 public:
  explicit Schedule(double rate) : rate_(rate) {}
  /// How many more are due now than the `sent`, at most kBatch.
  std::size_t due(std::uint64_t sent) {
    const double wanted = seconds_since(began_) * rate_ - skipped_;
    const double more = std::max(0.0, std::floor(wanted) - static_cast<double>(sent));
    skipped_ += std::max(0.0, more - static_cast<double>(kBatch));
    return std::min(static_cast<std::size_t>(more), kBatch);
  }

 private:
  Clock::time_point began_ = Clock::now();
  double rate_;
  double skipped_ = 0;
};

/// One frame of each flow, and some time for it.
void send_one_each(Sender& sender, std::size_t flows) {
  while (sender.sent() < flows) sender.send(flows - sender.sent(), false);
  usleep(20'000);
}

nlohmann::json flood_report(std::uint64_t sent, Clock::time_point began, double cpu_before) {
  return {{"sent", sent},
          {"seconds", seconds_since(began)},
          {"cpu_seconds", thread_cpu_seconds() - cpu_before}};
}

nlohmann::json flood_by_socket(int raw, const Options& options) {
  Sender sender(raw, options.a, options.b, options);
  const auto began = Clock::now();
  const double cpu = thread_cpu_seconds();
  while (stop_wanted == 0 && seconds_since(began) < options.seconds) sender.send(kBatch, false);
  return flood_report(sender.sent(), began, cpu);
}

nlohmann::json flood_by_kernel(const Options& options) {
  constexpr std::uint32_t kFramesAtOnce = 1 << 16;
  const sekisho::bench::XdpFlood kernel(options.a.interface, kFirstSourcePort, options.flows);
  const auto frame =
      make_frame(options.a, options.b, kFirstSourcePort, kDestinationPort, options.size);
  const auto began = Clock::now();
  const double cpu = thread_cpu_seconds();
  std::uint64_t sent = 0;
  for (; stop_wanted == 0 && seconds_since(began) < options.seconds; sent += kFramesAtOnce)
    kernel.run(frame, kFramesAtOnce);
  return flood_report(sent, began, cpu);
}

nlohmann::json flood(const Options& options) {
  enter_namespace(options.b.network_namespace);
  Sender answering(open_raw(options.b.interface, 0), options.b, options.a, options, true);
  enter_namespace(options.a.network_namespace);
  const int raw = open_raw(options.a.interface, 0);
  Sender opening(raw, options.a, options.b, options);
  send_one_each(opening, options.flows);
  send_one_each(answering, options.flows);

  return options.by_kernel ? flood_by_kernel(options) : flood_by_socket(raw, options);
}

/// One end of an exchange: sends its own numbers, takes the other's.
struct Station {
  Station(const End& own, const End& other, const Options& options)
      : raw((enter_namespace(own.network_namespace), open_raw(own.interface, ETH_P_IP))),
        sender(raw, own, other, options),
        receiver(raw) {}

  int raw;
  Sender sender;
  Receiver receiver;
};

nlohmann::json direction(const Sender& sender, const Receiver& receiver) {
  return {{"sent", sender.sent()},
          {"received", receiver.distinct()},
          {"repeated", receiver.repeated()},
          {"lost", sender.sent() - receiver.distinct()},
          {"socket_drops", receiver.socket_drops()},
          {"longest_silence_us", receiver.longest_silence_us()},
          {"missing", receiver.missing(sender.sent())}};
}

nlohmann::json exchange(const Options& options) {
  Station a(options.a, options.b, options);
  Station b(options.b, options.a, options);
  Schedule schedule(options.rate);
  const auto began = Clock::now();
  while (stop_wanted == 0 && seconds_since(began) < options.seconds) {
    const auto due = schedule.due(a.sender.sent());
    for (auto* station : {&a, &b}) {
      if (due != 0) station->sender.send(due, true);
      station->receiver.drain();
    }
    if (due < kBatch) usleep(50);
  }
  const double seconds = seconds_since(began);
  for (const auto stopped = Clock::now(); seconds_since(stopped) < 0.5; usleep(1000)) {
    a.receiver.drain();
    b.receiver.drain();
  }
  return {{"seconds", seconds},
          {"a_to_b", direction(a.sender, b.receiver)},
          {"b_to_a", direction(b.sender, a.receiver)}};
}

void add_end(CLI::App& app, const std::string& name, End& end) {
  app.add_option("--" + name + "-namespace", end.network_namespace, "path of its network namespace")
      ->required();
  app.add_option("--" + name + "-interface", end.interface, "of that namespace")->required();
  app.add_option("--" + name + "-address", end.address, "IPv4")->required();
  app.add_option("--" + name + "-mac", end.mac, "MAC address")->required();
}

}  // namespace

int main(int count, char** words) try {
  Options options;
  CLI::App app("frames for the benchmarks that go through the lab");
  add_end(app, "a", options.a);
  add_end(app, "b", options.b);
  app.add_option("--seconds", options.seconds, "how long to send")->check(CLI::Range(0.01, 3600.0));
  app.add_option("--rate", options.rate, "of an exchange: frames a second, each way");
  app.add_flag("--by-kernel", options.by_kernel, "a flood by the kernel's XDP (xdp_flood.h)");
  app.add_option("--flows", options.flows, "UDP source ports to use")->check(CLI::Range(1, 50000));
  app.add_option("--size", options.size, "bytes of a frame")->check(CLI::Range(60, 250));
  auto* flooding =
      app.add_subcommand("flood", "a sends, nobody takes; b has answered once to each flow");
  app.add_subcommand("exchange",
                     "both send and take numbered frames, until a signal at the latest");
  app.require_subcommand(1);
  CLI11_PARSE(app, count, words);
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop_wanted = 1; });
  const auto result = flooding->parsed() ? flood(options) : exchange(options);
  std::printf("%s\n", result.dump().c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_traffic: %s\n", error.what());
  return 1;
}
