#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "number_text.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

constexpr std::uint32_t kDefaultExpireSeconds = 30;

std::optional<FlowBits::Command> bit_command(std::string_view name) noexcept {
  using Command = FlowBits::Command;
  if (name == "set") return Command::set;
  if (name == "setx") return Command::set;
  if (name == "isset") return Command::isset;
  if (name == "isnotset") return Command::isnotset;
  if (name == "unset") return Command::unset;
  if (name == "toggle") return Command::toggle;
  return std::nullopt;
}

bool is_question(FlowBits::Command command) noexcept {
  return command == FlowBits::Command::isset || command == FlowBits::Command::isnotset;
}

void refuse_bad_name(std::string_view name, std::string_view keyword) {
  if (name.empty() || name.find_first_of(" \t") != std::string_view::npos)
    refuse(name, fmt::format("\"{}\" is no name for {}", name, keyword));
}

/// "set,a", "isset,a|b" (any of them), Snort's "isset,a&b" (all of them); "noalert".
void read_flowbits(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  const auto verb = take_until(rest, ',');
  if (verb == "noalert") {
    builder.rule.no_alert = true;
    return;
  }
  const auto command = bit_command(verb);
  if (!command) refuse(verb, fmt::format("unknown command \"{}\" of flowbits", verb));
  auto names = take_until(rest, ',');
  if (!trim(rest).empty() && builder.rule.dialect == Dialect::suricata)
    refuse(rest, "flowbits takes one command and its names");
  const char separator = names.find('&') != std::string_view::npos ? '&' : '|';
  FlowBits bits{*command, {}};
  for (const auto name : split(names, separator)) {
    refuse_bad_name(name, "a flow bit");
    bits.bits.push_back(builder.session.flow_bits.number_of(name));
  }
  if (bits.bits.empty()) refuse(option.value, "flowbits names no bit");
  if (!is_question(*command)) {
    builder.rule.set_flow_bits.push_back(std::move(bits));
  } else if (separator == '&') {
    for (const auto bit : bits.bits) builder.rule.tests.emplace_back(FlowBits{*command, {bit}});
  } else {
    builder.rule.tests.emplace_back(std::move(bits));
  }
}

/// "name, operator, value": the value a number or another name; "name, isset".
void read_flowint(RuleBuilder& builder, const RuleOption& option) {
  using Command = FlowInteger::Command;
  const auto parts = split(option.value, ',');
  if (parts.size() < 2 || parts.size() > 3)
    refuse(option.value, "flowint takes name, operator, value");
  refuse_bad_name(parts[0], "a flow integer");
  FlowInteger integer{};
  integer.name = builder.session.flow_integers.number_of(parts[0]);
  const auto verb = parts[1];
  if (verb == "isset" || verb == "isnotset" || verb == "notset") {
    integer.command = verb == "isset" ? Command::isset : Command::isnotset;
    builder.rule.tests.emplace_back(integer);
    return;
  }
  if (parts.size() != 3) refuse(option.value, "flowint has no value");
  if (const auto value = to_unsigned(parts[2])) {
    integer.value = static_cast<std::int64_t>(unsigned_of(parts[2], 0, UINT32_MAX));
  } else {
    refuse_bad_name(parts[2], "a flow integer");
    integer.other_name =
        static_cast<std::int32_t>(builder.session.flow_integers.number_of(parts[2]));
  }
  if (verb == "=" || verb == "+" || verb == "-") {
    integer.command = verb == "="   ? Command::assign
                      : verb == "+" ? Command::add
                                    : Command::subtract;
    builder.rule.set_flow_integers.push_back(integer);
    return;
  }
  const auto comparison = comparison_named(verb);
  if (!comparison) refuse(verb, fmt::format("unknown operator \"{}\" of flowint", verb));
  integer.command = Command::compare;
  integer.comparison = *comparison;
  builder.rule.tests.emplace_back(integer);
}

void put_host_bits(RuleBuilder& builder, const HostBits& bits) {
  if (is_question(bits.command))
    builder.rule.tests.emplace_back(bits);
  else
    builder.rule.set_host_bits.push_back(bits);
}

HostBits::Track xbits_track(std::string_view name) {
  if (name == "ip_src") return HostBits::Track::source;
  if (name == "ip_dst") return HostBits::Track::destination;
  if (name == "ip_pair") return HostBits::Track::pair;
  if (name == "tx") return HostBits::Track::tx;
  refuse(name, fmt::format("\"{}\" is none of ip_src, ip_dst, ip_pair, tx", name));
}

/// "set, name, track ip_pair, expire 3600"; "noalert".
void read_xbits(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  if (parts.size() == 1 && parts[0] == "noalert") {
    builder.rule.no_alert = true;
    return;
  }
  if (parts.size() < 3 || parts.size() > 4)
    refuse(option.value, "xbits takes command, name, track WHAT, expire SECONDS");
  const auto command = bit_command(parts[0]);
  if (!command) refuse(parts[0], fmt::format("unknown command \"{}\" of xbits", parts[0]));
  refuse_bad_name(parts[1], "an xbit");
  HostBits bits{*command};
  bits.bit = builder.session.host_bits.number_of(parts[1]);
  bits.expire_seconds = kDefaultExpireSeconds;
  for (std::size_t i = 2; i < parts.size(); ++i) {
    auto rest = parts[i];
    const auto name = take_word(rest);
    if (name == "track")
      bits.track = xbits_track(rest);
    else if (name == "expire")
      bits.expire_seconds = static_cast<std::uint32_t>(unsigned_of(rest, 1, UINT32_MAX));
    else
      refuse(parts[i], fmt::format("unknown part \"{}\" of xbits", parts[i]));
  }
  put_host_bits(builder, bits);
}

/// "set, name[, src|dst|both[, SECONDS]]"; "noalert". Without seconds the bit stays for five
/// minutes, as a flow bit would.
void read_hostbits(RuleBuilder& builder, const RuleOption& option) {
  constexpr std::uint32_t kHostBitSeconds = 300;
  const auto parts = split(option.value, ',');
  if (parts.size() == 1 && parts[0] == "noalert") {
    builder.rule.no_alert = true;
    return;
  }
  if (parts.size() < 2 || parts.size() > 4)
    refuse(option.value, "hostbits takes command, name, src or dst or both, seconds");
  const auto command = bit_command(parts[0]);
  if (!command) refuse(parts[0], fmt::format("unknown command \"{}\" of hostbits", parts[0]));
  refuse_bad_name(parts[1], "a host bit");
  HostBits bits{*command};
  bits.bit = builder.session.host_bits.number_of(parts[1]);
  bits.expire_seconds = kHostBitSeconds;
  if (parts.size() == 4)
    bits.expire_seconds = static_cast<std::uint32_t>(unsigned_of(parts[3], 1, UINT32_MAX));
  if (parts.size() > 2 && parts[2] == "dst")
    bits.track = HostBits::Track::destination;
  else if (parts.size() > 2 && parts[2] == "both")
    bits.track = HostBits::Track::pair;
  else if (parts.size() > 2 && parts[2] != "src")
    refuse(parts[2], fmt::format("\"{}\" is none of src, dst, both", parts[2]));
  put_host_bits(builder, bits);
}

/// flowvar:name,"value": what a pcre of this or an earlier rule kept under "flow:name".
template <bool kOfPacket>
void read_flow_text(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  FlowText text;
  text.of_packet = kOfPacket;
  const auto name = take_until(rest, ',');
  refuse_bad_name(name, option.name);
  text.name = name;
  const auto value = unquote(trim(rest));
  if (value.empty()) refuse(option.value, fmt::format("{} takes a name and a value", option.name));
  text.value = content_bytes(value);
  builder.rule.tests.emplace_back(std::move(text));
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"flowbits", V::required, read_flowbits},
    Keyword{"flowint", V::required, read_flowint},
    Keyword{"xbits", V::required, read_xbits},
    Keyword{"hostbits", V::required, read_hostbits},
    Keyword{"flowvar", V::required, read_flow_text<false>},
    Keyword{"pktvar", V::required, read_flow_text<true>},
};

}  // namespace

std::span<const Keyword> state_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
