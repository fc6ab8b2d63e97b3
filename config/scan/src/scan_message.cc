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

}  // namespace

std::string socket_path(std::string_view run_dir) { return std::string(run_dir) + "/scan.sock"; }

std::string_view name_of(Verdict verdict) noexcept {
  return kVerdicts[static_cast<std::size_t>(verdict)];
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
  return dumped({{"v", kMessageVersion},
                 {"ok", true},
                 {"verdict", name_of(answer.verdict)},
                 {"threat", answer.threat},
                 {"engine", answer.engine},
                 {"reason", answer.reason},
                 {"sha256", answer.sha256},
                 {"type", answer.type},
                 {"size", answer.size},
                 {"took_ms", answer.took_ms},
                 {"from_cache", answer.from_cache}});
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
      !number(*message, "took_ms", answer.took_ms))
    return bad("a member has the wrong type");
  const auto* const known = std::find(kVerdicts.begin(), kVerdicts.end(), verdict);
  if (known == kVerdicts.end()) return bad("no such verdict");
  answer.verdict = static_cast<Verdict>(known - kVerdicts.begin());
  const auto cached = message->find("from_cache");
  answer.from_cache = cached != message->end() && cached->is_boolean() && cached->get<bool>();
  return answer;
}

}  // namespace sekisho::scan
