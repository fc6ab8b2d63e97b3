#include "config/scan/scan_message.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "config/base/json_depth.h"

namespace sekisho::scan {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxLevels = 4;
constexpr std::array<std::string_view, 5> kVerdicts{"clean", "infected", "encrypted", "over_limits",
                                                    "failed"};

constexpr std::array<std::string_view, 4> kSuspicions{"none", "weak", "fair", "strong"};

std::string dumped(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

Error bad(std::string_view what) {
  return {Error::Code::invalid_input, "scan message: " + std::string(what)};
}

Result<json> parse(std::string_view bytes) {
  if (bytes.size() > kMaxMessageBytes) return bad("too long");
  if (nested_deeper(bytes, kMaxLevels)) return bad("nested too deeply");
  auto message = json::parse(bytes, nullptr, false);
  if (!message.is_object()) return bad("no JSON object");
  const auto version = message.find("v");
  if (version == message.end() || !version->is_number_integer()) return bad("no version");
  if (*version != kMessageVersion)
    return Error{Error::Code::version, "scan message: version " + version->dump() + ", not " +
                                           std::to_string(kMessageVersion)};
  return message;
}

/// False: it is there, and no text of at most `most` bytes.
bool text(const json& message, const char* key, std::size_t most, std::string& out) {
  const auto found = message.find(key);
  if (found == message.end()) return true;
  if (!found->is_string()) return false;
  out = found->get<std::string>();
  return out.size() <= most;
}

template <class Number>
bool number(const json& message, const char* key, Number& out) {
  const auto found = message.find(key);
  if (found == message.end()) return true;
  if (!found->is_number_unsigned()) return false;
  const auto value = found->get<std::uint64_t>();
  out = static_cast<Number>(value);
  return out == value;
}

json written(const std::vector<Measure>& measures) {
  json list = json::array();
  for (const auto& measure : measures)
    list.push_back({{"name", measure.name},
                    {"meaning", measure.meaning},
                    {"value", measure.value},
                    {"share", measure.share}});
  return list;
}

bool read_measures(const json& message, std::vector<Measure>& out) {
  constexpr std::size_t kMaxName = 256;
  const auto found = message.find("measures");
  if (found == message.end()) return true;
  if (!found->is_array() || found->size() > kMaxMeasures) return false;
  for (const auto& said : *found) {
    if (!said.is_object()) return false;
    Measure measure;
    const auto value = said.value("value", json()), share = said.value("share", json());
    if (!text(said, "name", kMaxName, measure.name) ||
        !text(said, "meaning", kMaxName, measure.meaning) || !value.is_number() ||
        !share.is_number())
      return false;
    measure.value = value.get<double>();
    measure.share = share.get<double>();
    out.push_back(std::move(measure));
  }
  return true;
}

/// What machine learning said; nothing, of a file that it said nothing of.
bool read_score(const json& message, ScanAnswer& answer) {
  if (!message.contains("score")) return true;
  std::string suspicion;
  if (!number(message, "score", answer.score) || answer.score > 1000 ||
      !text(message, "suspicion", 16, suspicion) || !read_measures(message, answer.measures))
    return false;
  const auto* const known = std::find(kSuspicions.begin(), kSuspicions.end(), suspicion);
  if (known == kSuspicions.end()) return false;
  answer.suspicion = static_cast<Suspicion>(known - kSuspicions.begin());
  answer.is_scored = true;
  return true;
}

}  // namespace

std::string socket_path(std::string_view run_dir) { return std::string(run_dir) + "/scan.sock"; }

std::string_view name_of(Verdict verdict) noexcept {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::string_view name_of(Suspicion suspicion) noexcept {
  return kSuspicions[static_cast<std::size_t>(suspicion)];
}

std::string write_request(const ScanRequest& request) {
  if (request.operation == ScanRequest::Operation::status)
    return dumped({{"v", kMessageVersion}, {"op", "status"}});
  return dumped(
      {{"v", kMessageVersion}, {"op", "scan"}, {"name", request.name.substr(0, kMaxNameBytes)}});
}

Result<ScanRequest> read_request(std::string_view bytes) {
  const auto message = parse(bytes);
  if (!message) return Error{message.error()};
  ScanRequest request;
  std::string operation;
  // A replacement character takes three bytes where one stood.
  if (!text(*message, "op", 16, operation) ||
      !text(*message, "name", 3 * kMaxNameBytes, request.name))
    return bad("op and name must be texts");
  if (operation == "status")
    request.operation = ScanRequest::Operation::status;
  else if (operation != "scan")
    return bad("op must be scan or status");
  return request;
}

std::string write_answer(const ScanAnswer& answer) {
  json message{{"v", kMessageVersion},
               {"ok", true},
               {"verdict", name_of(answer.verdict)},
               {"threat", answer.threat},
               {"engine", answer.engine},
               {"reason", answer.reason},
               {"sha256", answer.sha256},
               {"type", answer.type},
               {"size", answer.size},
               {"took_ms", answer.took_ms},
               {"from_cache", answer.from_cache}};
  if (answer.is_scored) {
    message["score"] = answer.score;
    message["suspicion"] = name_of(answer.suspicion);
    message["measures"] = written(answer.measures);
  }
  return dumped(message);
}

Result<ScanAnswer> read_answer(std::string_view bytes) {
  constexpr std::size_t kMaxText = 4096;
  const auto message = parse(bytes);
  if (!message) return Error{message.error()};
  ScanAnswer answer;
  std::string verdict;
  if (!text(*message, "verdict", kMaxText, verdict) ||
      !text(*message, "threat", kMaxText, answer.threat) ||
      !text(*message, "engine", kMaxText, answer.engine) ||
      !text(*message, "reason", kMaxText, answer.reason) ||
      !text(*message, "sha256", kMaxText, answer.sha256) ||
      !text(*message, "type", kMaxText, answer.type) || !number(*message, "size", answer.size) ||
      !number(*message, "took_ms", answer.took_ms) || !read_score(*message, answer))
    return bad("a member has the wrong type");
  const auto* const known = std::find(kVerdicts.begin(), kVerdicts.end(), verdict);
  if (known == kVerdicts.end()) return bad("no such verdict");
  answer.verdict = static_cast<Verdict>(known - kVerdicts.begin());
  const auto cached = message->find("from_cache");
  answer.from_cache = cached != message->end() && cached->is_boolean() && cached->get<bool>();
  return answer;
}

}  // namespace sekisho::scan
