#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "field_names.h"
#include "keyword.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMostAlternatives = 4096;

void add_test(RuleBuilder& builder, Field field, NumberTest test) {
  FieldNumberTest field_test{field};
  field_test.test = test;
  builder.rule.tests.emplace_back(std::move(field_test));
}

// --- TLS ---

/// "tls1.0,tls1.1", "!sslv3", "!tls1.3,tls1.2": one of them must hold.
void read_ssl_version(RuleBuilder& builder, const RuleOption& option) {
  std::vector<std::uint64_t> wanted;
  std::vector<std::uint64_t> unwanted;
  for (auto part : split(option.value, ',')) {
    const bool negated = take_prefix(part, "!");
    const auto number = number_named(names_of(Field::tls_version), trim(part));
    if (!number) refuse(part, fmt::format("unknown version \"{}\" of TLS", part));
    (negated ? unwanted : wanted).push_back(*number);
  }
  if (unwanted.size() > 1)
    refuse(option.value, "ssl_version with two negated versions always holds");
  FieldNumberTest test{Field::tls_version};
  test.negated = !unwanted.empty();
  test.alternatives = test.negated ? unwanted : wanted;
  if (test.negated && std::find(wanted.begin(), wanted.end(), unwanted[0]) != wanted.end())
    refuse(option.value, "ssl_version with a version and its negation always holds");
  builder.rule.tests.emplace_back(std::move(test));
}

/// "client_hello", "client_hello|server_hello", "!client_hello", with , or | between.
void read_ssl_state(RuleBuilder& builder, const RuleOption& option) {
  std::uint64_t bits = 0;
  bool negated = false;
  auto text = option.value;
  for (const char separator : {'|', ','}) {
    if (text.find(separator) == std::string_view::npos && separator == '|') continue;
    for (auto part : split(text, separator)) {
      negated |= take_prefix(part, "!");
      const auto bit = number_named(names_of(Field::tls_state), trim(part));
      if (!bit) refuse(part, fmt::format("unknown state \"{}\" of TLS", part));
      bits |= *bit;
    }
    break;
  }
  add_test(builder, Field::tls_state,
           {negated ? Comparison::bits_none : Comparison::bits_any, bits, 0, false});
}

/// "2015", "2015-10-22", "2015-10-22 23:59:59" or with T, or a number of more digits than a year
/// has: seconds since 1970, UTC.
std::uint64_t date_of(std::string_view text) {
  constexpr std::size_t kDigitsOfYear = 4;
  if (text.size() > kDigitsOfYear)
    if (const auto seconds = to_unsigned(text)) return *seconds;
  unsigned parts[6] = {1970, 1, 1, 0, 0, 0};
  std::size_t count = 0;
  auto rest = text;
  while (!rest.empty() && count < std::size(parts)) {
    const auto end = std::min(rest.find_first_of("-T :"), rest.size());
    parts[count++] = static_cast<unsigned>(unsigned_of(rest.substr(0, end), 0, 9999));
    rest = trim(rest.substr(std::min(end + 1, rest.size())));
  }
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(parts[0])),
                                        std::chrono::month(parts[1]), std::chrono::day(parts[2])};
  if (!rest.empty() || !day.ok() || parts[0] < 1970 || parts[3] > 23 || parts[4] > 59 ||
      parts[5] > 60)
    refuse(text, fmt::format("\"{}\" is no date from 1970 on", text));
  const auto seconds = std::chrono::sys_days(day).time_since_epoch() / std::chrono::seconds(1);
  return static_cast<std::uint64_t>(seconds) + std::uint64_t{parts[3]} * 3600 +
         std::uint64_t{parts[4]} * 60 + parts[5];
}

template <Field kField>
void read_date(RuleBuilder& builder, const RuleOption& option) {
  auto text = unquote(option.value);
  const auto middle = text.find("<>");
  if (middle != std::string_view::npos) {
    add_test(builder, kField,
             {Comparison::between, date_of(trim(text.substr(0, middle))),
              date_of(trim(text.substr(middle + 2))), false});
    return;
  }
  const auto comparison = take_comparison(text).value_or(Comparison::equal);
  add_test(builder, kField, {comparison, date_of(text), 0, false});
}

void add_clock_test(RuleBuilder& builder, Field field, Comparison comparison) {
  FieldNumberTest test{field};
  test.test.comparison = comparison;
  test.against_clock = true;
  builder.rule.tests.emplace_back(std::move(test));
}

void read_cert_expired(RuleBuilder& builder, const RuleOption&) {
  add_clock_test(builder, Field::tls_cert_notafter, Comparison::less);
}

void read_cert_valid(RuleBuilder& builder, const RuleOption&) {
  add_clock_test(builder, Field::tls_cert_notbefore, Comparison::less_or_equal);
  add_clock_test(builder, Field::tls_cert_notafter, Comparison::greater_or_equal);
}

/// tls.subject:"CN=x": a buffer and its content in one.
template <Field kField>
void read_one_content(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  Content content;
  content.pattern = content_bytes(quoted.inner);
  content.negated = quoted.negated;
  builder.add_to(kField, std::move(content), option.name);
}

/// "ike.vendor;" selects a buffer, "ike.vendor:4a131c81" asks for one whole.
void read_ike_vendor(RuleBuilder& builder, const RuleOption& option) {
  if (!option.has_value) return builder.select(Field::ike_vendor, option.name);
  const auto text = to_lower(unquote(option.value));
  if (text.empty() || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    refuse(option.value, fmt::format("\"{}\" is no vendor ID in hexadecimal", option.value));
  Content content;
  content.pattern.assign(text.begin(), text.end());
  content.starts_with = content.ends_with = true;
  builder.add_to(Field::ike_vendor, std::move(content), option.name);
}

/// ssh.softwareversion:"PuTTY": within the software's name.
void read_ssh_software(RuleBuilder& builder, const RuleOption& option) {
  Content content;
  content.pattern = content_bytes(unquote(option.value));
  if (content.pattern.empty()) refuse(option.value, "ssh.softwareversion is empty");
  builder.add_to(Field::ssh_software, std::move(content), option.name);
}

/// ssh.protoversion:"2.0"; 2_compat is whatever speaks version 2.
void read_ssh_version(RuleBuilder& builder, const RuleOption& option) {
  const auto version = unquote(option.value);
  if (version == "2_compat") {
    Pcre pcre;
    pcre.pattern = "^(?:2(?:\\.0)?|1\\.99)$";
    builder.add_to(Field::ssh_proto, std::move(pcre), option.name);
    return;
  }
  if (version.empty() || version.find_first_not_of("0123456789.") != std::string_view::npos)
    refuse(option.value, fmt::format("\"{}\" is no version of SSH", option.value));
  Content content;
  content.pattern.assign(version.begin(), version.end());
  content.starts_with = content.ends_with = true;
  builder.add_to(Field::ssh_proto, std::move(content), option.name);
}

void read_tls_store(RuleBuilder& builder, const RuleOption& option) {
  builder.no_effects.push_back(fmt::format("{}: certificates are not kept", option.name));
}

// --- DCERPC ---

/// "12345678-1234-abcd-ef00-0123456789ab[,=1][,any_frag]"; Snort 3: "uuid X,version >2".
/// Instances of dcerpc.iface are 16 bytes as the text shows them and the major version, 2 bytes.
void read_dce_iface(RuleBuilder& builder, const RuleOption& option) {
  const auto parts = split(option.value, ',');
  auto uuid = parts.empty() ? option.value : parts[0];
  if (uuid.starts_with("uuid ")) uuid = trim(uuid.substr(5));
  if (uuid.size() != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-')
    refuse(uuid, fmt::format("\"{}\" is no UUID", uuid));
  Content content;
  for (const auto piece : split(uuid, '-')) {
    const auto bytes = hex_bytes(piece);
    content.pattern.insert(content.pattern.end(), bytes.begin(), bytes.end());
  }
  content.starts_with = true;
  builder.select(Field::dcerpc_iface, option.name);
  builder.add(std::move(content), false, option.name);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto part = parts[i];
    if (part == "any_frag") continue;
    if (part.starts_with("version ")) part = trim(part.substr(8));
    ByteTest version;
    if (part.starts_with("!")) {
      version.comparison = Comparison::not_equal;
      part.remove_prefix(1);
    } else if (const auto comparison = take_comparison(part)) {
      version.comparison = *comparison;
    }
    version.source.count = {2, -1};
    version.source.offset = {16, -1};
    version.value = {static_cast<std::int64_t>(unsigned_of(part, 0, 65535)), -1};
    builder.add(version, false, option.name);
  }
  builder.select_payload();
}

/// "15", "15-18", "1,2,5-8", ">3"; Snort 3 puts quotes around.
void read_dce_opnum(RuleBuilder& builder, const RuleOption& option) {
  const auto text = unquote(option.value);
  FieldNumberTest test{Field::dcerpc_opnum};
  if (!text.empty() && (text[0] < '0' || text[0] > '9')) {
    test.test = number_test_of(text, 65535);
    builder.rule.tests.emplace_back(std::move(test));
    return;
  }
  for (auto part : split(text, ',')) {
    const auto low = unsigned_of(take_until(part, '-'), 0, 65535);
    const auto high = trim(part).empty() ? low : unsigned_of(trim(part), low, 65535);
    if (high - low >= kMostAlternatives ||
        test.alternatives.size() + (high - low) >= kMostAlternatives)
      refuse(text, fmt::format("more than {} operations", kMostAlternatives));
    for (auto number = low; number <= high; ++number) test.alternatives.push_back(number);
  }
  if (test.alternatives.empty()) refuse(option.name, "no operation is named");
  builder.rule.tests.emplace_back(std::move(test));
}

// --- NFS ---

struct NfsProcedure {
  std::string_view name;
  int version2, version3, version4;  // -1: not in that version
};
// RFC 1094 §2.2, RFC 1813 §3, RFC 7530 §16 (operations).
constexpr std::array<NfsProcedure, 40> kNfsProcedures{{
    {"NULL", 0, 0, 0},           {"GETATTR", 1, 1, 9},        {"SETATTR", 2, 2, 34},
    {"ROOT", 3, -1, -1},         {"LOOKUP", 4, 3, 15},        {"ACCESS", -1, 4, 3},
    {"READLINK", 5, 5, 27},      {"READ", 6, 6, 25},          {"WRITECACHE", 7, -1, -1},
    {"WRITE", 8, 7, 38},         {"CREATE", 9, 8, 6},         {"MKDIR", 14, 9, -1},
    {"SYMLINK", 13, 10, -1},     {"MKNOD", -1, 11, -1},       {"REMOVE", 10, 12, 28},
    {"RMDIR", 15, 13, -1},       {"RENAME", 11, 14, 29},      {"LINK", 12, 15, 11},
    {"READDIR", 16, 16, 26},     {"READDIRPLUS", -1, 17, -1}, {"STATFS", 17, -1, -1},
    {"FSSTAT", -1, 18, -1},      {"FSINFO", -1, 19, -1},      {"PATHCONF", -1, 20, -1},
    {"COMMIT", -1, 21, 5},       {"CLOSE", -1, -1, 4},        {"LOCK", -1, -1, 12},
    {"LOCKT", -1, -1, 13},       {"LOCKU", -1, -1, 14},       {"LOOKUPP", -1, -1, 16},
    {"NVERIFY", -1, -1, 17},     {"OPEN", -1, -1, 18},        {"OPENATTR", -1, -1, 19},
    {"PUTFH", -1, -1, 22},       {"PUTROOTFH", -1, -1, 24},   {"RENEW", -1, -1, 30},
    {"RESTOREFH", -1, -1, 31},   {"SAVEFH", -1, -1, 32},      {"VERIFY", -1, -1, 37},
    {"EXCHANGE_ID", -1, -1, 42},
}};

/// A number of whatever version, or a name: what that is in each version.
void read_nfs_procedure(RuleBuilder& builder, const RuleOption& option) {
  auto name = option.value;
  const bool negated = take_prefix(name, "!");
  for (const auto& one : kNfsProcedures) {
    if (!equals_nocase(one.name, name)) continue;
    FieldNumberTest test{Field::nfs_versioned_procedure};
    const int numbers[] = {one.version2, one.version3, one.version4};
    for (std::uint64_t i = 0; i < std::size(numbers); ++i)
      if (numbers[i] >= 0)
        test.alternatives.push_back((i + 2) << 32 | static_cast<std::uint64_t>(numbers[i]));
    test.negated = negated;
    builder.rule.tests.emplace_back(std::move(test));
    return;
  }
  auto test = number_test_of(option.value, UINT32_MAX);
  // "2<>4" has its ends in it, unlike other ranges: captures of Suricata's alerts show it
  if (test.comparison == Comparison::between) test.comparison = Comparison::between_inclusive;
  add_test(builder, Field::nfs_procedure, test);
}

// --- Pairs: one number holds a name in its upper half and its value in the lower ---

constexpr unsigned kPairShift = 32;

/// A test on the value, for the pairs of that name only.
NumberTest within_pair(std::uint64_t name, NumberTest value, std::string_view where) {
  const auto base = name << kPairShift;
  const auto end = (name + 1) << kPairShift;
  switch (value.comparison) {
    case Comparison::less:
      value = {Comparison::between_inclusive, base, base + value.low, false};
      if (value.high == base) refuse(where, "no number is less than 0");
      --value.high;
      return value;
    case Comparison::less_or_equal:
      return {Comparison::between_inclusive, base, base + value.low, false};
    case Comparison::greater:
      return {Comparison::between, base + value.low, end, false};
    case Comparison::greater_or_equal:
      return {Comparison::between_inclusive, base + value.low, end - 1, false};
    case Comparison::between:
    case Comparison::between_inclusive:
      return {value.comparison, base + value.low, base + value.high, false};
    case Comparison::equal:
      return {Comparison::equal, base + value.low, 0, false};
    default:
      refuse(where, "this comparison is not supported for a named value");
  }
}

void read_pair(RuleBuilder& builder, Field field, std::string_view name, std::string_view value,
               std::span<const NamedNumber> names) {
  auto number = number_named(names, name);
  if (!number) number = unsigned_of(name, 0, 65535);
  auto test = number_test_of(value, UINT32_MAX);
  if (test.negated) refuse(value, "a negated comparison is not supported for a named value");
  add_test(builder, field, within_pair(*number, test, value));
}

/// "SETTINGS_HEADER_TABLE_SIZE>1000"; the name alone: any value.
void read_http2_settings(RuleBuilder& builder, const RuleOption& option) {
  const auto text = option.value;
  const auto end = std::min(text.find_first_of(" <>=!0123456789"), text.size());
  const auto value = trim(text.substr(end));
  read_pair(builder, Field::http2_settings, trim(text.substr(0, end)),
            value.empty() ? std::string_view(">=0") : value, names_of(Field::http2_settings));
}

/// "alg_enc=7": attribute classes of RFC 2409 appendix A.
void read_ike_attribute(RuleBuilder& builder, const RuleOption& option) {
  static constexpr NamedNumber kAttributes[] = {
      {"alg_enc", 1},        {"alg_hash", 2},      {"alg_auth", 3},          {"alg_dh", 4},
      {"sa_group_type", 5},  {"sa_life_type", 11}, {"sa_life_duration", 12}, {"alg_prf", 13},
      {"sa_key_length", 14}, {"sa_field_size", 15}};
  auto value = option.value;
  const auto name = take_until(value, '=');
  read_pair(builder, Field::ike_chosen_sa_attribute, name, value, kAttributes);
}

/// "group,variation".
void read_dnp3_obj(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  const auto group = unsigned_of(take_until(rest, ','), 0, 255);
  const auto variation = unsigned_of(trim(rest), 0, 255);
  add_test(builder, Field::dnp3_obj, {Comparison::equal, group << 8 | variation, 0, false});
}

// --- Kerberos ---

/// "weak" is what RFC 8429 and its forerunners gave up: all but AES and Camellia.
void read_ticket_encryption(RuleBuilder& builder, const RuleOption& option) {
  FieldNumberTest test{Field::krb5_ticket_encryption};
  const auto names = names_of(Field::krb5_ticket_encryption);
  auto text = option.value;
  if (text == "weak" || text == "strong") {
    test.alternatives = {17, 18, 19, 20, 25, 26};
    test.negated = text == "weak";
    builder.rule.tests.emplace_back(std::move(test));
    return;
  }
  test.negated = take_prefix(text, "!");
  for (const auto part : split(text, ',')) {
    const auto named = number_named(names, part);
    test.alternatives.push_back(named ? *named : unsigned_of(part, 0, UINT32_MAX));
  }
  builder.rule.tests.emplace_back(std::move(test));
}

// --- EtherNet/IP ---

/// "service[,class[,[!]attribute]]", all of one service.
void read_cip_service(RuleBuilder& builder, const RuleOption& option) {
  constexpr unsigned kServiceShift = 32, kClassShift = 16;
  constexpr std::uint64_t kHighestService = 127, kHighest = 65535;
  const auto parts = split(option.value, ',');
  if (parts.empty() || parts.size() > 3)
    refuse(option.value, "cip_service takes service, class, attribute");
  if (parts.size() == 1) {
    add_test(builder, Field::enip_cip_service, number_test_of(parts[0], kHighestService));
    return;
  }
  const auto of_class = unsigned_of(parts[0], 0, kHighestService) << kServiceShift |
                        unsigned_of(parts[1], 0, kHighest) << kClassShift;
  add_test(builder, Field::enip_cip_service_class, {Comparison::equal, of_class, 0, false});
  if (parts.size() == 2) return;
  auto attribute = parts[2];
  const bool negated = take_prefix(attribute, "!");
  const auto wanted = of_class | unsigned_of(attribute, 0, kHighest);
  add_test(builder, Field::enip_cip_service_attribute,
           {negated ? Comparison::not_equal : Comparison::equal, wanted, 0, false});
}

// --- Snort's SIP keywords with values ---

template <Field kField>
void read_value_or_buffer(RuleBuilder& builder, const RuleOption& option) {
  if (!option.has_value) {
    builder.select(kField, option.name);
    return;
  }
  Content content;
  for (const char c : unquote(option.value))
    content.pattern.push_back(static_cast<std::uint8_t>(c));
  if (content.pattern.empty()) refuse(option.name, fmt::format("{} has no value", option.name));
  content.nocase = true;
  builder.add_to(kField, std::move(content), option.name);
}

std::optional<Field> frame_called(std::string_view name) {
  for (std::size_t i = 0; i < num_fields(); ++i)
    if (const auto& info = info_of(static_cast<Field>(i));
        info.name.starts_with(kFramePrefix) && info.name.substr(kFramePrefix.size()) == name)
      return static_cast<Field>(i);
  return std::nullopt;
}

/// "dns.pdu", or "pdu" in a rule for DNS; "stream" is all of the stream.
void read_frame(RuleBuilder& builder, const RuleOption& option) {
  const auto name = option.value;
  if (name == "stream" || name.ends_with(".stream")) return builder.select_payload();
  auto frame = frame_called(name);
  for (const std::string_view protocol :
       {"dns", "mdns", "llmnr", "sip", "ssh", "smtp", "dcerpc", "http1", "http2", "tls", "smb",
        "telnet", "nfs", "mqtt", "websocket", "modbus", "ldap", "enip"}) {
    if (frame) break;
    const auto bits = protocols_named(protocol);
    if (bits && (builder.rule.header.app_protocols & *bits) != 0)
      frame = frame_called(fmt::format("{}.{}", protocol, name));
  }
  if (!frame) refuse(option.value, fmt::format("no frame is called \"{}\"", name));
  builder.select(*frame, option.name);
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"ssl_version", V::required, read_ssl_version},
    Keyword{"ssl_state", V::required, read_ssl_state},
    Keyword{"ssh.softwareversion", V::required, read_ssh_software},
    Keyword{"ssh.protoversion", V::required, read_ssh_version},
    Keyword{"tls_cert_notbefore", V::required, read_date<Field::tls_cert_notbefore>},
    Keyword{"tls.cert_notbefore", V::required, read_date<Field::tls_cert_notbefore>},
    Keyword{"tls_cert_notafter", V::required, read_date<Field::tls_cert_notafter>},
    Keyword{"tls.cert_notafter", V::required, read_date<Field::tls_cert_notafter>},
    Keyword{"tls_cert_expired", V::none, read_cert_expired},
    Keyword{"tls_cert_valid", V::none, read_cert_valid},
    Keyword{"tls.subject", V::required, read_one_content<Field::tls_cert_subject>},
    Keyword{"tls.issuerdn", V::required, read_one_content<Field::tls_cert_issuer>},
    Keyword{"tls.fingerprint", V::required, read_one_content<Field::tls_cert_fingerprint>},
    Keyword{"tls.store", V::none, read_tls_store},
    Keyword{"dce_iface", V::required, read_dce_iface},
    Keyword{"dcerpc.iface", V::required, read_dce_iface},
    Keyword{"dce_opnum", V::required, read_dce_opnum},
    Keyword{"dcerpc.opnum", V::required, read_dce_opnum},
    Keyword{"http2.settings", V::required, read_http2_settings},
    Keyword{"ike.chosen_sa_attribute", V::required, read_ike_attribute},
    Keyword{"ike.vendor", V::optional, read_ike_vendor},
    Keyword{"nfs_procedure", V::required, read_nfs_procedure},
    Keyword{"nfs.procedure", V::required, read_nfs_procedure},
    Keyword{"dnp3_obj", V::required, read_dnp3_obj},
    Keyword{"dnp3.obj", V::required, read_dnp3_obj},
    Keyword{"krb5.ticket_encryption", V::required, read_ticket_encryption},
    Keyword{"cip_service", V::required, read_cip_service},
    Keyword{"sip_method", V::optional, read_value_or_buffer<Field::sip_method>},
    Keyword{"sip_stat_code", V::optional, read_value_or_buffer<Field::sip_stat_code>},
    Keyword{"frame", V::required, read_frame},
};

}  // namespace

std::span<const Keyword> protocol_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
