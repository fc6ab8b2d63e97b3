#include "catalogue_source.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "config/base/address.h"
#include "rules/applications/catalogue.h"

namespace sekisho::rules {
namespace {

using Source = CatalogueSource;

constexpr std::size_t kLeastAgent = 6;
constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyz0123456789_-";

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(kNameLetters) == text.npos;
}

/// "application/ipp", in lower case.
bool is_content_type(std::string_view text) noexcept {
  const auto slash = text.find('/');
  return slash != 0 && slash != text.npos && slash + 1 != text.size() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.+-/") == text.npos &&
         text.find('/', slash + 1) == text.npos;
}

std::string all_functions() {
  std::string names;
  for (const auto& kind : kFunctionKinds) names.append(names.empty() ? "" : ", ").append(kind.name);
  return names;
}

std::optional<std::uint8_t> protocol_called(const std::string& text) {
  if (text == "tcp") return std::uint8_t{6};
  if (text == "udp") return std::uint8_t{17};
  std::uint8_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end || number == 0) return std::nullopt;
  return number;
}

/// Reads one file; every mistake is told with its line, and reading goes on behind it.
class FileReader {
 public:
  FileReader(Source& source, std::string file) : source_(source), file_(std::move(file)) {}

  void read(const YAML::Node& root) {
    if (!root.IsMap()) return wrong(root, "a catalogue file is a map");
    only(root, {"category", "title", "title_ja", "applications"});
    const auto category = text(root, "category");
    source_.categories.push_back(
        {place(root["category"]), category, text(root, "title"), text(root, "title_ja")});
    if (!is_name(category)) wrong(root["category"], "'" + category + "' is no category name");
    const auto list = root["applications"];
    if (!list || !list.IsSequence()) return wrong(root, "'applications' must be a list");
    for (const auto& entry : list) read_application(entry, category);
  }

 private:
  void read_application(const YAML::Node& node, const std::string& category) {
    if (!node.IsMap()) return wrong(node, "an application is a map");
    only(node, {"id", "name", "title", "title_ja", "protocol", "port", "parent", "risk", "region",
                "tags", "hosts", "functions", "payloads", "content_types", "agents", "networks",
                "certificates", "patterns", "ja4"});
    Source::Application entry;
    entry.place = place(node);
    entry.category = category;
    entry.id = static_cast<std::uint16_t>(number(node, "id", 1, 65535));
    entry.name = text(node, "name");
    entry.title = text(node, "title");
    entry.title_ja = node["title_ja"] ? text(node, "title_ja") : entry.title;
    if (!is_name(entry.name)) wrong(node, "'" + entry.name + "' is no application name");
    if (node["parent"]) entry.parent = text(node, "parent");
    entry.risk = static_cast<std::uint8_t>(number(node, "risk", 1, 5));
    read_place_on_the_wire(node, entry);
    if (node["region"]) {
      entry.japanese = text(node, "region") == "jp";
      if (!entry.japanese) wrong(node["region"], "region can only be jp");
    }
    entry.tags = list(node, "tags");
    for (const auto& tag : entry.tags)
      if (!is_name(tag)) wrong(node["tags"], "'" + tag + "' is no tag");
    entry.hosts = hosts(node);
    if (const auto functions = node["functions"]) read_functions(functions, entry);
    entry.content_types = list(node, "content_types");
    for (const auto& type : entry.content_types)
      if (!is_content_type(type)) wrong(node["content_types"], "'" + type + "' is no media type");
    entry.agents = list(node, "agents");
    for (const auto& agent : entry.agents)
      if (agent.size() < kLeastAgent) wrong(node["agents"], "'" + agent + "' is too short");
    if (const auto payloads = node["payloads"]) read_payloads(payloads, entry);
    if (const auto networks = node["networks"]) read_networks(networks, entry);
    if (const auto certificates = node["certificates"]) read_certificates(certificates, entry);
    if (const auto patterns = node["patterns"]) read_patterns(patterns, entry);
    entry.ja4 = list(node, "ja4");
    for (const auto& print : entry.ja4)
      if (!is_ja4(print)) wrong(node["ja4"], "'" + print + "' is no JA4 fingerprint");
    source_.applications.push_back(std::move(entry));
  }

  void read_place_on_the_wire(const YAML::Node& node, Source::Application& entry) {
    if (const auto protocol = node["protocol"]) {
      const auto known = protocol_called(text(node, "protocol"));
      if (!known) return wrong(protocol, "protocol must be tcp, udp or a number from 1 to 255");
      entry.protocol = *known;
    }
    if (!node["port"]) return;
    entry.port = static_cast<std::uint16_t>(number(node, "port", 1, 65535));
    if (entry.protocol == 0) wrong(node["port"], "a port needs a protocol");
  }

  void read_functions(const YAML::Node& node, Source::Application& entry) {
    if (!node.IsMap()) return wrong(node, "functions are a map of names");
    std::set<std::string> seen;
    for (const auto& pair : node) {
      Source::Function function{pair.first.Scalar(), {}};
      if (find_function(function.name) == nullptr)
        wrong(pair.first, "'" + function.name + "' is no function; there are " + all_functions());
      if (!seen.insert(function.name).second)
        wrong(pair.first, "function " + function.name + " is there twice");
      if (pair.second.IsSequence() && pair.second.size() != 0)
        for (const auto& one : pair.second) read_signature(one, function);
      else
        read_signature(pair.second, function);
      entry.functions.push_back(std::move(function));
    }
  }

  void read_signature(const YAML::Node& node, Source::Function& function) {
    if (!node.IsMap())
      return wrong(node, "a function is a map of what shows it, or a list of them");
    only(node, {"hosts", "methods", "paths", "types", "headers"});
    Source::Signature signature{list(node, "hosts"), list(node, "methods"), list(node, "paths"),
                                list(node, "types"), list(node, "headers")};
    for (auto& mistake : mistakes_in(signature)) wrong(node, std::move(mistake));
    function.signatures.push_back(std::move(signature));
  }

  void read_payloads(const YAML::Node& node, Source::Application& entry) {
    if (!node.IsSequence()) return wrong(node, "'payloads' must be a list");
    for (const auto& one : node) {
      if (one.IsMap())
        entry.payloads.push_back(read_payload(one, entry.protocol));
      else
        wrong(one, "a payload is a map");
    }
  }

  void read_networks(const YAML::Node& node, Source::Application& entry) {
    if (!node.IsSequence()) return wrong(node, "'networks' must be a list");
    for (const auto& one : node) {
      if (!one.IsMap()) {
        wrong(one, "a network is a map");
        continue;
      }
      only(one, {"range", "port"});
      Source::Network network{.range = text(one, "range")};
      if (one["port"]) network.port = static_cast<std::uint16_t>(number(one, "port", 1, 65535));
      const auto range = parse_address_range(network.range);
      if (!range) {
        wrong(one, "'" + network.range + "' is no range of addresses");
        continue;
      }
      network.first.assign(range->first.bytes.begin(), range->first.bytes.end());
      network.last.assign(range->last.bytes.begin(), range->last.bytes.end());
      entry.networks.push_back(std::move(network));
    }
  }

  void read_certificates(const YAML::Node& node, Source::Application& entry) {
    if (!node.IsSequence()) return wrong(node, "'certificates' must be a list");
    for (const auto& one : node) {
      if (!one.IsMap()) {
        wrong(one, "a certificate is a map");
        continue;
      }
      only(one, {"subject", "port"});
      Source::Certificate certificate{.subject = text(one, "subject")};
      if (one["port"]) certificate.port = static_cast<std::uint16_t>(number(one, "port", 1, 65535));
      if (certificate.subject.find('=') == std::string::npos)
        wrong(one, "a certificate's subject is like O=Example, OU=Unit");
      entry.certificates.push_back(std::move(certificate));
    }
  }

  void read_patterns(const YAML::Node& node, Source::Application& entry) {
    if (!node.IsSequence()) return wrong(node, "'patterns' must be a list");
    for (const auto& one : node) {
      if (!one.IsMap()) {
        wrong(one, "patterns are a map of ends");
        continue;
      }
      only(one, {"over", "port", "client", "server", "either"});
      Source::Patterns patterns{.place = place(one)};
      const auto over = text(one, "over");
      patterns.protocol = over == "tcp" ? 6 : 17;
      if (over != "tcp" && over != "udp") wrong(one, "patterns are over tcp or udp");
      if (entry.protocol != 0 && entry.protocol != patterns.protocol)
        wrong(one, "patterns are over the application's own protocol");
      if (one["port"]) patterns.port = static_cast<std::uint16_t>(number(one, "port", 1, 65535));
      patterns.client = read_pattern_list(one, "client");
      patterns.server = read_pattern_list(one, "server");
      patterns.either = read_pattern_list(one, "either");
      if (auto mistake = mistake_in(patterns); !mistake.empty()) wrong(one, std::move(mistake));
      entry.patterns.push_back(std::move(patterns));
    }
  }

  std::vector<Source::Pattern> read_pattern_list(const YAML::Node& node, const char* end) {
    const auto value = node[end];
    std::vector<Source::Pattern> patterns;
    if (!value) return patterns;
    if (!value.IsSequence() || value.size() == 0)
      wrong(value, std::string("'") + end + "' must be a list of patterns");
    else
      for (const auto& one : value) patterns.push_back(read_pattern(one));
    return patterns;
  }

  /// "text", or {text or regex, at, within, nocase}.
  Source::Pattern read_pattern(const YAML::Node& node) {
    constexpr unsigned kScannedBytes = 1024;  // of a payload (engines/appid)
    Source::Pattern pattern;
    std::string mistake;
    if (node.IsScalar()) {
      mistake = read_pattern_text(node.Scalar(), pattern);
    } else if (node.IsMap()) {
      only(node, {"text", "regex", "at", "within", "nocase"});
      if (node["text"].IsDefined() == node["regex"].IsDefined())
        wrong(node, "a pattern has either text or regex");
      if (node["at"]) {
        const auto at = number(node, "at", 0, kScannedBytes - 1);
        pattern.expression = at == 0 ? "^" : "^.{" + std::to_string(at) + "}";
      }
      if (node["within"])
        pattern.within = static_cast<std::uint16_t>(number(node, "within", 1, kScannedBytes));
      pattern.nocase = node["nocase"].IsDefined();
      if (pattern.nocase && text(node, "nocase") != "true")
        wrong(node["nocase"], "'nocase' can only be true");
      mistake = node["regex"] ? read_pattern_regex(text(node, "regex"), pattern)
                              : read_pattern_text(text(node, "text"), pattern);
    } else {
      mistake = "a pattern is a text or a map";
    }
    if (!mistake.empty()) wrong(node, std::move(mistake));
    return pattern;
  }

  Source::Payload read_payload(const YAML::Node& node, std::uint8_t protocol) {
    only(node, {"over", "port", "from", "hex", "text", "least", "most"});
    Source::Payload payload;
    const auto over = text(node, "over");
    payload.protocol = over == "tcp" ? 6 : 17;
    if (over != "tcp" && over != "udp") wrong(node["over"], "a payload is over tcp or udp");
    if (protocol != 0 && protocol != payload.protocol)
      wrong(node["over"], "a payload is over the application's own protocol");
    if (node["from"]) payload.from = text(node, "from");
    if (payload.from != "either" && payload.from != "client" && payload.from != "server")
      wrong(node["from"], "a payload is from client or server");
    if (node["port"]) payload.port = static_cast<std::uint16_t>(number(node, "port", 1, 65535));
    if (node["hex"] && !read_hex(text(node, "hex"), payload.value, payload.mask))
      wrong(node["hex"], "hex is up to 32 bytes of two digits, or .. for any");
    if (node["text"]) {
      payload.value = text(node, "text");
      payload.mask.assign(payload.value.size(), '\xff');
    }
    if (node["hex"].IsDefined() == node["text"].IsDefined())
      wrong(node, "a payload has either hex or text");
    int fixed_bits = 0;
    for (const char c : payload.mask) fixed_bits += std::popcount(static_cast<unsigned char>(c));
    if (fixed_bits < (payload.port == 0 ? 32 : 12))
      wrong(node, "a payload needs 8 fixed digits, or 3 and a port");
    payload.least = static_cast<std::uint16_t>(payload.value.size());
    if (node["least"]) payload.least = static_cast<std::uint16_t>(number(node, "least", 1, 65535));
    if (node["most"]) payload.most = static_cast<std::uint16_t>(number(node, "most", 1, 65535));
    if (payload.least < payload.value.size() || payload.least > payload.most)
      wrong(node, "a payload's least is below its bytes, or above its most");
    return payload;
  }

  std::vector<std::string> hosts(const YAML::Node& node) {
    auto names = list(node, "hosts");
    for (const auto& name : names)
      if (!is_host_suffix(name)) wrong(node["hosts"], "'" + name + "' is no host name");
    return names;
  }

  std::vector<std::string> list(const YAML::Node& node, const char* key) {
    const auto value = node[key];
    if (!value) return {};
    std::vector<std::string> texts;
    if (!value.IsSequence())
      wrong(value, std::string("'") + key + "' must be a list");
    else
      for (const auto& one : value) {
        if (one.IsScalar())
          texts.push_back(one.Scalar());
        else
          wrong(one, std::string("'") + key + "' must be a list of texts");
      }
    return texts;
  }

  std::string text(const YAML::Node& node, const char* key) {
    const auto value = node[key];
    if (value && value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
    wrong(value ? value : node, std::string("'") + key + "' is missing or no text");
    return {};
  }

  unsigned number(const YAML::Node& node, const char* key, unsigned least, unsigned most) {
    const auto digits = text(node, key);
    if (digits.empty()) return least;
    unsigned value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value);
    if (result.ec == std::errc{} && result.ptr == end && value >= least && value <= most)
      return value;
    wrong(node[key], std::string("'") + key + "' must be a number from " + std::to_string(least) +
                         " to " + std::to_string(most));
    return least;
  }

  void only(const YAML::Node& node, std::initializer_list<std::string_view> keys) {
    std::set<std::string> seen;
    for (const auto& pair : node) {
      const auto& key = pair.first.Scalar();
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        wrong(pair.first, "'" + key + "' is no key here");
      if (!seen.insert(key).second) wrong(pair.first, "'" + key + "' is there twice");
    }
  }

  Source::Place place(const YAML::Node& node) const {
    return {file_, node ? node.Mark().line + 1 : 1};
  }
  void wrong(const YAML::Node& node, std::string message) {
    source_.mistakes.push_back({place(node), std::move(message)});
  }

  Source& source_;
  std::string file_;
};

/// What names something once: the first place wins, later ones are mistakes.
class Names {
 public:
  explicit Names(Source& source) : source_(source) {}
  void put(const std::string& what, const Source::Place& place) {
    const auto [entry, fresh] = places_.try_emplace(what, place);
    if (fresh) return;
    const auto& before = entry->second;
    source_.mistakes.push_back(
        {place, what + " is in " + before.file + ":" + std::to_string(before.line) + " already"});
  }

 private:
  Source& source_;
  std::map<std::string, Source::Place> places_;
};

/// An address can be one application's only.
void check_networks(Source& source) {
  struct Taken {
    const Source::Network* network;
    const Source::Application* by;
  };
  std::vector<Taken> taken;
  for (const auto& one : source.applications)
    for (const auto& network : one.networks) taken.push_back({&network, &one});
  std::sort(taken.begin(), taken.end(),
            [](const Taken& x, const Taken& y) { return x.network->first < y.network->first; });
  for (std::size_t i = 1; i < taken.size(); ++i) {
    const auto &before = taken[i - 1], &here = taken[i];
    if (here.network->first > before.network->last) continue;
    source.mistakes.push_back(
        {here.by->place,
         here.network->range + " overlaps " + before.network->range + " of " + before.by->name});
  }
}

/// A flow remembers which of both ends' patterns it has seen half of; a scan, all that it found.
void check_numbers_of_patterns(Source& source) {
  std::size_t parts = 0, of_both = 0;
  for (const auto& one : source.applications)
    for (const auto& patterns : one.patterns) {
      parts += patterns.client.size() + patterns.server.size() + patterns.either.size();
      of_both += !patterns.client.empty() && !patterns.server.empty();
      if (parts > ApplicationPatterns::kMaxParts || of_both > ApplicationPatterns::kMaxOfBothEnds)
        return source.mistakes.push_back({patterns.place, "the catalogue has too many patterns"});
    }
}

/// Those that are not the application's own anyway: several functions may share one.
std::set<std::string> hosts_of_functions(const Source::Application& application) {
  std::set<std::string> hosts;
  for (const auto& function : application.functions)
    for (const auto& signature : function.signatures)
      hosts.insert(signature.hosts.begin(), signature.hosts.end());
  for (const auto& host : application.hosts) hosts.erase(host);
  return hosts;
}

void check_parents(Source& source) {
  std::map<std::string, const Source::Application*> by_name;
  for (const auto& one : source.applications) by_name.emplace(one.name, &one);
  for (const auto& one : source.applications) {
    std::set<std::string> passed{one.name};
    for (const auto* at = &one; !at->parent.empty();) {
      const auto parent = by_name.find(at->parent);
      if (parent == by_name.end()) {
        if (at == &one)
          source.mistakes.push_back({one.place, "no application is called '" + one.parent + "'"});
        break;
      }
      at = parent->second;
      if (passed.insert(at->name).second) continue;
      source.mistakes.push_back({one.place, "'" + one.name + "' is a part of itself"});
      break;
    }
  }
}

}  // namespace

bool read_hex(std::string_view digits, std::string& value, std::string& mask) {
  constexpr std::size_t kMostBytes = 32;
  std::string dense;
  for (const char c : digits)
    if (c != ' ') dense += c;
  if (dense.empty() || dense.size() % 2 != 0 || dense.size() > 2 * kMostBytes) return false;
  for (std::size_t i = 0; i < dense.size(); i += 2) {
    unsigned byte = 0, fixed = 0;
    for (const char digit : {dense[i], dense[i + 1]}) {
      unsigned half = 0;
      const bool any = digit == '.';
      if (!any && std::from_chars(&digit, &digit + 1, half, 16).ec != std::errc{}) return false;
      byte = byte << 4 | half;
      fixed = fixed << 4 | (any ? 0U : 0xfU);
    }
    value += static_cast<char>(byte);
    mask += static_cast<char>(fixed);
  }
  return true;
}

void CatalogueSource::read(const std::string& file, const std::string& yaml) {
  try {
    FileReader(*this, file).read(YAML::Load(yaml));
  } catch (const YAML::Exception& problem) {
    mistakes.push_back({{file, problem.mark.line + 1}, problem.msg});
  }
}

void CatalogueSource::check() {
  Names ids(*this), names(*this), category_names(*this), host_names(*this);
  for (const auto& one : categories) category_names.put("category " + one.name, one.place);
  for (const auto& one : applications) {
    ids.put("id " + std::to_string(one.id), one.place);
    names.put("name " + one.name, one.place);
    for (const auto& print : one.ja4) host_names.put("fingerprint " + print, one.place);
    for (const auto& type : one.content_types) host_names.put("media type " + type, one.place);
    for (const auto& host : one.hosts) host_names.put("host " + host, one.place);
    for (const auto& host : hosts_of_functions(one)) host_names.put("host " + host, one.place);
  }
  check_parents(*this);
  check_networks(*this);
  check_numbers_of_patterns(*this);
  std::sort(applications.begin(), applications.end(),
            [](const auto& x, const auto& y) { return x.id < y.id; });
  std::sort(categories.begin(), categories.end(),
            [](const auto& x, const auto& y) { return x.name < y.name; });
}

bool is_host_suffix(std::string_view text) noexcept {
  if (text.size() > 253 || text.find('.') == text.npos) return false;
  while (true) {
    const auto label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != label.npos)
      return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

}  // namespace sekisho::rules
