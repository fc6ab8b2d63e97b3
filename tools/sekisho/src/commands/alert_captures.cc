#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../output_file.h"
#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

std::string end_of(const View& capture, const std::string& end) {
  const auto port = capture.count_or_zero(end + "_port");
  return show_endpoint(capture.text(end), port == 0 ? std::nullopt : std::optional(port));
}

ExitCode print_list(Context& context) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "alert_captures.list"}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  using Align = Column::Align;
  Table table({{"CAPTURE"},
               {"TIME"},
               {"CLIENT"},
               {"SERVER"},
               {"PACKETS", Align::right},
               {"LOST", Align::right},
               {"ENDED BY"},
               {"RULE", Align::left, true}});
  const View reply(answer, "alert_captures.list");
  const auto captures = reply.list("captures");
  for (const auto& capture : captures)
    table.add({capture.text("name"), capture.when("time"), end_of(capture, "client"),
               end_of(capture, "server"), show(capture.count("packets")),
               show(capture.count("lost")), capture.has("ended") ? capture.text("ended") : "runs",
               capture.text("message")});
  context.out << table.render(context.width, context.colour);
  fmt::print(context.out, "{} captures, {} of at most {}\n", captures.size(),
             show_bytes(reply.count("bytes")), show_bytes(reply.count("capacity_bytes")));
  return ExitCode::done;
}

ExitCode export_one(Context& context, const std::string& name, const std::string& path) {
  if (path == "-") context.json = false;  // standard output is the capture
  const auto file = open_output(path);
  std::optional<json> summary;
  const json request{{"op", "alert_captures.export"}, {"name", name}};
  const auto failure = context.gateway->stream(Peer::dataplane, request, file.get(),
                                               context.host.stopped, [&](const json& reply) {
                                                 summary = reply;
                                                 return false;
                                               });
  if (failure) {
    remove_if_empty(path, file.get());
    throw CommandError(*failure);
  }
  if (summary && context.json) print_json(context, *summary);
  if (summary && !context.json && path != "-")
    fmt::print(context.out, "{} in {}\n", show_bytes(View(*summary, "export").count("bytes")),
               path);
  return ExitCode::done;
}

ExitCode remove(Context& context, const std::string& name, bool all) {
  if (all == !name.empty())
    throw CommandError(ExitCode::usage, "either CAPTURE or --all must be given");
  json request{{"op", "alert_captures.remove"}};
  if (all)
    request["all"] = true;
  else
    request["name"] = name;
  const auto answer = ask(context, Peer::dataplane, request);
  if (context.json)
    print_json(context, answer);
  else
    fmt::print(context.out, "{} removed\n", show(View(answer, "remove").count("removed")));
  return ExitCode::done;
}

Action declare_list(Options&) { return print_list; }

Action declare_export(Options& options) {
  const auto name = std::make_shared<std::string>();
  const auto path = std::make_shared<std::string>();
  options.operand("CAPTURE", "as `sekisho alert-captures list` shows it", *name, true);
  options.required_text("-w,--write", "FILE", "pcap file to write; - is standard output", *path);
  return [name, path](Context& context) { return export_one(context, *name, *path); };
}

Action declare_remove(Options& options) {
  const auto name = std::make_shared<std::string>();
  const auto all = std::make_shared<bool>(false);
  options.operand("CAPTURE", "as `sekisho alert-captures list` shows it", *name, false);
  options.flag("--all", "every capture that has ended", *all);
  return [name, all](Context& context) { return remove(context, *name, *all); };
}

}  // namespace

Command alert_captures_list() {
  return {"alert-captures list",
          "what was captured around alerts, where a profile says so",
          {{"sekisho alert-captures list", "the oldest first"}},
          declare_list};
}

Command alert_captures_export() {
  return {
      "alert-captures export",
      "write a capture around an alert to a pcap file",
      {{"sekisho alert-captures export CAPTURE --write alert.pcap",
        "CAPTURE is what the alert's record has as capture_file"},
       {"sekisho alert-captures export CAPTURE --write - | tcpdump -nr -", "look at it at once"}},
      declare_export};
}

Command alert_captures_remove() {
  return {"alert-captures remove",
          "remove captures around alerts before newer ones displace them",
          {{"sekisho alert-captures remove CAPTURE", "one capture"},
           {"sekisho alert-captures remove --all", "every one that has ended"}},
          declare_remove};
}

}  // namespace sekisho::tools::commands
