#include <fmt/format.h>
#include <fmt/ostream.h>

#include <optional>

#include "commands.h"
#include "config/base/address.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

ExitCode print_users(Context& context) {
  const auto answer = ask(context, Peer::dataplane, {{"op", "users.list"}});
  if (context.json) {
    print_json(context, answer);
    return ExitCode::done;
  }
  Table table({{"ADDRESS"}, {"USER"}, {"GROUPS"}, {"STILL", Column::Align::right}});
  const View reply(answer, "users.list");
  const auto users = reply.list("users");
  for (const auto& user : users) {
    std::string groups;
    for (const auto& group : user.texts("groups"))
      groups.append(groups.empty() ? "" : ", ").append(group);
    table.add({user.text("address"), user.text("user"), groups, user.text("seconds_left") + " s"});
  }
  context.out << table.render(context.width, context.colour);
  fmt::print(context.out, "{} of at most {} addresses\n", users.size(),
             show(reply.count("capacity")));
  return ExitCode::done;
}

constexpr std::uint64_t kMaxSeconds = std::uint64_t{30} * 24 * 3600;

struct Binding {
  std::string address, user;
  std::vector<std::string> groups;
  std::optional<std::uint64_t> seconds;
};

void check_address(const std::string& address) {
  if (const auto parsed = parse_ip_address(address); !parsed)
    throw CommandError(ExitCode::negative, parsed.error().message);
}

ExitCode bind(Context& context, const Binding& binding) {
  check_address(binding.address);
  json request{{"op", "users.bind"},
               {"address", binding.address},
               {"user", binding.user},
               {"groups", binding.groups}};
  if (binding.seconds) request["seconds"] = *binding.seconds;
  const auto answer = ask(context, Peer::dataplane, request);
  if (context.json)
    print_json(context, answer);
  else
    fmt::print(context.out, "{} is {} for {} s\n", binding.address, binding.user,
               show(View(answer, "users.bind").count("seconds")));
  return ExitCode::done;
}

ExitCode release(Context& context, const std::string& address) {
  check_address(address);
  const auto answer =
      ask(context, Peer::dataplane, {{"op", "users.release"}, {"address", address}});
  if (context.json)
    print_json(context, answer);
  else
    fmt::print(context.out, "{} is nobody's\n", address);
  return ExitCode::done;
}

Action declare_users_list(Options&) { return print_users; }

Action declare_users_bind(Options& options) {
  const auto binding = std::make_shared<Binding>();
  options.operand("ADDRESS", "where the user is", binding->address, true);
  options.operand("USER", "as rules name him", binding->user, true);
  options.list("--group", "GROUP", "a group that he is in; may be repeated", binding->groups);
  options.number("--seconds", "for how long (8 hours)", binding->seconds, 1, kMaxSeconds);
  return [binding](Context& context) { return bind(context, *binding); };
}

Action declare_users_release(Options& options) {
  const auto address = std::make_shared<std::string>();
  options.operand("ADDRESS", "as `sekisho users list` shows it", *address, true);
  return [address](Context& context) { return release(context, *address); };
}

}  // namespace

Command users_list() {
  return {"users list",
          "who was identified behind which address",
          {{"sekisho users list", "by address; those whom the policy places are not here"}},
          declare_users_list};
}

Command users_bind() {
  return {"users bind",
          "say who is behind an address, so that rules on users and groups find him",
          {{"sekisho users bind 192.0.2.7 taro --group sales --seconds 3600", "for an hour"}},
          declare_users_bind};
}

Command users_release() {
  return {"users release",
          "nobody is known behind an address any more",
          {{"sekisho users release 192.0.2.7", "he went home"}},
          declare_users_release};
}

}  // namespace sekisho::tools::commands
