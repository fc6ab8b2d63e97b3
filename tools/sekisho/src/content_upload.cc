#include "content_upload.h"

#include <fmt/format.h>

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
  begin_pack_change(context);
  for (const auto& text : texts_) {
    try {
      ask(context, Peer::control, text.request, kImportTimeout);
    } catch (const CommandError&) {
      // Of no consequence but for the disk: what was not applied never counts.
      static_cast<void>(
          context.gateway->request(Peer::control, {{"op", "content.begin"}}, kImportTimeout));
      throw;
    }
  }
}

void begin_pack_change(Context& context) {
  ask(context, Peer::control, {{"op", "content.begin"}}, kImportTimeout);
}

}  // namespace sekisho::tools
