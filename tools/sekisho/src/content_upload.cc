#include "content_upload.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "config/base/message_socket.h"
#include "config/policy/pack_name.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kImportTimeout{60};

/// Names that are imported now: removing one of them would take more than this upload brought.
std::vector<std::string> imported_names(Context& context) {
  const auto answer = ask(context, Peer::control, {{"op", "content.list"}}, kImportTimeout);
  std::vector<std::string> names;
  for (const auto& pack : View(answer, "content.list").list("packs"))
    if (pack.text("origin") == "import") names.push_back(pack.text("name"));
  return names;
}

}  // namespace

void ContentUpload::add(std::string name, std::string text) {
  if (!policy::is_pack_name(name))
    throw CommandError(
        ExitCode::negative,
        fmt::format("'{}' is no name for a pack of rules or a file that they load: at most {} "
                    "letters, digits, '_', '-', '.' and, of such a file, '/'; only rules end in "
                    ".rules",
                    printable(name), policy::kMaxPackNameBytes));
  total_bytes_ += text.size();
  if (total_bytes_ > policy::kMaxAllPackBytes)
    throw CommandError(ExitCode::negative,
                       fmt::format("with {} more than {} MiB, which is what all packs may have",
                                   name, policy::kMaxAllPackBytes >> 20));
  auto request = json{{"op", "content.import"}, {"name", name}, {"text", std::move(text)}};
  if (request.dump().size() > kMaxRequestBytes)
    throw CommandError(ExitCode::negative, fmt::format("{}: larger than a request may be ({} MiB)",
                                                       name, kMaxRequestBytes >> 20));
  texts_.push_back({std::move(name), std::move(request)});
}

void ContentUpload::send(Context& context) const {
  const auto former = imported_names(context);
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    try {
      ask(context, Peer::control, texts_[i].request, kImportTimeout);
    } catch (const CommandError&) {
      take_back(context, i + 1, former);  // the last, too: only its answer may be missing
      throw;
    }
  }
}

void ContentUpload::take_back(Context& context, std::size_t count,
                              const std::vector<std::string>& former) const {
  for (std::size_t i = count; i-- > 0;) {
    const auto& name = texts_[i].name;
    if (std::find(former.begin(), former.end(), name) != former.end()) {
      if (i + 1 < count)
        fmt::print(context.err,
                   "{}: has taken the place of the former one and counts from the next change on; "
                   "import it again or `sekisho content remove {}`\n",
                   name, name);
      continue;
    }
    const json body = {{"op", "content.remove"}, {"name", name}};
    const auto answer = context.gateway->request(Peer::control, body, kImportTimeout);
    const auto* failure = std::get_if<Failure>(&answer);
    if (failure == nullptr || error_to_json(*failure).value("code", "") == "not_found") continue;
    fmt::print(context.err, "{}: could not be taken back: {}\n", name, failure->message);
  }
}

}  // namespace sekisho::tools
