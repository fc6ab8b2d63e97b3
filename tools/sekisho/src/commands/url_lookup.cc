#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "engines/url/url_database.h"
#include "rules/urls/categories.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using engines::url::Match;
using engines::url::UrlDatabase;
using nlohmann::json;

constexpr const char* kShippedDatabase = "/usr/share/sekisho/urls.db";

struct LookupOptions {
  std::string database = kShippedDatabase;
  std::vector<std::string> urls;
};

/// The entry as a list would write it, and what it is for.
std::string describe_entry(const rules::CanonicalUrl& url, const Match& match) {
  if (match.num_categories == 0) return "none";
  const auto entry = engines::url::entry_of(url, match);
  return entry + (match.is_host_only ? ", that host only" : " and all below");
}

json look_up(const UrlDatabase& database, const std::string& text, rules::UrlScratch& scratch) {
  rules::CanonicalUrl url;
  const auto fault = rules::canonicalise_url(text, scratch, url);
  if (fault != rules::UrlFault::none)
    return {{"url", text}, {"error", std::string(rules::describe(fault))}};
  const auto match = database.find(url);
  json categories = json::array();
  for (const auto id : match.ids()) {
    const auto* category = rules::url_category(id);
    categories.push_back({{"id", id},
                          {"name", category == nullptr ? std::to_string(id) : category->name},
                          {"title", category == nullptr ? "" : category->title},
                          {"title_ja", category == nullptr ? "" : category->title_ja}});
  }
  return {{"url", text},
          {"normalised", url.text},
          {"host", url.host},
          {"categories", std::move(categories)},
          {"entry", describe_entry(url, match)}};
}

void print(Context& context, const json& answer) {
  if (answer.contains("error")) {
    fmt::print(context.err, "{} {}\n", printable(answer["url"].get<std::string>()),
               answer["error"].get<std::string>());
    return;
  }
  std::string names;
  for (const auto& one : answer["categories"])
    names += (names.empty() ? "" : ", ") + one["name"].get<std::string>();
  fmt::print(context.out, "{}\n  categories  {}\n  entry       {}\n",
             answer["normalised"].get<std::string>(), names.empty() ? "none" : names,
             answer["entry"].get<std::string>());
}

ExitCode look_up_all(Context& context, const LookupOptions& options) {
  if (options.urls.empty()) throw CommandError(ExitCode::usage, "no URL was given");
  const auto database = UrlDatabase::open(options.database);
  if (!database) throw CommandError(ExitCode::negative, database.error().message);
  const auto scratch = std::make_unique<rules::UrlScratch>();
  json answers = json::array();
  auto code = ExitCode::done;
  for (const auto& text : options.urls) {
    answers.push_back(look_up(*database, text, *scratch));
    if (answers.back().contains("error")) code = ExitCode::negative;
    if (!context.json) print(context, answers.back());
  }
  if (context.json)
    print_json(context, {{"digest", database->digest()},
                         {"entries", database->num_entries()},
                         {"urls", std::move(answers)}});
  return code;
}

Action declare_url_lookup(Options& options) {
  const auto parsed = std::make_shared<LookupOptions>();
  options.text("--database", "FILE",
               fmt::format("made by `sekisho content build`; default: {}", kShippedDatabase),
               parsed->database);
  options.operands("URL", "as typed: example.com, https://example.com/path", parsed->urls, 0);
  return [parsed](Context& context) { return look_up_all(context, *parsed); };
}

}  // namespace

Command url_lookup() {
  return {"url lookup",
          "show what the URL database knows of URLs, and which entry decides; needs no gateway",
          {{"sekisho url lookup --database urls.db 'HTTP://0x7f.1/%7Ea/../b'",
            "its normalised form, its categories, the entry"}},
          declare_url_lookup};
}

}  // namespace sekisho::tools::commands
