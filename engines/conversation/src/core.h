#pragma once

#include <array>
#include <memory>

#include "alert_record.h"
#include "announcements.h"
#include "engines/appid/host_table.h"
#include "engines/conversation/inspector.h"
#include "engines/conversation/packet_facts.h"
#include "engines/stream/tcp_reassembler.h"
#include "held_records.h"

namespace sekisho::engines {

/// What all conversations of one worker share.
struct Inspector::Core {
  static constexpr std::uint32_t kMostRecordsASecond = 200;  // that profiles ask for
  static constexpr std::size_t kRecordBytes = 16 * 1024;     // longer ones are left out and counted

  Core(const InspectorConfig& settings, RecordSink& records, std::unique_ptr<MemoryPool> memory)
      : config(settings), sink(records), pool(std::move(memory)), tcp(config.tcp, *pool) {
    take_wishes();
  }

  /// What rules in force and records ask for; the rest is not computed.
  void take_wishes() noexcept;

  /// Sends what `write(json)` makes of it.
  template <class Write>
  void record(const RecordOrigin& origin, std::string_view type, Write write) noexcept {
    events::BoundedText text(record_text);
    events::BoundedJsonWriter json(text);
    write(json);
    if (text.overflowed()) {
      ++counters.records_lost;
      return;
    }
    ++counters.records;
    sink.record(origin, type, text.view());
  }
  /// As record(), but while the record is too long `write(json, cuts)` is asked again, to show a
  /// quarter of what it showed; after kMostCuts nothing that can be left out.
  template <class Write>
  void record_what_fits(const RecordOrigin& origin, std::string_view type, Write write) noexcept {
    for (unsigned cuts = 0; cuts < kMostCuts; ++cuts) {
      events::BoundedText text(record_text);
      events::BoundedJsonWriter json(text);
      write(json, cuts);
      if (text.overflowed()) continue;
      ++counters.records;
      return sink.record(origin, type, text.view());
    }
    record(origin, type, [&](auto& json) { write(json, kMostCuts); });
  }
  /// The same of a transaction: held back until it is known what becomes of its packet.
  template <class Write>
  void record_later(const RecordOrigin& origin, std::string_view type, Write write) noexcept {
    if (!held.begin(origin, type)) return record(origin, type, write);
    events::BoundedText text(held.room());
    events::BoundedJsonWriter json(text);
    write(json);
    if (text.overflowed()) return record(origin, type, write);
    held.end(text.view().size());
  }
  /// Sends what was held back, or forgets it.
  void release(bool send) noexcept {
    for (const auto& one : held.all()) {
      if (!send) break;
      ++counters.records;
      sink.record(one.origin, one.type, held.text_of(one));
    }
    held.stop();
  }

  /// One more record of those that profiles ask for. False: too many in this second.
  bool take_record(std::uint64_t now_ns) noexcept {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    if (const auto second = now_ns / kSecond; second != record_second) {
      record_second = second;
      records_this_second = 0;
    }
    if (records_this_second++ < kMostRecordsASecond) return true;
    ++counters.records_lost;
    return false;
  }

  /// An anomaly for each oddity of a packet.
  void tell_packet_events(const RecordOrigin& origin) noexcept;
  void tell_arp(const PacketView& packet) noexcept;

  const InspectorConfig config;
  RecordSink& sink;
  std::unique_ptr<MemoryPool> pool;
  stream::TcpWorker tcp;
  const appid::HostTable* hosts = &appid::HostTable::of_catalogue();
  std::unique_ptr<stream::Defragmenter> defragmenter;
  const ips::Ruleset* rules = nullptr;
  ips::Detector* detector = nullptr;
  FileStore* store = nullptr;
  PacketCapture* capture = nullptr;
  UrlWatch* urls = nullptr;
  FingerprintWatch* fingerprints = nullptr;
  DnsWatch* dns = nullptr;
  EvasionWatch* evasions = nullptr;
  FileWatch* files = nullptr;
  bool rules_store_files = false;
  bool rules_quieten = false;     // some keep records from being written
  bool wants_file_magic = false;  // a rule asks what files are, or records say it
  FileDigests::Kinds file_digests{};
  ParserOptions parsers;  // of conversations whose protocol is recognised from now on
  std::uint32_t rules_generation = 0;
  std::uint32_t hosts_generation = 0;
  std::uint64_t record_second = 0;  // of packets' time
  std::uint32_t records_this_second = 0;
  Announcements announcements;
  Counters counters;
  HeldRecords held;
  rules::UrlScratch url_scratch;
  std::array<char, kRecordBytes> record_text;
  std::array<char, kRecordBytes> notes_text;
  std::array<char, kRecordBytes> members_text;  // of a datagram's transaction that is over
};

}  // namespace sekisho::engines
