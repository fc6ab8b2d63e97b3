#include "policy_text.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/policy/policy.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

std::string read_limited(std::istream& in, const std::string& path) {
  std::string text(policy::kMaxPolicyBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad())
    throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  if (text.size() > policy::kMaxPolicyBytes)
    throw CommandError(ExitCode::negative, fmt::format("{}: a policy file has at most {} bytes",
                                                       path, policy::kMaxPolicyBytes));
  return text;
}

policy::Policy parse_policy(const std::string& yaml, const std::string& name) {
  auto loaded = policy::load_yaml(yaml);
  if (const auto* mistakes = std::get_if<std::vector<policy::Diagnostic>>(&loaded))
    throw CommandError(ExitCode::negative,
                       "the policy has mistakes\n" + policy::format(*mistakes, name));
  return std::move(std::get<policy::LoadedPolicy>(loaded).policy);
}

}  // namespace

std::string read_policy_file(Context& context, const std::string& path) {
  if (path == "-") return read_limited(context.in, "standard input");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  return read_limited(file, path);
}

nlohmann::json fetch_policy(Context& context, std::optional<std::uint64_t> serial) {
  nlohmann::json request{{"op", "policy.show"}};
  if (serial) request["serial"] = *serial;
  return ask(context, Peer::control, request);
}

std::uint64_t parse_serial(const std::string& text) {
  const auto serial = parse_number(text);
  if (!serial || *serial > 0xffffffffU)
    throw CommandError(ExitCode::usage,
                       fmt::format("'{}' is not the serial of a policy version", text));
  return *serial;
}

policy::Policy load_policy(Context& context, std::optional<std::uint64_t> serial) {
  const auto reply = fetch_policy(context, serial);
  const auto yaml = reply.find("yaml");
  if (yaml == reply.end() || !yaml->is_string())
    throw CommandError(ExitCode::unreachable, "the gateway's reply makes no sense: no yaml in it");
  return parse_policy(yaml->get<std::string>(),
                      "serial " + View(reply, "policy.show").text("serial"));
}

policy::Policy load_policy(Context& context, const std::string& version_or_file) {
  if (parse_number(version_or_file)) return load_policy(context, parse_serial(version_or_file));
  return parse_policy(read_policy_file(context, version_or_file), version_or_file);
}

}  // namespace sekisho::tools
