#include <fmt/format.h>
#include <fmt/ostream.h>

#include <chrono>
#include <ctime>
#include <optional>
#include <span>

#include "../indicator_files.h"
#include "../malware_files.h"
#include "../whole_file.h"
#include "commands.h"
#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "controlplane/databases/entry_lines.h"
#include "engines/antimalware/malware_database.h"
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
  std::vector<std::string> indicators;
  std::vector<std::string> malware;
  std::vector<std::string> more;  // of whichever of them
  std::string map;
  std::vector<std::string> reputation;
  std::optional<std::uint64_t> score;
  std::string category;
  std::string output;
  bool pack = false;
};

/// What has expired of feeds is no mistake, and nothing that could be mended.
void tell_expired(Context& context, std::size_t expired) {
  if (expired != 0) fmt::print(context.err, "left out, as expired or not valid yet: {}\n", expired);
}

/// With --pack the entries themselves, for the console: each gateway makes its own database.
/// `expired`: how many the feeds had besides.
ExitCode write_entries(Context& context, const BuildOptions& options, const std::string& list,
                       std::size_t expired = 0) {
  if (list.size() > content::kMaxListBytes)
    throw CommandError(ExitCode::refused,
                       fmt::format("the entries have {}, at most {} can be published",
                                   show_bytes(list.size()), show_bytes(content::kMaxListBytes)));
  const auto packed = content::pack(list);
  replace_file(options.output, std::as_bytes(std::span(packed)));
  const auto entries = content::num_entries(list);
  if (context.json)
    print_json(context, {{"entries", entries},
                         {"bytes", packed.size()},
                         {"list_bytes", list.size()},
                         {"expired", expired}});
  else
    fmt::print(context.out, "{}: {} entries, {} (unpacked {})\n", options.output, show(entries),
               show_bytes(packed.size()), show_bytes(list.size()));
  return ExitCode::done;
}

rules::CategoryMap read_map(const std::string& path) {
  if (path.empty()) return {};
  auto map = rules::CategoryMap::parse(read_whole_file(path), path);
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

std::vector<std::string> with_more(const std::vector<std::string>& first,
                                   const BuildOptions& options) {
  auto all = first;
  all.insert(all.end(), options.more.begin(), options.more.end());
  return all;
}

/// Feeds as they are published, one after the other; of an expression in several the worst score.
ExitCode build_reputation(Context& context, const BuildOptions& options) {
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
  std::vector<rules::ExpressionRating> ratings;
  std::size_t refused = 0, expired = 0;
  for (const auto& path : with_more(options.reputation, options)) {
    const auto feed =
        rules::read_feed(read_whole_file(path), rules::FeedFormat::automatic, std::time(nullptr));
    if (!feed) throw CommandError(ExitCode::negative, path + ": " + feed.error().message);
    const auto rated = rules::ratings_of(*feed, fallback);
    for (const auto& one : rated.ratings) {
      const std::string_view text = one.expression;
      const auto slash = std::min(text.find('/'), text.size());
      const auto hash = rules::hash_of({text.substr(0, slash), text.substr(slash)});
      entries.push_back({engines::reputation::key_of(hash), one.reputation});
      if (options.pack) ratings.push_back(one);
    }
    for (const auto* mistakes : {&feed->mistakes, &rated.mistakes})
      for (const auto& mistake : *mistakes)
        fmt::print(context.err, "{}: {}: {}\n", path, printable(mistake.place),
                   printable(mistake.message));
    refused += feed->num_refused + rated.num_refused;
    expired += feed->num_expired;
  }
  tell_expired(context, expired);
  if (entries.empty()) throw CommandError(ExitCode::negative, "no entry could be taken");
  if (options.pack)
    return write_entries(context, options, controlplane::entry_list_of(ratings), expired);
  const auto file = engines::reputation::compile_database(std::move(entries));
  if (!file) throw CommandError(ExitCode::refused, file.error().message);
  replace_file(options.output, *file);
  const auto built = engines::reputation::ReputationDatabase::load(*file);
  const auto count = built ? built->size() : 0;
  if (context.json)
    print_json(
        context,
        {{"entries", count}, {"bytes", file->size()}, {"refused", refused}, {"expired", expired}});
  else
    fmt::print(context.out, "{}: {} rated hosts and paths, {}; {} refused\n", options.output,
               show(count), show_bytes(file->size()), show(refused));
  return ExitCode::done;
}

IndicatorFiles read_indicators(const BuildOptions& options) {
  IndicatorFiles files;
  for (const auto& path : with_more(options.indicators, options))
    add_indicator_file(path, std::time(nullptr), files);
  return files;
}

ExitCode build_indicators(Context& context, const BuildOptions& options) {
  namespace callback = engines::callback;
  auto files = read_indicators(options);
  const auto built = callback::compile_indicators(files.indicators);
  if (!built) throw CommandError(ExitCode::refused, built.error().message);
  files.num_refused += built->refused.size();
  for (const auto& one : built->refused)
    files.mistakes.push_back(files.places[one.index] + ": '" + files.indicators[one.index].text +
                             "' " + one.why);
  std::size_t total = 0;
  json kinds;
  for (std::size_t i = 0; i < callback::kIndicatorKinds; ++i) {
    total += built->num[i];
    kinds[std::string(callback::name_of(static_cast<callback::IndicatorKind>(i)))] = built->num[i];
  }
  for (std::size_t i = 0; i < std::min(files.mistakes.size(), kShownRefused); ++i)
    fmt::print(context.err, "{}\n", printable(files.mistakes[i]));
  tell_expired(context, files.num_expired);
  if (total == 0) throw CommandError(ExitCode::negative, "no indicator could be taken");
  if (options.pack) {
    // Without those that were refused: gateways take a list whole or not at all.
    std::vector<bool> is_refused(files.indicators.size());
    for (const auto& one : built->refused) is_refused[one.index] = true;
    std::vector<callback::Indicator> taken;
    for (std::size_t i = 0; i < files.indicators.size(); ++i)
      if (!is_refused[i]) taken.push_back(files.indicators[i]);
    return write_entries(context, options, controlplane::entry_list_of(taken), files.num_expired);
  }
  replace_file(options.output, built->file);
  if (context.json)
    print_json(context, {{"indicators", total},
                         {"kinds", std::move(kinds)},
                         {"bytes", built->file.size()},
                         {"refused", files.num_refused},
                         {"left_out", files.num_left_out},
                         {"expired", files.num_expired},
                         {"mistakes", files.mistakes}});
  else
    fmt::print(context.out,
               "{}: {} indicators, {}; {} refused, {} left out (no gateway sees them)\n",
               options.output, show(total), show_bytes(built->file.size()), show(files.num_refused),
               show(files.num_left_out));
  return ExitCode::done;
}

ExitCode build_urls(Context& context, const BuildOptions& options) {
  const auto sources = with_more(options.urls, options);
  const auto start = Clock::now();
  rules::UrlList list;
  rules::ImportReport report;
  const auto map = read_map(options.map);
  for (const auto& source : sources) import_operand(source, map, list, report);
  if (list.size() == 0) {
    print_refused(context, report);
    throw CommandError(ExitCode::negative, "no line could be taken");
  }
  if (options.pack) {
    print_refused(context, report);
    return write_entries(context, options, controlplane::entry_list_of(list));
  }
  const auto built = engines::url::compile(list);
  if (!built) throw CommandError(ExitCode::refused, built.error().message);
  replace_file(options.output, built->file);
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

ExitCode build_malware(Context& context, const BuildOptions& options) {
  MalwareFiles files;
  for (const auto& path : with_more(options.malware, options)) add_malware_file(path, files);
  for (std::size_t i = 0; i < std::min(files.mistakes.size(), kShownRefused); ++i)
    fmt::print(context.err, "{}\n", printable(files.mistakes[i]));
  if (files.signatures.empty()) throw CommandError(ExitCode::negative, "no line could be taken");
  const auto built = engines::antimalware::compile_malware_database(files.signatures);
  if (!built) throw CommandError(ExitCode::refused, built.error().message);
  replace_file(options.output, *built);
  if (context.json)
    print_json(context, {{"signatures", files.signatures.size()},
                         {"bytes", built->size()},
                         {"refused", files.mistakes.size()},
                         {"mistakes", files.mistakes}});
  else
    fmt::print(context.out, "{}: {} signatures, {}; {} lines refused\n", options.output,
               show(files.signatures.size()), show_bytes(built->size()),
               show(files.mistakes.size()));
  return ExitCode::done;
}

ExitCode build(Context& context, const BuildOptions& options) {
  const bool urls = !options.urls.empty(), indicators = !options.indicators.empty(),
             reputation = !options.reputation.empty(), malware = !options.malware.empty();
  if (int{urls} + int{indicators} + int{reputation} + int{malware} != 1)
    throw CommandError(ExitCode::usage,
                       "one of --urls, --indicators, --reputation and --malware must be given");
  if (malware && options.pack)
    throw CommandError(ExitCode::usage, "the console publishes no sets of --malware");
  if (malware) return build_malware(context, options);
  if (indicators) return build_indicators(context, options);
  return reputation ? build_reputation(context, options) : build_urls(context, options);
}

Action declare_content_build(Options& options) {
  const auto parsed = std::make_shared<BuildOptions>();
  options.list("--urls", "[CATEGORY=]PATH",
               "lists of hosts and URLs: a folder of UT1 (folders with domains and urls), of "
               "domain-list-community (data/) or with files *.urls; or one file: plain hosts, "
               "URLs, lines of hosts files, [category] lines. CATEGORY: of lines that no "
               "[category] stands before",
               parsed->urls);
  options.list("--indicators", "FILE",
               "lists of C&C servers, each a feed named as its file: plain lists, hosts files, CSV "
               "with a header, MISP, STIX 2.1",
               parsed->indicators);
  options.list("--malware", "FILE",
               "hashes of harmful files (HASH:SIZE:NAME, as .hdb and .hsb) and patterns "
               "(NAME:TYPE:OFFSET:HEX, as .ndb)",
               parsed->malware);
  options.operands("PATH", "more of the same", parsed->more, 0);
  options.text("--map", "FILE",
               "lines \"name of theirs = category of ours, ...\" or \"= -\" (left out) that stand "
               "before those shipped",
               parsed->map);
  options.list("--reputation", "FILE",
               "ratings of hosts and URLs: feeds as they are published (plain lists, "
               "hosts files, CSV, MISP, STIX)",
               parsed->reputation);
  options.number("--score",
                 "of entries of --reputation that have none: 0, dangerous (default), to 100",
                 parsed->score, 0, rules::kBestReputation);
  options.text("--category", "NAME", "of all entries of --reputation", parsed->category);
  options.flag("--pack", "the entries, to publish on the console: its gateways make the database",
               parsed->pack);
  options.required_text("--output", "FILE", "the database, or the pack", parsed->output);
  return [parsed](Context& context) { return build(context, *parsed); };
}

}  // namespace

Command content_build() {
  return {
      "content build",
      "make the database of URLs, of C&C servers, of ratings or of malware from lists; needs no "
      "gateway",
      {{"sekisho content build --urls ut1 domain-list-community --output urls.db",
        "public lists; what of them cannot be taken is told"},
       {"sekisho content build --urls gambling=casinos.txt --output urls.db",
        "a plain list of hosts or a hosts file"},
       {"sekisho content build --reputation iocs.txt --category phishing --output rated.db",
        "the box's reputation_database"},
       {"sekisho content build --indicators feodo.csv misp.json --output indicators.db",
        "the box's indicator_database"},
       {"sekisho content build --malware ours.hsb ours.ndb --output malware.db",
        "the box's malware_database"},
       {"sekisho content build --urls ut1 --pack --output urls.pack",
        "for the console, which brings it to its gateways"}},
      declare_content_build};
}

}  // namespace sekisho::tools::commands
