#include <algorithm>
#include <array>
#include <span>

#include "controlplane/uplink/diagnostics.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;
using Peer = DiagnosticPlan::Peer;

constexpr std::size_t kMaxArgumentBytes = std::size_t{80} << 10;
constexpr std::size_t kMaxTextBytes = 1'024;
constexpr std::size_t kMaxPemBytes = std::size_t{32} << 10;
constexpr int kMaxDepth = 4;
constexpr std::uint64_t kUnixSecondsMost = 253'402'300'799;  // the year 9999

/// An argument that an op may have.
struct Argument {
  enum class Type { text, number, text_or_number, object, pem };
  std::string_view name;
  Type type;
  std::uint64_t most = 0;  // of a number
};
using enum Argument::Type;

constexpr std::array<Argument, 0> kNone{};
constexpr std::array<Argument, 4> kFilter{{{"address", text},
                                           {"port", number, 65'535},
                                           {"protocol", text_or_number, 255},
                                           {"rule", number, 65'536}}};
constexpr std::array<Argument, 4> kFlows{
    {{"filter", object}, {"limit", number, 1'000}, {"sort", text}, {"group", text}}};
constexpr std::array<Argument, 11> kExplain{{{"source", text},
                                             {"destination", text},
                                             {"source_port", number, 65'535},
                                             {"destination_port", number, 65'535},
                                             {"protocol", text_or_number, 255},
                                             {"source_mac", text},
                                             {"from", text},
                                             {"application", text},
                                             {"icmp_type", number, 255},
                                             {"icmp_code", number, 255},
                                             {"time", number, kUnixSecondsMost}}};
constexpr std::array<Argument, 1> kPolicy{{{"serial", number, 4'294'967'295}}};
constexpr std::array<Argument, 1> kLog{{{"process", text}}};
constexpr std::array<Argument, 5> kCapture{{{"filter", text},
                                            {"snaplen", number, 262'144},
                                            {"packets", number, 1'000'000},
                                            {"seconds", number, kMaxCaptureSeconds},
                                            {"bytes", number, kMaxCaptureBytes}}};

constexpr std::array<Argument, 3> kNewAuthority{
    {{"organization", text}, {"common_name", text}, {"key_type", text}}};
constexpr std::array<Argument, 2> kOwnAuthority{{{"certificate", pem}, {"key", pem}}};
constexpr std::array<Argument, 1> kBypassList{{{"limit", number, kMaxBypassesListed}}};
constexpr std::array<Argument, 2> kBypass{{{"client", text}, {"host", text}}};

struct Op {
  std::string_view name;
  std::string_view asks;  // the socket's name of it
  Peer peer;
  std::span<const Argument> arguments;
};
const std::array<Op, 13> kOps{
    {{"status", "status", Peer::both, kNone},
     {"ports", "ports", Peer::dataplane, kNone},
     {"counters", "counters", Peer::dataplane, kNone},
     {"flows", "flows", Peer::dataplane, kFlows},
     {"explain", "explain", Peer::dataplane, kExplain},
     {"policy", "policy.show", Peer::control, kPolicy},
     {"log", "log", Peer::control, kLog},
     {"capture", "capture", Peer::dataplane, kCapture},
     {"ca.regenerate", "ca.regenerate", Peer::control, kNewAuthority},
     {"ca.import", "ca.import", Peer::control, kOwnAuthority},
     {"tls.bypasses.list", "tls.bypasses.list", Peer::dataplane, kBypassList},
     {"tls.bypasses.remove", "tls.bypasses.remove", Peer::dataplane, kBypass},
     {"tls.bypasses.clear", "tls.bypasses.clear", Peer::dataplane, kNone}}};

Error wrong(std::string why) { return {Error::Code::invalid_input, std::move(why)}; }

bool is_text(const json& value, std::size_t most = kMaxTextBytes) {
  return value.is_string() && value.get_ref<const std::string&>().size() <= most;
}

bool is_number(const json& value, std::uint64_t most) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= most;
}

Status check(const json& given, std::span<const Argument> known, std::string_view op);

Status check_one(const std::string& name, const json& value, const Argument& argument) {
  const std::string range = "a whole number from 0 to " + std::to_string(argument.most);
  switch (argument.type) {
    case text:
      return is_text(value) ? ok() : Status(wrong("'" + name + "' must be text"));
    case number:
      return is_number(value, argument.most) ? ok()
                                             : Status(wrong("'" + name + "' must be " + range));
    case text_or_number:
      return is_text(value) || is_number(value, argument.most)
                 ? ok()
                 : Status(wrong("'" + name + "' must be text or " + range));
    case object:
      return check(value, kFilter, name);
    case pem:
      return is_text(value, kMaxPemBytes)
                 ? ok()
                 : Status(wrong("'" + name + "' must be text of at most 32 KiB"));
  }
  return wrong("'" + name + "' is unknown");
}

Status check(const json& given, std::span<const Argument> known, std::string_view op) {
  if (!given.is_object()) return wrong(std::string(op) + ": its arguments are no JSON object");
  for (const auto& [name, value] : given.items()) {
    const std::string& wanted = name;  // clang 14 lets no lambda see a structured binding
    const auto argument = std::find_if(known.begin(), known.end(),
                                       [&](const Argument& a) { return a.name == wanted; });
    if (argument == known.end()) return wrong(std::string(op) + " has no argument '" + name + "'");
    if (auto checked = check_one(name, value, *argument); !checked)
      return std::move(checked).error().within(op);
  }
  return ok();
}

Result<json> parse_arguments(std::string_view text) {
  if (text.empty()) return json::object();
  if (text.size() > kMaxArgumentBytes)
    return wrong("the arguments have more than " + std::to_string(kMaxArgumentBytes) + " bytes");
  bool too_deep = false;
  json parsed = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        return !(too_deep = too_deep || depth > kMaxDepth);
      },
      false);
  if (too_deep || parsed.is_discarded()) return wrong("the arguments are not JSON");
  return parsed;
}

void bound_capture(DiagnosticPlan& plan) {
  constexpr std::uint64_t kDefaultSeconds = 10;
  constexpr std::chrono::milliseconds kMore{10'000};
  plan.is_capture = true;
  json& request = plan.request;
  if (!request.contains("filter")) request["filter"] = "";
  if (!request.contains("seconds")) request["seconds"] = kDefaultSeconds;
  if (!request.contains("bytes")) request["bytes"] = kMaxCaptureBytes;
  plan.timeout = std::chrono::seconds(request["seconds"].get<std::uint64_t>()) + kMore;
}

}  // namespace

Result<DiagnosticPlan> plan_diagnostic(std::string_view op, std::string_view arguments_json) {
  const auto known =
      std::find_if(kOps.begin(), kOps.end(), [&](const Op& o) { return o.name == op; });
  if (known == kOps.end()) return wrong("no diagnostic '" + std::string(op) + "'");
  auto arguments = parse_arguments(arguments_json);
  if (!arguments) return std::move(arguments).error();
  if (auto checked = check(*arguments, known->arguments, op); !checked)
    return std::move(checked).error();
  DiagnosticPlan plan;
  plan.peer = known->peer;
  plan.request = std::move(*arguments);
  if (op == "log") {
    const auto process = plan.request.value("process", "control");
    if (process != "control" && process != "dataplane")
      return wrong("log: 'process' must be control or dataplane");
    if (process == "dataplane") plan.peer = Peer::dataplane;
    plan.request.erase("process");
  }
  // All of them may be more than an answer holds.
  if (op == "tls.bypasses.list" && !plan.request.contains("limit"))
    plan.request["limit"] = kMaxBypassesListed;
  plan.request["op"] = known->asks;
  if (op == "capture") bound_capture(plan);
  return plan;
}

}  // namespace sekisho::controlplane
