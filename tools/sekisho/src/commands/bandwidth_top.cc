#include <fmt/format.h>
#include <fmt/ostream.h>

#include <array>
#include <charconv>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

struct BandwidthOptions {
  std::string by, last, address, user, application, category;
  std::optional<std::uint64_t> limit;
};

/// "90s", "30m", "24h", "7d".
std::uint64_t seconds_of(const std::string& text) {
  constexpr std::string_view kUnits = "smhd";
  constexpr std::array<std::uint64_t, 4> kSeconds{1, 60, 3600, 86'400};
  constexpr std::uint64_t kMost = std::uint64_t{366} * 86'400;
  const auto unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size() - (text.empty() ? 0 : 1);
  const auto read = std::from_chars(text.data(), end, number);
  if (unit == kUnits.npos || read.ec != std::errc() || read.ptr != end || number == 0 ||
      number > kMost / kSeconds[unit])
    throw CommandError(ExitCode::negative,
                       "'" + text + "' is no time: a number and s, m, h or d, as in 90s or 24h");
  return number * kSeconds[unit];
}

nlohmann::json request_of(const BandwidthOptions& options) {
  nlohmann::json request{{"op", "bandwidth.top"},
                         {"by", options.by.empty() ? "address" : options.by},
                         {"seconds", seconds_of(options.last.empty() ? "1h" : options.last)},
                         {"limit", options.limit.value_or(20)}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) request[name] = value;
  };
  add("address", options.address);
  add("user", options.user);
  add("application", options.application);
  add("category", options.category);
  return request;
}

ExitCode print_bandwidth(Context& context, const BandwidthOptions& options) {
  const auto answer = ask(context, Peer::control, request_of(options), std::chrono::seconds(30));
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  using Align = Column::Align;
  Table table({{options.by == "user"          ? "USER"
                : options.by == "application" ? "APPLICATION"
                : options.by == "category"    ? "CATEGORY"
                                              : "ADDRESS",
                Align::left, true},
               {"IN", Align::right},
               {"OUT", Align::right},
               {"SHARE", Align::right}});
  const View reply(answer, "bandwidth.top");
  for (const auto& row : reply.list("rows")) {
    const auto who = row.text_or_empty("who");
    table.add({who.empty() ? "(others)" : who, show_bytes(row.count("bytes_in")),
               show_bytes(row.count("bytes_out")),
               fmt::format("{:.1f} %", 100 * row.number("share").value_or(0))});
  }
  context.out << table.render(context.width, context.colour);
  const auto total = reply.object("total");
  fmt::print(context.out, "{} in, {} out from {} to {}\n", show_bytes(total.count("bytes_in")),
             show_bytes(total.count("bytes_out")), reply.when("begin"), reply.when("end"));
  return ExitCode::done;
}

Action declare_bandwidth_top(Options& options) {
  const auto parsed = std::make_shared<BandwidthOptions>();
  options.choice("--by", "whose: of each address (default), user, application or URL category",
                 parsed->by, {"address", "user", "application", "category"});
  options.text("--last", "TIME", "how far back: 90s, 30m, 24h, 7d (default: 1h)", parsed->last);
  options.text("--address", "ADDRESS", "of this inside address only", parsed->address);
  options.text("--user", "NAME", "of this user only", parsed->user);
  options.text("--application", "NAME", "of this application only", parsed->application);
  options.text("--category", "NAME", "of this URL category only", parsed->category);
  options.number("-n,--limit", "how many (default: 20)", parsed->limit, 1, 10'000);
  return [parsed](Context& context) { return print_bandwidth(context, *parsed); };
}

}  // namespace

Command bandwidth_top() {
  return {"bandwidth top",
          "who used how much of the line, until now",
          {{"sekisho bandwidth top", "the addresses of the last hour"},
           {"sekisho bandwidth top --by application --last 24h", "what for, over a day"},
           {"sekisho bandwidth top --by application --user taro", "what one user did"}},
          declare_bandwidth_top};
}

}  // namespace sekisho::tools::commands
