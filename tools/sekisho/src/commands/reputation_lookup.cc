#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

ExitCode look_up(Context& context, const std::string& url) {
  const auto answer = ask(context, Peer::control, {{"op", "reputation.lookup"}, {"url", url}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  const View rated(answer, "reputation.lookup");
  const bool is_rated = rated.has("score");
  fmt::print(context.out, "{}\n", rated.text("url"));
  fmt::print(context.out, "  score       {}\n",
             is_rated ? rated.text("score") + " of 100" : "none: nobody rated it");
  if (is_rated) fmt::print(context.out, "  expression  {}\n", rated.text("expression"));
  if (rated.has("category")) fmt::print(context.out, "  category    {}\n", rated.text("category"));
  fmt::print(context.out, "  source      {}\n", rated.text("source"));
  return ExitCode::done;
}

Action declare_lookup(Options& options) {
  const auto url = std::make_shared<std::string>();
  options.operand("URL", "as typed: example.com, https://example.com/path", *url, true);
  return [url](Context& context) { return look_up(context, *url); };
}

}  // namespace

Command reputation_lookup() {
  return {"reputation lookup",
          "ask for the reputation of a URL, as the gateway does",
          {{"sekisho reputation lookup https://example.com/login",
            "its score (0 known dangerous, 100 known good), and what of the URL was rated"}},
          declare_lookup};
}

}  // namespace sekisho::tools::commands
