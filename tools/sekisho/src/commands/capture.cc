#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../output_file.h"
#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::uint64_t kDefaultSeconds = 60;

struct CaptureOptions {
  std::vector<std::string> filter;
  std::string file;
  std::optional<std::uint64_t> seconds;
  std::optional<std::uint64_t> packets;
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> snaplen;
};

json request_of(const CaptureOptions& options) {
  std::string filter;
  for (const auto& word : options.filter) filter += (filter.empty() ? "" : " ") + word;
  json request{{"op", "capture"}, {"filter", filter}};
  request["seconds"] = options.seconds.value_or(kDefaultSeconds);
  if (options.packets) request["packets"] = *options.packets;
  if (options.bytes) request["bytes"] = *options.bytes;
  if (options.snaplen) request["snaplen"] = *options.snaplen;
  return request;
}

void print_summary(Context& context, const CaptureOptions& options, const json& reply) {
  const View view(reply, "capture");
  // With the packets on standard output the summary must not mix with them.
  auto& out = options.file == "-" ? context.err : context.out;
  if (context.json)
    print_json(context, reply);
  else
    fmt::print(out, "{} packets, {} in {}, {} lost\n", show(view.count("packets")),
               show_bytes(view.count("file_bytes")),
               options.file == "-" ? "standard output" : options.file, show(view.count("dropped")));
}

ExitCode capture_packets(Context& context, const CaptureOptions& options) {
  if (options.file == "-") context.json = false;  // standard output is the capture
  const auto request = request_of(options);
  const auto file = open_output(options.file);
  std::optional<json> summary;
  const auto failure = context.gateway->stream(Peer::dataplane, request, file.get(),
                                               context.host.stopped, [&](const json& reply) {
                                                 summary = reply;
                                                 return false;
                                               });
  if (failure) {
    remove_if_empty(options.file, file.get());
    throw CommandError(*failure);
  }
  if (summary)
    print_summary(context, options, *summary);
  else
    fmt::print(context.err, "stopped; what was captured until now is in {}\n", options.file);
  return ExitCode::done;
}

Action declare_capture(Options& options) {
  const auto parsed = std::make_shared<CaptureOptions>();
  options.operands("FILTER", "pcap filter expression (default: every packet)", parsed->filter, 0);
  options.required_text("-w,--write", "FILE", "pcap file to write; - is standard output",
                        parsed->file);
  options.number("--seconds", "end after so long (default 60)", parsed->seconds, 1, 86'400);
  options.number("--packets", "end after so many", parsed->packets, 1, 1'000'000'000);
  options.number("--bytes", "end when the file has this size", parsed->bytes, 1,
                 std::uint64_t{1} << 40);
  options.number("--snaplen", "bytes to keep of each packet", parsed->snaplen, 14, 262'144);
  return [parsed](Context& context) { return capture_packets(context, *parsed); };
}

}  // namespace

Command capture() {
  return {"capture",
          "write packets to a pcap file",
          {{"sekisho capture host 192.168.1.20 and port 443 --write host.pcap", "one host's HTTPS"},
           {"sekisho capture --write all.pcap --seconds 10 --snaplen 96", "headers of everything"},
           {"sekisho capture udp --write - | tcpdump -nr -", "look at them at once"}},
          declare_capture};
}

}  // namespace sekisho::tools::commands
