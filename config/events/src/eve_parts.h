#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/events/eve.h"
#include "config/events/json_writer.h"

/// What lines of several types have in common.
namespace sekisho::events {

inline constexpr std::size_t kLineBytes = 1024;  // room for a typical line without growing
inline constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58, kSctp = 132;

/// `names[index]`, or "unknown": numbers come from another process.
template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& names, std::size_t index) {
  return index < N ? names[index] : "unknown";
}

/// Whether the record is about a packet to the client: its own ends, not the flow's.
bool is_to_client(const EventRecord& record);

/// Time stamp, type, and whom the record is about; `swapped`: with the ends exchanged.
void write_head(JsonWriter& json, const EventRecord& record, const EveNames& names,
                std::string_view type, bool swapped);
void write_ether(JsonWriter& json, const EventRecord& record, const EveNames& names, bool swapped);

struct ToldApplication {
  std::uint32_t policy_serial;  // that own applications are of
  std::uint16_t application;
  std::uint16_t carrier;  // the protocol, where the application is none itself; 0: it is one
  std::uint8_t function;  // what it is used for; 0: not known
};

/// `as_protocol`: app_proto, too.
void write_application(JsonWriter& json, const ToldApplication& told, const EveNames& names,
                       bool as_protocol = true);

/// Leaves the `policy` object open for the caller's own members.
void begin_policy(JsonWriter& json, const EventRecord& record, const EveNames& names);

// By type: what stands behind the head.
void write_flow(JsonWriter& json, const EventRecord& record, const EveNames& names);
void write_drop(JsonWriter& json, const EventRecord& record, const EveNames& names);
/// A policy record with its continuations.
void write_policy(JsonWriter& json, std::span<const EventRecord> records, const EveNames& names);

/// The whole line of a text with its continuations.
std::string text_to_eve(std::span<const EventRecord> records, const EveNames& names);

}  // namespace sekisho::events
