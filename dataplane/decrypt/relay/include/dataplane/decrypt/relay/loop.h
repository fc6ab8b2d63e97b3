#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dataplane/decrypt/buffers/buffer_pool.h"
#include "dataplane/decrypt/channel/channel.h"
#include "dataplane/decrypt/relay/counters.h"
#include "dataplane/decrypt/relay/session.h"
#include "dataplane/decrypt/tls/tls_session.h"
#include "dataplane/decrypt/virtual_link/coalescer.h"
#include "dataplane/decrypt/virtual_link/link_queues.h"
#include "dataplane/decrypt/virtual_link/segmenter.h"

namespace sekisho::decrypt {

struct LoopSettings {
  std::uint32_t most_sessions = 20'000;
  std::uint32_t buffers = 512;  // of BufferPool::kBufferBytes
  std::uint32_t mtu = 1500;     // of a packet for the wire, bytes
};

/// One core of the decrypting process: workers' packets into the kernel, the kernel's packets to
/// the workers, and the sessions of the connections between, with what they share: leafs and
/// judgements. Nothing of it blocks but the wait for all of them together.
class Loop {
 public:
  static Result<std::unique_ptr<Loop>> make(const LoopSettings& settings, TlsParts tls);

  /// Before run(): this loop serves the worker `worker`, whose packets go through `queue`.
  Status serve(unsigned worker, LinkQueue queue);

  /// Until `stop`, which is looked at after every wake-up: see wake_up().
  void run(const std::atomic<bool>& stop) noexcept;

  // From any thread.
  /// The worker's new channel; what there was of an older one is forgotten.
  void attach(unsigned worker, ChannelMemory memory, Bell bell);
  /// The worker's process is gone: its connections are forgotten in silence.
  void detach(unsigned worker);
  void wake_up() noexcept { inbox_bell_.ring(); }
  const LoopCounters& counters() const noexcept { return counters_; }

 private:
  struct Channel {
    ChannelMemory memory;
    Bell bell;
    RingReader in;
    RingWriter out;
  };
  struct Worker {
    unsigned number;
    LinkQueue queue;
    std::optional<Channel> channel;
    bool link_is_readable = false;
    std::unordered_map<std::uint64_t, std::uint32_t> by_flow;  // flow id -> place
  };
  struct Arrival {
    unsigned worker;
    std::optional<Channel> channel;
  };
  struct Place {
    std::optional<TlsSession> tls;  // what is opened, or may be
    std::optional<Session> raw;     // what goes on unopened
    std::uint64_t flow_id = 0;
    std::uint32_t worker = 0;   // index into workers_
    std::uint32_t age = 0;      // tells this session's events from those of the one before
    bool has_turn = false;      // is in turns_
    bool lacks_memory = false;  // is in without_memory_
    bool is_told = false;       // its worker knows that it is open

    bool is_free() const noexcept { return !tls && !raw; }
  };
  /// A session that is to be asked whether it waits for somebody too long.
  struct Check {
    std::uint32_t place, age;
    std::chrono::steady_clock::time_point due;
  };

  Loop(const LoopSettings& settings, TlsParts tls, FileDescriptor poll, Bell inbox_bell);

  bool turn(bool may_sleep) noexcept;
  int wait(bool may_sleep) noexcept;
  bool workers_sleep() noexcept;
  void wake_workers() noexcept;
  void take_event(std::uint64_t tag, std::uint32_t events) noexcept;
  Status watch(int descriptor, std::uint32_t events, std::uint64_t tag) noexcept;
  void take_arrivals() noexcept;
  void drop_channel(std::uint32_t worker) noexcept;

  // Workers' messages.
  bool take_messages(std::uint32_t worker) noexcept;
  void take_message(std::uint32_t worker, const RingReader::Message& message) noexcept;
  void take_over(std::uint32_t worker, const RingReader::Message& message) noexcept;
  void introduce(Worker& worker, const Handover& handover) noexcept;
  void refuse(Worker& worker, std::uint64_t flow_id, const std::string& why) noexcept;
  bool tell(Worker& worker, MessageKind kind, std::uint64_t flow_id,
            std::span<const std::uint8_t> body, std::uint16_t flags = 0) noexcept;
  void to_kernel(Worker& worker, std::span<const iovec> parts) noexcept;

  // The kernel's packets.
  bool empty_link(Worker& worker) noexcept;
  void empty_links() noexcept;
  void to_worker(Worker& worker, std::span<const std::uint8_t> piece) noexcept;

  // Sessions.
  bool begin_session(std::uint32_t worker, const Handover& handover, const HandoverWish& wish,
                     RebuiltPair pair) noexcept;
  void give_turn(std::uint32_t place) noexcept;
  bool work_sessions() noexcept;
  void work_session(std::uint32_t place) noexcept;
  void end_session(std::uint32_t place, bool tell_worker) noexcept;
  void forget_session(std::uint32_t place) noexcept;

  // Those that speak TLS: tls_sessions.cc.
  /// Null: none is there, or it goes on unopened.
  TlsSession* tls_of(std::uint32_t place) noexcept;
  bool report(std::uint32_t place) noexcept;
  bool lend(std::uint32_t place, Side from) noexcept;
  void take_verdict(std::uint32_t worker, const RingReader::Message& message) noexcept;
  void go_on_unopened(std::uint32_t place) noexcept;
  void tell_failure(const Place& place, TlsFailure failure) noexcept;
  void take_leafs() noexcept;
  void watch_leafs() noexcept;
  void take_findings() noexcept;
  void watch_findings() noexcept;
  TlsSession* waiting_session(std::uint32_t waiter) noexcept;
  void check_sessions() noexcept;
  std::uint32_t waiter_of(std::uint32_t place) const noexcept;

  LoopSettings settings_;
  FileDescriptor poll_;
  Bell inbox_bell_;
  std::mutex inbox_lock_;
  std::vector<Arrival> inbox_;  // by inbox_lock_
  std::vector<Worker> workers_;
  Coalescer coalescer_;
  Segmenter segmenter_;
  BufferPool buffers_;
  TlsParts tls_;
  int watched_leafs_ = -1;     // the leaf store's connection, as epoll has it
  int watched_findings_ = -1;  // likewise of the inquiries'
  std::vector<LeafStore::Told> told_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_places_;
  std::deque<Check> checks_;  // the next first
  std::vector<std::uint32_t> turns_, turns_under_way_, without_memory_;
  std::uint64_t returns_seen_ = 0;
  std::vector<std::uint8_t> link_room_;
  LoopCounters counters_;
};

}  // namespace sekisho::decrypt
