#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "engines/url/url_database.h"
#include "engines/url/url_lists.h"
#include "policy_text.h"
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
  std::string policy;  // a version or a file; empty: none
  std::vector<std::string> urls;
};

/// A policy's own categories and lists.
struct OwnLists {
  policy::Policy policy;
  std::unique_ptr<const engines::url::UrlLists> lists;
};

OwnLists own_lists(Context& context, const std::string& version_or_file) {
  OwnLists own{load_policy(context, version_or_file), nullptr};
  engines::Diagnostics warnings;
  auto compiled = engines::url::kSpec.compile({own.policy}, warnings);
  if (const auto* mistakes = std::get_if<engines::Diagnostics>(&compiled))
    throw CommandError(ExitCode::negative,
                       "the policy has mistakes\n" + policy::format(*mistakes, version_or_file));
  auto loaded = engines::url::UrlLists::load(std::get<engines::Artifact>(compiled));
  if (!loaded) throw CommandError(ExitCode::negative, loaded.error().message);
  own.lists = *std::move(loaded);
  return own;
}

/// Puts in front of `answer` what the policy says of the URL.
void add_own(const OwnLists& own, const rules::CanonicalUrl& url, json& answer) {
  const auto finding = own.lists->find(url);
  const auto& all = own.policy.url_categories;
  json categories = json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto id = static_cast<std::uint16_t>(OwnCategories::kFirstId + i);
    const auto& title = all[i].title.empty() ? all[i].name : all[i].title;
    if (finding.categories.has(id))
      categories.push_back(
          {{"id", id}, {"name", all[i].name}, {"title", title}, {"title_ja", title}});
  }
  for (auto& known : answer["categories"]) categories.push_back(std::move(known));
  answer["categories"] = std::move(categories);
  if (finding.list != engines::ListOutcome::none)
    answer["list"] = finding.list == engines::ListOutcome::allowed ? "allow" : "block";
}

/// The entry as a list would write it, and what it is for.
std::string describe_entry(const rules::CanonicalUrl& url, const Match& match) {
  if (match.num_categories == 0) return "none";
  const auto entry = engines::url::entry_of(url, match);
  return entry + (match.is_host_only ? ", that host only" : " and all below");
}

json look_up(const UrlDatabase& database, const OwnLists* own, const std::string& text,
             rules::UrlScratch& scratch) {
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
  json answer{{"url", text},
              {"normalised", url.text},
              {"host", url.host},
              {"categories", std::move(categories)},
              {"entry", describe_entry(url, match)}};
  if (own != nullptr) add_own(*own, url, answer);
  return answer;
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
  if (answer.contains("list"))
    fmt::print(context.out, "  list        {}\n", answer["list"].get<std::string>());
}

ExitCode look_up_all(Context& context, const LookupOptions& options) {
  if (options.urls.empty()) throw CommandError(ExitCode::usage, "no URL was given");
  const auto database = UrlDatabase::open(options.database);
  if (!database) throw CommandError(ExitCode::negative, database.error().message);
  std::optional<OwnLists> own;
  if (!options.policy.empty()) own = own_lists(context, options.policy);
  const auto scratch = std::make_unique<rules::UrlScratch>();
  json answers = json::array();
  auto code = ExitCode::done;
  for (const auto& text : options.urls) {
    answers.push_back(look_up(*database, own ? &*own : nullptr, text, *scratch));
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
  options.text("--policy", "FILE|SERIAL",
               "with the categories and lists of this policy, or of this version of the gateway's",
               parsed->policy);
  options.operands("URL", "as typed: example.com, https://example.com/path", parsed->urls, 0);
  return [parsed](Context& context) { return look_up_all(context, *parsed); };
}

}  // namespace

Command url_lookup() {
  return {"url lookup",
          "show what the URL database knows of URLs, and which entry decides; needs no gateway",
          {{"sekisho url lookup --database urls.db 'HTTP://0x7f.1/%7Ea/../b'",
            "its normalised form, its categories, the entry"},
           {"sekisho url lookup --policy my.yaml example.com/private",
            "with the categories that the policy defines, and its lists"}},
          declare_url_lookup};
}

}  // namespace sekisho::tools::commands
