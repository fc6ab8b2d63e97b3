// capture and trace: both look at packets through taps, one writes a pcap file, the other tells
// verdicts.
#include <fcntl.h>
#include <poll.h>

#include <array>
#include <thread>

#include "dataplane/captures/pcap_file.h"
#include "dataplane/control/capture_filter.h"
#include "requests.h"

namespace sekisho::dataplane {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kCaptureSlot = 0;
constexpr std::size_t kFirstTraceSlot = 1;
constexpr std::size_t kLastTraceSlot = Worker::kTaps - 1;
constexpr std::size_t kTraceRecords = 8192;
constexpr std::size_t kRecordsARound = 1024;
constexpr std::size_t kCaptureRingBytes = std::size_t{32} << 20;  // a worker
constexpr std::uint64_t kMaxSeconds = std::uint64_t{24} * 3600;
constexpr std::uint64_t kMaxSnapBytes = 9216;

bool peer_has_gone(int socket) {
  pollfd entry{socket, POLLIN | POLLRDHUP, 0};
  return poll(&entry, 1, 0) > 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/// Taps in every worker for as long as it lives.
class TapSession {
 public:
  static Result<std::unique_ptr<TapSession>> open(Dataplane& dataplane, const TapFilter& filter,
                                                  std::size_t snap_bytes, std::size_t slots,
                                                  std::size_t first, std::size_t last) {
    std::unique_ptr<TapSession> session(new TapSession(dataplane));
    for (std::size_t i = 0; i < dataplane.workers().size(); ++i)
      session->taps_.push_back(std::make_unique<Tap>(filter, snap_bytes, slots));
    auto slot = dataplane.add_taps(session->taps_, first, last);
    if (!slot) return std::move(slot).error();
    session->slot_ = *slot;
    session->installed_ = true;
    return session;
  }
  ~TapSession() {
    if (installed_) dataplane_.remove_taps(slot_);
  }
  TapSession(const TapSession&) = delete;
  TapSession& operator=(const TapSession&) = delete;

  /// Hands waiting records to `see` until it says stop; false when it did. A bounded number, so
  /// that who calls looks at the clock in between, however fast they come; `more_` says that some
  /// may be left.
  template <class See>
  bool drain(See&& see) {
    more_ = false;
    for (std::size_t worker = 0; worker < taps_.size(); ++worker) {
      auto& tap = *taps_[worker];
      TapRecord record;
      std::size_t taken = 0;
      while (const std::uint8_t* bytes = tap.front(record)) {
        const bool go_on = see(worker, record, bytes);
        tap.pop();
        if (!go_on) return false;
        if (++taken == kRecordsARound) {
          more_ = true;
          break;
        }
      }
    }
    return true;
  }
  /// Until `see` says stop, the time is over, or the peer at `socket` has gone.
  template <class See>
  void run(std::uint64_t seconds, int socket, See&& see) {
    const auto deadline = Clock::now() + std::chrono::seconds(seconds);
    while (drain(see) && Clock::now() < deadline && !peer_has_gone(socket))
      if (!more_) std::this_thread::sleep_for(2ms);
  }
  std::uint64_t lost() const {
    std::uint64_t sum = 0;
    for (const auto& tap : taps_) sum += tap->lost();
    return sum;
  }

 private:
  explicit TapSession(Dataplane& dataplane) : dataplane_(dataplane) {}
  Dataplane& dataplane_;
  std::vector<std::unique_ptr<Tap>> taps_;
  std::size_t slot_ = 0;
  bool installed_ = false;
  bool more_ = false;
};

struct Limits {
  std::uint64_t packets, seconds, bytes;
};

Result<Limits> limits_of(const Json& body) {
  const auto packets = number_field(body, "packets", 0, 1'000'000'000);
  const auto seconds = number_field(body, "seconds", 0, kMaxSeconds);
  const auto bytes = number_field(body, "bytes", std::uint64_t{1} << 30, std::uint64_t{1} << 40);
  if (!packets) return Error{packets.error()};
  if (!seconds) return Error{seconds.error()};
  if (!bytes) return Error{bytes.error()};
  return Limits{*packets == 0 ? ~std::uint64_t{0} : *packets,
                *seconds == 0 ? kMaxSeconds : *seconds, *bytes};
}

std::string tcp_flags_text(std::uint8_t flags) {
  std::string text;
  constexpr std::array<std::pair<std::uint8_t, char>, 6> kFlags{{{kTcpSyn, 'S'},
                                                                 {kTcpFin, 'F'},
                                                                 {kTcpRst, 'R'},
                                                                 {kTcpPsh, 'P'},
                                                                 {kTcpAck, 'A'},
                                                                 {kTcpUrg, 'U'}}};
  for (const auto& [bit, letter] : kFlags)
    if ((flags & bit) != 0) text += letter;
  return text;
}

Json record_to_json(std::size_t worker, const TapRecord& record) {
  const bool addressed = record.kind != PacketKind::not_ip && record.kind != PacketKind::malformed;
  const auto* verdict = record.reason == DropReason::none            ? "pass"
                        : record.reason == DropReason::policy_reset  ? "reset"
                        : record.reason == DropReason::policy_answer ? "answer"
                                                                     : "drop";
  return {{"time", static_cast<double>(record.time_ns) / 1e9},
          {"worker", worker},
          {"direction", record.to_server ? "to_server" : "to_client"},
          {"source", addressed ? to_string(record.source) : ""},
          {"source_port", record.source_port},
          {"destination", addressed ? to_string(record.destination) : ""},
          {"destination_port", record.destination_port},
          {"protocol", addressed ? protocol_name(record.protocol) : "not_ip"},
          {"bytes", record.frame_bytes},
          {"tcp_flags", tcp_flags_text(record.tcp_flags)},
          {"verdict", verdict},
          {"reason", name_of(record.reason)},
          {"rule", record.rule},
          {"flow_id", record.flow_id},
          {"tentative", record.tentative}};
}

}  // namespace

Result<Json> answer_capture(const Request& request) {
  const auto expression = text_field(request.body, "filter", "");
  const auto snap = number_field(request.body, "snaplen", kMaxSnapBytes, 262144);
  const auto limits = limits_of(request.body);
  if (!expression) return Error{expression.error()};
  if (!snap) return Error{snap.error()};
  if (!limits) return Error{limits.error()};
  if (request.attached < 0)
    return Error{Error::Code::invalid_input, "the output file must come as a descriptor"};
  auto program = compile_capture_filter(*expression);
  if (!program) return std::move(program).error();
  PcapFile file(FileDescriptor(fcntl(request.attached, F_DUPFD_CLOEXEC, 0)));
  if (!file.good()) return Error{Error::Code::io, "the output file cannot be written"};

  const auto snap_bytes = *snap == 0 ? kMaxSnapBytes : std::min(*snap, kMaxSnapBytes);
  const TapFilter filter{.program = *std::move(program), .address = {}, .mac = {}};
  auto session =
      TapSession::open(request.dataplane, filter, snap_bytes,
                       kCaptureRingBytes / (snap_bytes + 256), kCaptureSlot, kCaptureSlot);
  if (!session) return std::move(session).error().within("capture");
  std::uint64_t packets = 0;
  const auto save = [&](std::size_t, const TapRecord& record, const std::uint8_t* frame) {
    file.add(record.time_ns, record.frame_bytes, {frame, record.captured});
    return ++packets < limits->packets && file.bytes() < limits->bytes && file.good();
  };
  (*session)->run(limits->seconds, request.socket, save);
  if (!file.flush())
    return Error{Error::Code::io, "the output file cannot be written (disk full?)"};
  return Json{{"packets", packets},
              {"bytes", file.bytes()},
              {"file_bytes", file.bytes()},
              {"dropped", (*session)->lost()}};
}

Result<Json> answer_trace(const Request& request) {
  const auto address = address_field(request.body, "address");
  const auto mac = mac_field(request.body, "mac");
  const auto limits = limits_of(request.body);
  if (!address) return Error{address.error()};
  if (!mac) return Error{mac.error()};
  if (!limits) return Error{limits.error()};
  if (!address->has_value() && !mac->has_value())
    return Error{Error::Code::invalid_input, "'address' or 'mac' is needed"};
  auto session = TapSession::open(request.dataplane,
                                  TapFilter{.program = {}, .address = *address, .mac = *mac}, 0,
                                  kTraceRecords, kFirstTraceSlot, kLastTraceSlot);
  if (!session) return std::move(session).error().within("trace");
  std::uint64_t packets = 0;
  const auto tell = [&](std::size_t worker, const TapRecord& record, const std::uint8_t*) {
    const Json frame{{"ok", true}, {"packet", record_to_json(worker, record)}};
    if (!send_message(request.socket, frame.dump(), -1, 5s)) return false;
    return ++packets < limits->packets;
  };
  (*session)->run(limits->seconds, request.socket, tell);
  return Json{{"done", true}, {"packets", packets}, {"dropped", (*session)->lost()}};
}

}  // namespace sekisho::dataplane
