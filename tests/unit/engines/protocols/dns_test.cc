#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "recorder.h"

namespace sekisho::tests {
namespace {

using engines::Likeness;
using engines::MemoryPool;
using engines::ParseStatus;
using engines::Protocol;
using rules::Field;
using namespace std::string_literals;

std::string be16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string wire_name(std::string_view dotted) {
  std::string wire;
  while (!dotted.empty()) {
    const auto label = dotted.substr(0, dotted.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  return wire + '\0';
}

std::string header(unsigned id, unsigned flags, std::initializer_list<unsigned> counts) {
  auto wire = be16(id) + be16(flags);
  for (const auto count : counts) wire += be16(count);
  return wire;
}

std::string record(std::string name, unsigned type, unsigned ttl, std::string_view data) {
  return std::move(name) + be16(type) + be16(1) + be16(0) + be16(ttl) +
         be16(static_cast<unsigned>(data.size())) + std::string(data);
}

const std::string kToQuestion = "\xc0\x0c";

std::string question(std::string_view name, unsigned type = 1) {
  return wire_name(name) + be16(type) + be16(1);
}

std::string query(unsigned id, std::string_view name, unsigned type = 1) {
  return header(id, 0x0100, {1, 0, 0, 0}) + question(name, type);
}

std::string address_answer(unsigned id, std::string_view name) {
  return header(id, 0x8180, {1, 1, 0, 0}) + question(name) +
         record(kToQuestion, 1, 60, "\xc0\x00\x02\x01"s);
}

std::string framed(const std::string& message) {
  return be16(static_cast<unsigned>(message.size())) + message;
}

struct Conversation {
  explicit Conversation(Protocol protocol, bool tcp, const engines::DnsRecords& records = {})
      : pool(*MemoryPool::create(MemoryPool::kLargestBlock)),
        parser(spec_of(protocol, tcp)->make(*pool, options_with(records))) {}
  static engines::ParserOptions options_with(const engines::DnsRecords& records) {
    engines::ParserOptions options;
    options.dns_records = records;
    return options;
  }
  ParseStatus say(Direction direction, std::string_view bytes) {
    return parser->consume(direction, as_bytes(bytes), events);
  }
  nlohmann::json record(std::size_t i) const {
    return nlohmann::json::parse(events.records.at(i).json);
  }
  std::unique_ptr<MemoryPool> pool;
  Recorder events;
  engines::Pooled<engines::Parser> parser;
};

std::vector<std::string> all_of(const engines::Transaction& transaction, Field field,
                                Direction direction) {
  std::vector<std::string> values;
  for (std::uint32_t i = 0; text_of(transaction, field, direction, i) != "<none>"; ++i)
    values.push_back(text_of(transaction, field, direction, i));
  return values;
}

}  // namespace

TEST_CASE("a DNS question and its answer are a transaction and a record each") {
  Conversation dns(Protocol::dns, false);
  std::vector<std::string> names, answers;
  dns.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    names.push_back(text_of(transaction, Field::dns_query, direction));
    answers.push_back(text_of(transaction, Field::dns_answers_rrname, direction));
    CHECK(transaction.number(Field::dns_rrtype, direction, 0) == 1);
    CHECK(transaction.number(Field::dns_opcode, direction, 0) == 0);
  };
  dns.say(Direction::to_server, query(7, "www.Example.com"));
  dns.say(Direction::to_client, address_answer(7, "www.Example.com"));
  CHECK(names == std::vector<std::string>{"www.Example.com", "<none>"});
  CHECK(answers == std::vector<std::string>{"<none>", "www.Example.com"});
  CHECK(dns.events.ended_transactions == std::vector<std::uint64_t>{0, 1});
  CHECK(dns.events.oddities.empty());
  REQUIRE(dns.events.records.size() == 2);
  CHECK(dns.record(0) == nlohmann::json::parse(R"({"dns":{"version":3,"type":"request","tx_id":0,
    "id":7,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR",
    "queries":[{"rrname":"www.Example.com","rrtype":"A"}]}})"));
  CHECK(dns.record(1) == nlohmann::json::parse(R"({"dns":{"version":3,"type":"response","tx_id":1,
    "id":7,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rcode":"NOERROR",
    "queries":[{"rrname":"www.Example.com","rrtype":"A"}],
    "answers":[{"rrname":"www.Example.com","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}],
    "grouped":{"A":["192.0.2.1"]}}})"));
}

TEST_CASE("records of version 2 are one a question, and the answer") {
  Conversation dns(Protocol::dns, false, {.version = 2});
  dns.say(Direction::to_server,
          header(7, 0x0140, {2, 0, 0, 0}) + question("a.test") + question("b.test", 28));
  dns.say(Direction::to_client, address_answer(7, "a.test"));
  REQUIRE(dns.events.records.size() == 3);
  CHECK(dns.record(0) == nlohmann::json::parse(R"({"dns":{"type":"query","id":7,"z":true,
    "rrname":"a.test","rrtype":"A","tx_id":0,"opcode":0}})"));
  CHECK(dns.record(1)["dns"]["rrtype"] == "AAAA");
  CHECK(dns.record(2) == nlohmann::json::parse(R"({"dns":{"version":2,"type":"answer","id":7,
    "flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"a.test","rrtype":"A",
    "rcode":"NOERROR","answers":[{"rrname":"a.test","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}],
    "grouped":{"A":["192.0.2.1"]}}})"));
}

TEST_CASE("records are of the messages that are asked for") {
  const auto count = [](const engines::DnsRecords& records) {
    Conversation dns(Protocol::dns, false, records);
    dns.say(Direction::to_server, query(1, "a.test"));
    dns.say(Direction::to_client, address_answer(1, "a.test"));
    dns.say(Direction::to_server, query(2, "a.test", 28));
    return dns.events.records.size();
  };
  CHECK(count({}) == 3);
  CHECK(count({.requests = false}) == 1);
  CHECK(count({.responses = false}) == 2);
  CHECK(count({.types = {*engines::dns_type_called("aaaa")}, .num_types = 1}) == 1);
  CHECK_FALSE(engines::dns_type_called("no type"));
}

TEST_CASE("a DNS message is a frame, in TCP with its length") {
  const auto message = query(7, "www.example.com");
  Conversation datagrams(Protocol::dns, false);
  datagrams.say(Direction::to_server, message);
  REQUIRE(datagrams.events.frames.size() == 1);
  CHECK(datagrams.events.frames[0] == std::pair<std::string, std::string>("dns.pdu", message));
  Conversation stream(Protocol::dns, true);
  stream.say(Direction::to_server, framed(message));
  REQUIRE(stream.events.frames.size() == 1);
  CHECK(stream.events.frames[0].second == framed(message));
}

TEST_CASE("EVE shows the data of each type of record as Suricata does") {
  struct Case {
    std::string name;
    unsigned type;
    std::string data, rows, groups;
  };
  const auto numbers = be16(0) + be16(1) + be16(0) + be16(2) + be16(0) + be16(3) + be16(0) +
                       be16(4) + be16(0) + be16(5);
  const auto example = GENERATE_COPY(values<Case>({
      {"AAAA", 28, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01",
       R"([{"rdata":"2001:0db8:0000:0000:0000:0000:0000:0001"}])",
       R"({"AAAA":["2001:0db8:0000:0000:0000:0000:0000:0001"]})"},
      {"CNAME", 5,
       "\x03"
       "cdn\xc0\x0c",
       R"([{"rdata":"cdn.example.com"}])", R"({"CNAME":["cdn.example.com"]})"},
      {"MX", 15, be16(10) + "\x02mx\xc0\x0c", R"([{"rdata":"mx.example.com"}])",
       R"({"MX":["mx.example.com"]})"},
      {"TXT", 16,
       "\x02hi\x00\x03"
       "you"s,
       R"([{"rdata":"hi"},{"rdata":""},{"rdata":"you"}])", R"({"TXT":["hi","","you"]})"},
      {"NULL", 10, "VAC\x03\xc5\xe9", R"([{"rdata":"VAC\u0003\\xc5\\xe9"}])",
       R"({"NULL":["VAC\u0003\\xc5\\xe9"]})"},
      {"SRV", 33, be16(20) + be16(1) + be16(5060) + kToQuestion,
       R"([{"srv":{"priority":20,"weight":1,"port":5060,"name":"example.com"}}])", "{}"},
      {"SOA", 6, "\x02ns\xc0\x0c\x04root\xc0\x0c" + numbers,
       R"([{"soa":{"mname":"ns.example.com","rname":"root.example.com","serial":1,"refresh":2,
            "retry":3,"expire":4,"minimum":5}}])",
       "{}"},
      {"SSHFP", 44, "\x01\x02\xab\xcd", R"([{"sshfp":{"fingerprint":"ab:cd","algo":1,"type":2}}])",
       "{}"},
      {"OPT", 41, be16(10) + be16(2) + "\xab\xcd", R"([{"opt":[{"code":10,"data":"abcd"}]}])",
       "{}"},
      {"HTTPS", 65, "\x00\x01\x00"s, "[{}]", "{}"},
      {"4711", 4711, "x", "[{}]", "{}"},
      {"A", 1, "abc", R"([{"rdata":""}])", R"({"A":[""]})"},  // no address
      {"TXT", 16, "", "[{}]", "{}"},
  }));
  CAPTURE(example.name, example.data);
  Conversation dns(Protocol::dns, false);
  dns.say(Direction::to_client, header(1, 0x8180, {1, 1, 0, 0}) + question("example.com") +
                                    record(kToQuestion, example.type, 9, example.data));
  REQUIRE(dns.events.records.size() == 1);
  auto expected = nlohmann::json::parse(example.rows);
  for (auto& row : expected) {
    row["rrname"] = "example.com";
    row["rrtype"] = example.name;
    row["ttl"] = 9;
  }
  CHECK(dns.record(0)["dns"]["answers"] == expected);
  CHECK(dns.record(0)["dns"]["grouped"] == nlohmann::json::parse(example.groups));
}

TEST_CASE("dns.response.rrname is every name in a response, also the one that was asked for") {
  Conversation dns(Protocol::dns, false);
  std::vector<std::string> names;
  dns.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    names = all_of(transaction, Field::dns_response_rrname, direction);
    CHECK(all_of(transaction, Field::dns_response_rrname, direction) == names);
    CHECK(all_of(transaction, Field::dns_queries_rrname, direction).size() == 1);
  };
  dns.say(Direction::to_client,
          header(1, 0x8180, {1, 2, 1, 1}) + question("a.test") +
              record(kToQuestion, 5, 1, wire_name("b.test")) +
              record(wire_name("b.test"), 1, 1, "1234") +
              record(wire_name("test"), 2, 1, wire_name("ns.test")) +
              record(wire_name("ns.test"), 33, 1, "pprwpo" + wire_name("s.test")));
  CHECK(names == std::vector<std::string>{"a.test", "a.test", "b.test", "b.test", "test", "ns.test",
                                          "ns.test", "s.test"});
}

TEST_CASE("odd DNS messages are named") {
  struct Case {
    std::string oddity;
    Direction direction;
    std::string message;
    bool recorded;
  };
  const std::string long_label = "\x3f" + std::string(63, 'x');
  std::string long_name;
  for (int i = 0; i < 20; ++i) long_name += long_label;
  const auto example = GENERATE_COPY(values<Case>({
      {"dns.malformed_data", Direction::to_server, header(1, 0x0100, {1, 0, 0, 0}) + "\x03ww",
       false},
      {"dns.malformed_data", Direction::to_server,
       header(1, 0x0100, {1, 0, 0, 0}) + "\x81x" + std::string(8, '\0'), false},
      {"dns.malformed_data", Direction::to_client,
       header(1, 0x8180, {1, 2, 0, 0}) + question("a.test") + record(kToQuestion, 1, 1, "1234"),
       false},
      {"dns.not_request", Direction::to_server, address_answer(1, "a.test"), true},
      {"dns.not_a_request", Direction::to_server, address_answer(1, "a.test"), true},
      {"dns.not_response", Direction::to_client, query(1, "a.test"), true},
      {"dns.z_flag_set", Direction::to_server, header(1, 0x0140, {1, 0, 0, 0}) + question("a"),
       true},
      {"dns.invalid_opcode", Direction::to_server, header(1, 0x7800, {1, 0, 0, 0}) + question("a"),
       true},
      {"dns.infinite_loop", Direction::to_server,
       header(1, 0x0100, {1, 0, 0, 0}) + kToQuestion + be16(1) + be16(1), true},
      {"dns.name_too_long", Direction::to_server,
       header(1, 0x0100, {1, 0, 0, 0}) + long_name + '\0' + be16(1) + be16(1), true},
      {"dns.invalid_authorities", Direction::to_client,
       header(1, 0x8180, {1, 0, 1, 0}) + question("a.test"), true},
      {"dns.invalid_additionals", Direction::to_client,
       header(1, 0x8180, {1, 0, 0, 1}) + question("a.test") + "\x00\x00\x29"s, true},
  }));
  CAPTURE(example.oddity);
  Conversation dns(Protocol::dns, false);
  CHECK(dns.say(example.direction, example.message) == ParseStatus::ok);
  CHECK(dns.events.has_oddity(example.oddity));
  CHECK(dns.events.records.size() == (example.recorded ? 1 : 0));
}

TEST_CASE("DNS messages in TCP are found however the stream is cut") {
  std::string stream;
  std::vector<std::string> expected;
  for (unsigned i = 0; i < 40; ++i) {
    expected.push_back("host" + std::to_string(i) + std::string(i, 'x') + ".test");
    stream += framed(query(i, expected.back()));
  }
  std::mt19937 random(4);
  for (int round = 0; round < 50; ++round) {
    Conversation dns(Protocol::dns, true);
    std::vector<std::string> names;
    dns.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
      names.push_back(text_of(transaction, Field::dns_query, direction));
    };
    for (std::size_t at = 0; at < stream.size();) {
      const auto length =
          std::min<std::size_t>(1 + random() % (round < 25 ? 3 : 200), stream.size() - at);
      dns.say(Direction::to_server, std::string_view(stream).substr(at, length));
      at += length;
    }
    REQUIRE(names == expected);
    CHECK(dns.events.records.size() == expected.size());
  }
}

TEST_CASE("DNS over TCP goes on after a gap where a message begins") {
  Conversation dns(Protocol::dns, true);
  const auto first = framed(query(1, "first.test"));
  dns.say(Direction::to_server, std::string_view(first).substr(0, 20));
  CHECK(dns.parser->gap(Direction::to_server, 100, dns.events));
  dns.say(Direction::to_server, "the rest of some message that nobody knows");
  dns.say(Direction::to_server, framed(query(2, "second.test")));
  REQUIRE(dns.events.records.size() == 1);
  CHECK(dns.record(0)["dns"]["queries"][0]["rrname"] == "second.test");
  CHECK(dns.pool->used_bytes() > 0);
  dns.parser.reset();
  CHECK(dns.pool->used_bytes() == 0);
}

TEST_CASE("mDNS and LLMNR have records of their own and no dns fields") {
  const auto protocol = GENERATE(Protocol::mdns, Protocol::llmnr);
  const std::string name(rules::name_of(protocol));
  Conversation local(protocol, false);
  local.events.on_stage = [&](const engines::Transaction& transaction, Direction direction) {
    CHECK(text_of(transaction, Field::dns_answers_rrname, direction) == "<none>");
    CHECK(text_of(
              transaction,
              protocol == Protocol::mdns ? Field::mdns_answers_rrname : Field::llmnr_answers_rrname,
              direction) == "printer.local");
  };
  local.say(Direction::to_client, header(0, 0x8400, {0, 3, 0, 0}) +
                                      record(wire_name("printer.local"), 16, 5,
                                             "\x03"
                                             "a=b\x01"
                                             "c") +
                                      record("\xc0\x0c", 1, 5, "\x0a\x00\x00\x01"s) +
                                      record("\xc0\x0c", 12, 5, "\xc0\x0c"));
  CHECK(local.events.oddities.empty());
  REQUIRE(local.events.records.size() == 1);
  CHECK(local.events.records[0].event_type == name);
  CHECK(local.record(0)[name] == nlohmann::json::parse(R"({"type":"response","id":0,"qr":true,
    "aa":true,"opcode":0,"rcode":"NOERROR","answers":[
    {"rrname":"printer.local","rrtype":"txt","ttl":5,"txt":["a=b","c"]},
    {"rrname":"printer.local","rrtype":"a","ttl":5,"a":"10.0.0.1"},
    {"rrname":"printer.local","rrtype":"ptr","ttl":5,"ptr":"printer.local"}]})"));
}

TEST_CASE("DNS is recognised by its content, on its port more generously") {
  struct Case {
    std::string name;
    bool tcp;
    std::uint16_t server_port, client_port;
    std::string bytes;
    Likeness likeness;
  };
  const auto broken = header(1, 0x0100, {1, 0, 0, 0}) + "\x03ww";
  const auto example = GENERATE_COPY(values<Case>({
      {"a query", false, 53, 40000, query(1, "a.test"), Likeness::yes},
      {"a query elsewhere", false, 9999, 40000, query(1, "a.test"), Likeness::yes},
      {"an answer first", false, 40000, 53, address_answer(1, "a.test"), Likeness::reversed},
      {"a broken query", false, 53, 40000, broken, Likeness::yes},
      {"a broken query elsewhere", false, 9999, 40000, broken, Likeness::no},
      {"SNMP on port 53", false, 53, 40000, "0@\x02\x01\x03\x30\x0f\x02\x03\x00\x91\xc8\x02\x02"s,
       Likeness::no},
      {"mDNS's port", false, 5353, 5353, query(1, "a.test"), Likeness::no},
      {"half a header", true, 53, 40000, framed(query(1, "a.test")).substr(0, 7), Likeness::maybe},
      {"a query in TCP", true, 53, 40000, framed(query(1, "a.test")), Likeness::yes},
      {"a query in TCP elsewhere", true, 8053, 40000, framed(query(1, "a.test")), Likeness::yes},
      {"HTTP on port 53", true, 53, 40000, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", Likeness::no},
  }));
  CAPTURE(example.name);
  const auto* spec = spec_of(Protocol::dns, example.tcp);
  CHECK(spec->probe({as_bytes(example.bytes), Direction::to_server, example.server_port,
                     example.client_port}) == example.likeness);
}

}  // namespace sekisho::tests
