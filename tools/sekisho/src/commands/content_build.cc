#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "commands.h"
#include "config/base/message_socket.h"
#include "engines/reputation/reputation_database.h"
#include "engines/url/url_database.h"
#include "rules/feeds/ratings.h"
#include "rules/urls/categories.h"
#include "rules/urls/import.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kShownRefused = 20;

struct BuildOptions {
  std::vector<std::string> urls;
  std::vector<std::string> more_urls;
  std::string map;
  std::vector<std::string> reputation;
  std::optional<std::uint64_t> score;
  std::string category;
  std::string output;
};

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

rules::CategoryMap read_map(const std::string& path) {
  if (path.empty()) return {};
  auto map = rules::CategoryMap::parse(read_all(path), path);
  if (!map) throw CommandError(ExitCode::negative, map.error().message);
  return *std::move(map);
}

/// "gambling=hosts.txt": what stands in front of '=' must be a category, unless a file has that
/// name.
void import_operand(const std::string& operand, const rules::CategoryMap& map, rules::UrlList& list,
                    rules::ImportReport& report) {
  std::vector<std::uint16_t> categories;
  auto path = operand;
  const auto equal = operand.find('=');
  if (equal != operand.npos && operand.substr(0, equal).find('/') == operand.npos) {
    const auto name = operand.substr(0, equal);
    const auto* category = rules::find_url_category(name);
    if (category == nullptr)
      throw CommandError(ExitCode::usage,
                         fmt::format("--urls {}: no category is called {}", operand, name));
    categories.push_back(category->id);
    path = operand.substr(equal + 1);
  }
  const auto status = rules::import_urls(path, categories, map, list, report);
  if (!status) throw CommandError(ExitCode::negative, status.error().message);
}

/// Whoever has the former file mapped keeps it: the new one takes its name when it is whole.
void write_file(const std::string& path, std::span<const std::byte> content) {
  const auto draft = path + ".new";
  const auto fail = [&draft] {
    const auto why = fmt::format("{}: {}", draft, std::strerror(errno));
    ::unlink(draft.c_str());
    throw CommandError(ExitCode::refused, why);
  };
  const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) fail();
  while (!content.empty()) {
    const auto written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail();
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0 || ::rename(draft.c_str(), path.c_str()) != 0) fail();
}

json to_json(const rules::ImportReport& report) {
  json refused = json::array();
  for (const auto& one : report.refused)
    refused.push_back({{"file", one.file}, {"line", one.line}, {"message", one.why}});
  return {{"lines_taken", report.num_taken},
          {"lines_refused", report.num_refused},
          {"reasons", report.reasons},
          {"refused", std::move(refused)},
          {"left_out", report.left_out}};
}

void print_refused(Context& context, const rules::ImportReport& report) {
  for (std::size_t i = 0; i < std::min(report.refused.size(), kShownRefused); ++i) {
    const auto& one = report.refused[i];
    fmt::print(context.err, "{}:{}: {}\n", one.file, one.line, printable(one.why));
  }
  if (report.num_refused > kShownRefused)
    fmt::print(context.err, "… {} more; --json tells up to {}\n",
               report.num_refused - kShownRefused, rules::ImportReport::kMaxTold);
  for (const auto& [why, count] : report.reasons)
    fmt::print(context.err, "refused: {} lines: {}\n", count, why);
  for (const auto& name : report.left_out)
    fmt::print(context.err, "left out: {}: no line in the map says what it is here\n", name);
}

/// Feeds as they are published, one after the other; of an expression in several the worst score.
ExitCode build_reputation(Context& context, const BuildOptions& options) {
  if (!options.urls.empty() || !options.more_urls.empty())
    throw CommandError(ExitCode::usage, "--urls and --reputation make two files");
  rules::Reputation fallback{.score = static_cast<std::uint8_t>(options.score.value_or(0)),
                             .category = 0};
  if (!options.category.empty()) {
    const auto* category = rules::find_url_category(options.category);
    if (category == nullptr)
      throw CommandError(ExitCode::usage,
                         fmt::format("no category is called {}", options.category));
    fallback.category = category->id;
  }
  std::vector<engines::reputation::DatabaseEntry> entries;
  std::size_t refused = 0;
  for (const auto& path : options.reputation) {
    const auto feed = rules::read_feed(read_all(path), rules::FeedFormat::automatic);
    if (!feed) throw CommandError(ExitCode::negative, path + ": " + feed.error().message);
    const auto rated = rules::ratings_of(*feed, fallback);
    for (const auto& one : rated.ratings) {
      const std::string_view text = one.expression;
      const auto slash = std::min(text.find('/'), text.size());
      const auto hash = rules::hash_of({text.substr(0, slash), text.substr(slash)});
      entries.push_back({engines::reputation::key_of(hash), one.reputation});
    }
    for (const auto* mistakes : {&feed->mistakes, &rated.mistakes})
      for (const auto& mistake : *mistakes)
        fmt::print(context.err, "{}: {}: {}\n", path, printable(mistake.place),
                   printable(mistake.message));
    refused += feed->num_refused + rated.num_refused;
  }
  if (entries.empty()) throw CommandError(ExitCode::negative, "no entry could be taken");
  const auto file = engines::reputation::compile_database(std::move(entries));
  if (!file) throw CommandError(ExitCode::refused, file.error().message);
  write_file(options.output, *file);
  const auto built = engines::reputation::ReputationDatabase::load(*file);
  const auto count = built ? built->size() : 0;
  if (context.json)
    print_json(context, {{"entries", count}, {"bytes", file->size()}, {"refused", refused}});
  else
    fmt::print(context.out, "{}: {} rated hosts and paths, {}; {} refused\n", options.output,
               show(count), show_bytes(file->size()), show(refused));
  return ExitCode::done;
}

ExitCode build(Context& context, const BuildOptions& options) {
  if (!options.reputation.empty()) return build_reputation(context, options);
  auto sources = options.urls;
  sources.insert(sources.end(), options.more_urls.begin(), options.more_urls.end());
  if (sources.empty())
    throw CommandError(ExitCode::usage, "no --urls and no --reputation was given");
  const auto start = Clock::now();
  rules::UrlList list;
  rules::ImportReport report;
  const auto map = read_map(options.map);
  for (const auto& source : sources) import_operand(source, map, list, report);
  if (list.size() == 0) {
    print_refused(context, report);
    throw CommandError(ExitCode::negative, "no line could be taken");
  }
  const auto built = engines::url::compile(list);
  if (!built) throw CommandError(ExitCode::refused, built.error().message);
  write_file(options.output, built->file);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double each =
      static_cast<double>(built->file.size()) / static_cast<double>(built->num_entries);
  if (context.json) {
    auto answer = to_json(report);
    answer.update({{"entries", built->num_entries},
                   {"bytes", built->file.size()},
                   {"bytes_per_entry", each},
                   {"seconds", seconds}});
    print_json(context, std::move(answer));
    return ExitCode::done;
  }
  print_refused(context, report);
  fmt::print(context.out,
             "{}: {} entries, {} ({:.1f} bytes each), {:.1f} s; {} lines taken, {} refused\n",
             options.output, show(built->num_entries), show_bytes(built->file.size()), each,
             seconds, show(report.num_taken), show(report.num_refused));
  return ExitCode::done;
}

Action declare_content_build(Options& options) {
  const auto parsed = std::make_shared<BuildOptions>();
  options.list("--urls", "[CATEGORY=]PATH",
               "lists of hosts and URLs: a folder of UT1 (folders with domains and urls), of "
               "domain-list-community (data/) or with files *.urls; or one file: plain hosts, "
               "URLs, lines of hosts files, [category] lines. CATEGORY: of lines that no "
               "[category] stands before",
               parsed->urls);
  options.operands("PATH", "more of --urls", parsed->more_urls, 0);
  options.text("--map", "FILE",
               "lines \"name of theirs = category of ours, ...\" or \"= -\" (left out) that stand "
               "before those shipped",
               parsed->map);
  options.list("--reputation", "FILE",
               "makes the reputation database instead: feeds as they are published (plain lists, "
               "hosts files, CSV, MISP, STIX)",
               parsed->reputation);
  options.number("--score",
                 "of entries of --reputation that have none: 0, dangerous (default), to 100",
                 parsed->score, 0, rules::kBestReputation);
  options.text("--category", "NAME", "of all entries of --reputation", parsed->category);
  options.required_text("--output", "FILE", "the database", parsed->output);
  return [parsed](Context& context) { return build(context, *parsed); };
}

}  // namespace

Command content_build() {
  return {"content build",
          "make the URL database, or the reputation database, from lists; needs no gateway",
          {{"sekisho content build --urls ut1 domain-list-community --output urls.db",
            "public lists; what of them cannot be taken is told"},
           {"sekisho content build --urls gambling=casinos.txt --output urls.db",
            "a plain list of hosts or a hosts file"},
           {"sekisho content build --reputation iocs.txt --category phishing --output rated.db",
            "ratings for the box file's reputation_database"}},
          declare_content_build};
}

}  // namespace sekisho::tools::commands
