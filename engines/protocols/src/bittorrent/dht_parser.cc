#include <algorithm>
#include <array>

#include "bittorrent/bencode.h"
#include "config/base/byte_reader.h"
#include "digest_door.h"
#include "dns/dns_json.h"
#include "lines.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Json = events::BoundedJsonWriter;

constexpr std::size_t kMaxHex = 256;  // bytes of a value that are shown
constexpr unsigned kMaxPeers = 128;   // nodes or peers of an answer that are shown
constexpr std::size_t kNodeId = 20, kV4 = 4, kV6 = 16, kPort = 2;  // bytes

void write_hex_member(std::string_view key, Bytes bytes, Json& json) noexcept {
  std::array<char, 2 * kMaxHex> text;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto shown = bytes.first(std::min(bytes.size(), kMaxHex));
  write_hex(shown, text.data());
  json.member(key, std::string_view(text.data(), 2 * shown.size()));
}

void write_hex_of(Bytes dictionary, std::string_view key, Json& json) noexcept {
  if (const auto text = bencode_string(dictionary, key)) write_hex_member(key, *text, json);
}

void write_endpoint(Bytes compact, Json& json) noexcept {
  std::array<char, 40> room{};
  const auto address = compact.first(compact.size() - kPort);
  const auto port = compact.last(kPort);
  json.member("ip", dns_address_text(address, room))
      .member("port", static_cast<std::uint16_t>(port[0] << 8 | port[1]));
}

/// Compact node lists (BEP 5, 32): identity, address, port, end to end.
void write_nodes(Bytes answer, std::string_view key, std::size_t address_bytes,
                 Json& json) noexcept {
  const auto nodes = bencode_string(answer, key);
  const auto each = kNodeId + address_bytes + kPort;
  if (!nodes || nodes->size() < each) return;
  json.begin_array(key);
  auto rest = *nodes;
  for (unsigned i = 0; i < kMaxPeers && rest.size() >= each; ++i, rest = rest.subspan(each)) {
    json.begin_object();
    write_hex_member("id", rest.first(kNodeId), json);
    write_endpoint(rest.subspan(kNodeId, address_bytes + kPort), json);
    json.end_object();
  }
  json.end_array();
}

void write_peers(Bytes answer, Json& json) noexcept {
  const auto values = bencode_member(answer, "values");
  if (!values) return;
  BencodeReader reader(*values);
  if (!reader.take('l')) return;
  json.begin_array("values");
  for (unsigned i = 0; i < kMaxPeers && reader.peek() != 'e'; ++i) {
    const auto peer = reader.string();
    if (!peer) break;
    if (peer->size() != kV4 + kPort && peer->size() != kV6 + kPort) continue;
    json.begin_object();
    write_endpoint(*peer, json);
    json.end_object();
  }
  json.end_array();
}

void write_error(Bytes list, Json& json) noexcept {
  BencodeReader reader(list);
  if (!reader.take('l')) return;
  const auto number = reader.integer();
  const auto text = reader.string();
  json.begin_object("error");
  if (number) json.member("num", *number);
  if (text) json.member("msg", *text);
  json.end_object();
}

class DhtTransaction final : public Transaction {
 public:
  DhtTransaction(std::uint64_t id, Bytes message) noexcept : Transaction(id), message_(message) {}

  void write_record(std::uint8_t, Json& json) const noexcept override {
    json.begin_object("bittorrent_dht");
    write_hex_member("transaction_id", bencode_string(message_, "t").value_or(Bytes{}), json);
    if (const auto version = bencode_string(message_, "v"))
      write_hex_member("client_version", *version, json);
    if (const auto type = bencode_string(message_, "q")) json.member("request_type", *type);
    if (const auto request = bencode_member(message_, "a")) {
      json.begin_object("request");
      for (const auto key : {"id", "target", "info_hash", "token"})
        write_hex_of(*request, key, json);
      for (const auto key : {"implied_port", "port"})
        if (const auto number = bencode_integer(*request, key)) json.member(key, *number);
      json.end_object();
    }
    if (const auto answer = bencode_member(message_, "r")) {
      json.begin_object("response");
      write_hex_of(*answer, "id", json);
      write_nodes(*answer, "nodes", kV4, json);
      write_nodes(*answer, "nodes6", kV6, json);
      write_peers(*answer, json);
      write_hex_of(*answer, "token", json);
      json.end_object();
    }
    if (const auto error = bencode_member(message_, "e")) write_error(*error, json);
    json.end_object();
  }

 private:
  Bytes message_;
};

/// BEP 5: a dictionary with a query, an answer or an error, and a transaction's name.
bool is_dht(Bytes message) noexcept {
  const auto kind = bencode_string(message, "y");
  if (!kind || kind->size() != 1) return false;
  const char letter = static_cast<char>((*kind)[0]);
  return (letter == 'q' && bencode_member(message, "a")) ||
         (letter == 'r' && bencode_member(message, "r")) ||
         (letter == 'e' && bencode_member(message, "e"));
}

class DhtParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override {
    DhtTransaction transaction(next_id_++, bytes);
    if (!is_dht(bytes) || !bencode_string(bytes, "t"))
      transaction.add_oddity("bittorrent_dht.malformed_packet");
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
    if (is_dht(bytes)) events.record_due(transaction, "bittorrent_dht", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint64_t next_id_ = 0;
};

Likeness probe_dht(const ProbeInput& input) noexcept {
  const auto text = as_text(input.bytes);
  const bool begins = text.starts_with("d1:ad") || text.starts_with("d1:rd") ||
                      text.starts_with("d1:el") || text.starts_with("d2:ip");
  return begins && is_dht(input.bytes) ? Likeness::yes : Likeness::no;
}

/// Between peers (BEP 3): recognised, then left alone.
class PeerParser final : public Parser {
 public:
  ParseStatus consume(Direction, Bytes, ProtocolEvents&) noexcept override {
    return ParseStatus::enough;
  }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }
};

Likeness probe_peer(const ProbeInput& input) noexcept {
  constexpr std::string_view kHandshake =
      "\x13"
      "BitTorrent protocol";
  const auto text = as_text(input.bytes);
  if (text.starts_with(kHandshake)) return Likeness::yes;
  return kHandshake.starts_with(text) ? Likeness::maybe : Likeness::no;
}

}  // namespace

const ProtocolSpec kBittorrentDht{.protocol = Protocol::bittorrent_dht,
                                  .udp = true,
                                  .probe = probe_dht,
                                  .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                                    return make_pooled<DhtParser, Parser>(pool);
                                  }};
const ProtocolSpec kBittorrent{.protocol = Protocol::bittorrent,
                               .tcp = true,
                               .probe = probe_peer,
                               .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                                 return make_pooled<PeerParser, Parser>(pool);
                               }};

}  // namespace sekisho::engines
