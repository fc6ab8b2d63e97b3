#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "../diagnose.h"
#include "commands.h"
#include "config/base/message_socket.h"
#include "config/snapshot/snapshot.h"
#include "tools/sekisho/eve_line.h"
#include "tools/sekisho/event_tail.h"
#include "tools/sekisho/mask.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/run_program.h"
#include "tools/sekisho/tar_gz.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::size_t kEvents = 2000;                          // the last ones
constexpr std::uint64_t kLogBytes = std::uint64_t{256} << 10;  // of each log file, from its end
constexpr std::uint64_t kFlows = 500;                          // the biggest
constexpr std::string_view kFolder = "sekisho-support/";
constexpr std::string_view kBoxFile = "/etc/sekisho/box.yaml";
constexpr std::string_view kUnit = "sekisho.service";
constexpr std::chrono::seconds kJournalTime{5};

/// Collects files; everything passes the mask on its way in, there is no other way in.
class Bundle {
 public:
  explicit Bundle(std::time_t now) : archive_(now) {}

  void add_json(const std::string& name, const json& value) {
    put(name, mask_json(value).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  }
  void add_text(const std::string& name, std::string_view text) { put(name, mask_text(text)); }
  void miss(const std::string& name, const std::string& why) {
    missing_.push_back({{"name", name}, {"why", mask_text(why)}});
  }
  void add_answer(const std::string& name, const Answer& answer) {
    if (const auto* failure = std::get_if<Failure>(&answer)) return miss(name, failure->message);
    add_json(name, std::get<json>(answer));
  }

  std::size_t size() const { return files_.size(); }
  const json& missing() const { return missing_; }

  std::string finish(std::time_t now) {
    add_json("manifest.json", {{"created_at", now},
                               {"created", show_time(now)},
                               {"files", files_},
                               {"missing", missing_}});
    auto packed = archive_.finish();
    if (!packed) throw CommandError(ExitCode::refused, packed.error().message);
    return *std::move(packed);
  }

 private:
  void put(const std::string& name, const std::string& content) {
    if (const auto added = archive_.add(std::string(kFolder) + name, content); !added)
      return miss(name, added.error().message);
    files_.push_back(name);
  }

  TarGz archive_;
  json files_ = json::array();
  json missing_ = json::array();
};

std::string sha256_of(std::string_view text) {
  return snapshot::sha256_hex(std::as_bytes(std::span(text.data(), text.size())));
}

/// The end of a file, from the beginning of a line.
std::optional<std::string> read_end(const std::filesystem::path& path, std::uint64_t most) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  const auto begin = size > most ? size - most : 0;
  file.seekg(static_cast<std::streamoff>(begin));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (begin > 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

void add_policy(Context& context, Bundle& bundle, json& digests) {
  const auto answer =
      context.gateway->request(Peer::control, {{"op", "policy.show"}}, std::chrono::seconds(10));
  if (const auto* failure = std::get_if<Failure>(&answer)) {
    bundle.miss("policy/current.yaml", failure->message);
    return;
  }
  const auto& reply = std::get<json>(answer);
  const auto yaml = reply.find("yaml");
  if (yaml == reply.end() || !yaml->is_string()) {
    bundle.miss("policy/current.yaml", "the gateway's reply has no yaml");
    return;
  }
  const auto& text = yaml->get_ref<const std::string&>();
  digests["policy_sha256"] = sha256_of(text);
  bundle.add_text("policy/current.yaml", text);
  if (const auto meta = reply.find("meta"); meta != reply.end())
    bundle.add_json("policy/meta.json", *meta);
}

void add_events(Bundle& bundle, const std::filesystem::path& file) {
  EventTail tail(file);
  const auto lines = tail.last(kEvents, [](std::string_view) { return true; });
  if (!lines) return bundle.miss("events/eve.json", lines.error().message);
  std::string masked;
  for (const auto& line : *lines)
    if (const auto event = parse_eve(line))
      masked += mask_json(*event).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  bundle.add_text("events/eve.json", masked);
}

void add_logs(Bundle& bundle, const std::filesystem::path& folder) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
    if (entry.path().extension() != ".log" || !entry.is_regular_file(problem)) continue;
    const auto name = "log-files/" + entry.path().filename().string();
    if (const auto text = read_end(entry.path(), kLogBytes))
      bundle.add_text(name, *text);
    else
      bundle.miss(name, std::strerror(errno));
  }
  if (problem) bundle.miss("log-files", folder.string() + ": " + problem.message());
}

/// Events and logs lie side by side; sekisho-control knows where.
void add_log_folder(Bundle& bundle, const Answer& status) {
  const auto* reply = std::get_if<json>(&status);
  if (reply == nullptr) return bundle.miss("events", "sekisho-control does not say where they are");
  const std::filesystem::path file = View(*reply, "status").object("events").text_or_empty("file");
  if (file.empty()) return bundle.miss("events", "sekisho-control writes none to a file");
  add_events(bundle, file);
  add_logs(bundle, file.parent_path());
}

/// The last lines that a process wrote to its own log, which it keeps in memory.
void add_process_log(Context& context, Bundle& bundle, Peer peer) {
  const auto name = fmt::format("logs/{}.log", name_of(peer));
  const auto answer = context.gateway->request(peer, {{"op", "log"}}, std::chrono::seconds(10));
  if (const auto* failure = std::get_if<Failure>(&answer))
    return bundle.miss(name, failure->message);
  std::string text;
  const auto& reply = std::get<json>(answer);
  if (const auto lines = reply.find("lines"); lines != reply.end() && lines->is_array())
    for (const auto& line : *lines)
      if (line.is_string()) text += line.get_ref<const std::string&>() + "\n";
  bundle.add_text(name, text);
}

/// What the system's journal has of the gateway, also of processes that are down.
void add_journal(Bundle& bundle) {
  const std::string name = "logs/journal.log";
  const auto text = run_program({"journalctl", "--unit", std::string(kUnit), "--lines", "1000",
                                 "--output", "short-iso", "--no-pager", "--quiet"},
                                kJournalTime, kLogBytes);
  if (!text) return bundle.miss(name, text.error().message);
  if (text->empty()) return bundle.miss(name, fmt::format("the journal has nothing of {}", kUnit));
  bundle.add_text(name, *text);
}

/// The box file that the gateway was started with, when a process of it answers.
std::string running_box_file(const Answer& control, const Answer& dataplane) {
  for (const auto* answer : {&control, &dataplane})
    if (const auto* reply = std::get_if<json>(answer))
      if (auto file = View(*reply, "status").text_or_empty("box_file"); !file.empty()) return file;
  return std::string(kBoxFile);
}

/// Asks everything and returns the box file that the gateway uses.
std::string add_gateway(Context& context, Bundle& bundle) {
  auto& gateway = *context.gateway;
  constexpr std::chrono::seconds kTimeout{10};
  const auto control = gateway.request(Peer::control, {{"op", "status"}}, kTimeout);
  bundle.add_answer("control-status.json", control);
  const auto dataplane = gateway.request(Peer::dataplane, {{"op", "status"}}, kTimeout);
  bundle.add_answer("dataplane-status.json", dataplane);
  const struct {
    const char* name;
    Peer peer;
    json request;
  } questions[] = {
      {"counters.json", Peer::dataplane, {{"op", "counters"}}},
      {"flows.json", Peer::dataplane, {{"op", "flows"}, {"limit", kFlows}}},
      {"policy/hits.json", Peer::dataplane, {{"op", "policy.hits"}}},
      {"policy/history.json", Peer::control, {{"op", "policy.history"}}},
  };
  for (const auto& question : questions)
    bundle.add_answer(question.name, gateway.request(question.peer, question.request, kTimeout));
  add_process_log(context, bundle, Peer::control);
  add_process_log(context, bundle, Peer::dataplane);
  add_journal(bundle);
  add_log_folder(bundle, control);
  return running_box_file(control, dataplane);
}

void add_box(Context& context, Bundle& bundle, const std::string& box_file, json& digests) {
  if (const auto box = read_end(box_file, kLogBytes)) {
    digests["box_sha256"] = sha256_of(*box);
    bundle.add_text("box.yaml", *box);
  } else {
    bundle.miss("box.yaml", box_file + ": " + std::strerror(errno));
  }
  if (const auto children = read_end(context.run_dir + "/supervisor.json", kLogBytes))
    bundle.add_text("supervisor.json", *children);
  else
    bundle.miss("supervisor.json", context.run_dir + "/supervisor.json: " + std::strerror(errno));
  Findings findings = diagnose_interfaces(context);
  for (auto& more : {diagnose_dns(context, ""), diagnose_time(), diagnose_disk(context),
                     diagnose_memory(context), diagnose_cores(context)})
    findings.insert(findings.end(), more.begin(), more.end());
  bundle.add_json("diag.json", {{"findings", to_json(findings)}});
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  bundle.add_json("version.json", {{"sekisho", SEKISHO_VERSION}, {"host", host.data()}});
}

void write_file(Context& context, const std::string& path, const std::string& content) {
  if (path == "-") {
    context.out << content;
    return;
  }
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  std::size_t done = 0;
  while (file.valid() && done < content.size()) {
    const ssize_t wrote = write(file.get(), content.data() + done, content.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) break;
    done += static_cast<std::size_t>(wrote);
  }
  if (done < content.size())
    throw CommandError(ExitCode::refused, fmt::format("{}: {}", path, std::strerror(errno)));
}

std::string default_name(std::time_t now) {
  std::string stamp = show_time(now);
  for (auto& c : stamp)
    if (c == ' ' || c == ':') c = '-';
  return "sekisho-support-" + stamp + ".tar.gz";
}

struct BundleOptions {
  std::string output;
  std::string box_file;
};

ExitCode make_bundle(Context& context, const BundleOptions& options) {
  if (options.output == "-") context.json = false;  // standard output is the archive
  const auto now = std::time(nullptr);
  const auto path = options.output.empty() ? default_name(now) : options.output;
  Bundle bundle(now);
  json digests = json::object();
  const auto running = add_gateway(context, bundle);
  add_policy(context, bundle, digests);
  add_box(context, bundle, options.box_file.empty() ? running : options.box_file, digests);
  bundle.add_json("digests.json", digests);
  const auto num_files = bundle.size() + 1;
  const auto content = bundle.finish(now);
  write_file(context, path, content);
  if (path == "-") return ExitCode::done;
  if (context.json) {
    print_json(context, {{"file", path},
                         {"bytes", content.size()},
                         {"files", num_files},
                         {"missing", bundle.missing()}});
    return ExitCode::done;
  }
  for (const auto& miss : bundle.missing())
    fmt::print(context.err, "without {}: {}\n", miss.at("name").get<std::string>(),
               miss.at("why").get<std::string>());
  fmt::print(context.out, "{}: {} files, {}; secrets are masked\n", path, num_files,
             show_bytes(content.size()));
  return ExitCode::done;
}

Action declare_support_bundle(Options& options) {
  const auto parsed = std::make_shared<BundleOptions>();
  options.text("-o,--output", "FILE",
               "the .tar.gz to write (default: named by the time); - is "
               "standard output",
               parsed->output);
  options.text("--box", "FILE",
               "the box file (default: the running gateway's, else /etc/sekisho/box.yaml)",
               parsed->box_file);
  return [parsed](Context& context) { return make_bundle(context, *parsed); };
}

}  // namespace

Command support_bundle() {
  return {"support-bundle",
          "all that support needs in one archive, secrets masked",
          {{"sekisho support-bundle", "in the current folder"},
           {"sekisho support-bundle --output - | tar tzv", "what would be in it"}},
          declare_support_bundle};
}

}  // namespace sekisho::tools::commands
