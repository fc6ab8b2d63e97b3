#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "commands.h"
#include "config/scan/memory_file.h"
#include "config/scan/scan_message.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kPatience{60};

struct ScanOptions {
  std::vector<std::string> files;
  bool status = false;
};

/// A copy that nobody can change while it is judged. Of a file that is too large as much as shows
/// that.
FileDescriptor sealed_copy(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) throw CommandError(ExitCode::negative, path + ": " + std::strerror(errno));
  auto copy = scan::MemoryFile::create();
  if (!copy) throw CommandError(ExitCode::refused, copy.error().message);
  std::array<std::uint8_t, 65536> piece;
  while (copy->size() <= scan::kMaxFileBytes) {
    const auto got = read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw CommandError(ExitCode::negative, path + ": " + std::strerror(errno));
    if (got == 0) break;
    if (const auto s = copy->append(std::span(piece).first(static_cast<std::size_t>(got))); !s)
      throw CommandError(ExitCode::refused, s.error().message);
  }
  auto sealed = std::move(*copy).seal();
  if (!sealed) throw CommandError(ExitCode::refused, sealed.error().message);
  return *std::move(sealed);
}

json judge(Context& context, const std::string& path) {
  const auto copy = sealed_copy(path);
  const auto request = json::parse(
      scan::write_request({.operation = scan::ScanRequest::Operation::scan, .name = path}));
  json answer;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const auto failure = context.gateway->stream(
      Peer::scan, request, copy.get(),
      [&] { return context.host.stopped() || std::chrono::steady_clock::now() > until; },
      [&](const json& frame) {
        answer = frame;
        return false;
      });
  if (failure) throw CommandError(*failure);
  if (answer.is_null())
    throw CommandError(ExitCode::unreachable, "sekisho-scan did not answer in time");
  answer.erase("v");
  answer["file"] = path;
  return answer;
}

void print_answer(Context& context, const json& answer) {
  const View view(answer, "scan");
  const auto verdict = view.text("verdict");
  const auto style = verdict == "clean"      ? Style::good
                     : verdict == "infected" ? Style::bad
                                             : Style::warning;
  std::string line = printable(view.text("file")) + ": " + paint(verdict, style, context.colour);
  if (const auto threat = view.text_or_empty("threat"); !threat.empty())
    line += fmt::format(" {} ({})", threat, view.text("engine"));
  const bool is_scored = answer.contains("score");
  if (const auto reason = view.text_or_empty("reason"); !reason.empty() && !is_scored)
    line += fmt::format(" ({})", reason);
  fmt::print(context.out, "{}\n  {}, {}, {} ms{}\n  sha256 {}\n", line, view.text("type"),
             show_bytes(view.count("size")), view.text("took_ms"),
             view.flag("from_cache") ? ", known from before" : "", view.text("sha256"));
}

/// What machine learning says, and why.
void print_score(Context& context, const json& answer) {
  const View view(answer, "scan");
  if (!answer.contains("score")) return;
  const auto suspicion = view.text("suspicion");
  const auto style = suspicion == "none"     ? Style::good
                     : suspicion == "strong" ? Style::bad
                                             : Style::warning;
  fmt::print(context.out, "  machine learning: {:.1f} % harmful, suspicion {}\n",
             static_cast<double>(answer.value("score", 0)) / 10,
             paint(suspicion, style, context.colour));
  for (const auto& measure : answer.value("measures", json::array())) {
    const View said(measure, "scan");
    const auto value = measure.value("value", 0.0), share = measure.value("share", 0.0);
    fmt::print(context.out, "    {:<22} {:>8.3g}  +{:.2f}  {}\n", said.text("name"), value, share,
               said.text("meaning"));
  }
}

ExitCode print_status(Context& context) {
  auto status = ask(context, Peer::scan,
                    json::parse(scan::write_request(
                        {.operation = scan::ScanRequest::Operation::status, .name = {}})));
  if (context.json) {
    status.erase("v");
    print_json(context, status);
    return ExitCode::done;
  }
  const View view(status, "scan");
  const auto verdicts = view.object("verdicts");
  fmt::print(context.out, "clamd      {}\nown hashes {}\nmodel      {}\n", view.text("clamd"),
             show(view.count("own_hashes")),
             status.contains("model") ? view.text("model") : "none");
  fmt::print(context.out, "files      {}, {}; {} known from before\n", show(view.count("files")),
             show_bytes(view.count("bytes")), show(view.count("from_cache")));
  for (const auto* name : {"clean", "infected", "encrypted", "over_limits", "failed"})
    fmt::print(context.out, "  {:<11} {}\n", name, show(verdicts.count(name)));
  const auto suspected = view.object("suspected");
  fmt::print(context.out, "scored     {}; suspected {} strongly, {} fairly, {} weakly\n",
             show(view.count("scored")), show(suspected.count("strong")),
             show(suspected.count("fair")), show(suspected.count("weak")));
  fmt::print(context.out, "waiting    {}; {} refused, as too many waited\n",
             show(view.count("waiting")), show(view.count("refused")));
  return ExitCode::done;
}

ExitCode scan_all(Context& context, const ScanOptions& options) {
  if (options.status == !options.files.empty())
    throw CommandError(ExitCode::usage, "either files or --status must be given");
  if (options.status) return print_status(context);
  auto worst = ExitCode::done;
  json all = json::array();
  for (const auto& path : options.files) {
    auto answer = judge(context, path);
    const auto verdict = View(answer, "scan").text("verdict");
    if (verdict == "failed")
      worst = ExitCode::refused;
    else if (verdict != "clean" && worst == ExitCode::done)
      worst = ExitCode::negative;
    if (!context.json) {
      print_answer(context, answer);
      print_score(context, answer);
    }
    answer.erase("ok");
    all.push_back(std::move(answer));
  }
  if (context.json) print_json(context, {{"files", std::move(all)}});
  return worst;
}

Action declare_scan(Options& options) {
  const auto parsed = std::make_shared<ScanOptions>();
  options.operands("FILE", "to be judged as if it crossed the gateway", parsed->files, 0);
  options.flag("--status", "what the scanner did so far, and whether clamd runs", parsed->status);
  return [parsed](Context& context) { return scan_all(context, *parsed); };
}

}  // namespace

Command scan_file() {
  return {"scan",
          "have the gateway's scanner judge files; exit code 1: one is not clean",
          {{"sekisho scan suspicious.zip", "its verdict, type and hash"},
           {"sekisho scan --status", "verdicts so far, and whether clamd runs"}},
          declare_scan};
}

}  // namespace sekisho::tools::commands
