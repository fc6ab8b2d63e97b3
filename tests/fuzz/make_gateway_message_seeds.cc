// Writes the seed corpus of fuzz_gateway_messages: make_gateway_message_seeds FOLDER
#include <zlib.h>

#include <fstream>
#include <iostream>
#include <string>

#include "controlplane/proto/gateway_link.pb.h"

namespace {

using sekisho::link::v1::FromGateway;

void write(const std::string& folder, const std::string& name, const FromGateway& message) {
  std::ofstream(folder + "/" + name, std::ios::binary) << message.SerializeAsString();
}

FromGateway events(const std::string& text, unsigned lines) {
  std::string packed(compressBound(static_cast<uLong>(text.size())), '\0');
  auto length = static_cast<uLongf>(packed.size());
  // Stored, not compressed: the fuzzer can change the lines in place.
  compress2(reinterpret_cast<Bytef*>(packed.data()), &length,
            reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()),
            Z_NO_COMPRESSION);
  packed.resize(length);
  FromGateway message;
  auto& batch = *message.mutable_events();
  batch.set_epoch("e1");
  batch.set_first_sequence(1);
  batch.set_lines(lines);
  batch.set_raw_bytes(static_cast<unsigned>(text.size()));
  batch.set_zlib(packed);
  return message;
}

FromGateway hello() {
  FromGateway message;
  auto& said = *message.mutable_hello();
  said.set_software_version("1.2.3");
  said.set_spool_epoch("0123456789abcdef0123456789abcdef");
  said.set_spool_next_sequence(7);
  said.mutable_policy()->set_version_in_force(3);
  auto& port = *said.mutable_status()->add_ports();
  port.set_name("lan0");
  port.set_side("lan");
  return message;
}

FromGateway refusal() {
  FromGateway message;
  auto& report = *message.mutable_policy();
  report.set_version(4);
  report.set_state(sekisho::link::v1::POLICY_STATE_REFUSED);
  report.set_reason_code("invalid_policy");
  report.set_reason("rule 3: no such zone");
  report.add_mistakes()->set_message("no such zone");
  return message;
}

FromGateway reputation() {
  FromGateway message;
  auto& query = *message.mutable_reputation();
  query.set_id(9);
  query.add_prefixes(0x73d986e0);
  query.add_prefixes(0);
  return message;
}

FromGateway content() {
  FromGateway message;
  auto& report = *message.mutable_content();
  report.set_version_in_force(3);
  report.set_version(4);
  report.set_state(sekisho::link::v1::CONTENT_STATE_REFUSED);
  report.set_reason_code("compiler");
  report.set_reason("the rules have more than 128 MiB");
  report.set_digest(std::string(64, 'a'));
  auto& pack = *report.add_packs();
  pack.set_name("et-open");
  pack.set_version(7);
  pack.set_rules(30'000);
  pack.set_refused(4);
  return message;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_gateway_message_seeds FOLDER\n";
    return 1;
  }
  const std::string folder = argv[1];
  const std::string line =
      R"({"timestamp":"2026-11-21T09:30:00.123456+0900","event_type":"policy",)"
      R"("src_ip":"192.0.2.1","src_port":1234,"dest_ip":"2001:db8::7","dest_port":443,)"
      R"("proto":"TCP","app":{"name":"tls"},"policy":{"name":"web","bundle_version":1,)"
      R"("action":"block"}})";
  write(folder, "hello", hello());
  write(folder, "refusal", refusal());
  write(folder, "content", content());
  write(folder, "reputation", reputation());
  write(folder, "events", events(line + "\n" + line + "\n", 2));
  write(folder, "no_json", events("nonsense\n\n{}\n", 3));
  FromGateway diagnostic;
  diagnostic.mutable_diagnostic()->set_id("1");
  diagnostic.mutable_diagnostic()->set_json(R"({"error":{"message":"no"}})");
  diagnostic.mutable_diagnostic()->set_last(true);
  write(folder, "diagnostic", diagnostic);
  FromGateway pinned;
  pinned.mutable_key_pinned()->set_sequence(2);
  write(folder, "key_pinned", pinned);
  return 0;
}
