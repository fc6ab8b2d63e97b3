#include "controlplane/agent/left_out_packs.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "json_at.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxReasonBytes = 1024;

}  // namespace

LeftOutPacks::LeftOutPacks(std::string path, FileDoor& files)
    : path_(std::move(path)), files_(&files) {
  const auto bytes = files_->read(path_, kMaxFileBytes);
  if (!bytes) return;
  const json kept = json::parse(text_of(*bytes), nullptr, false);
  if (!kept.is_object() || text_at(kept, "version") != SEKISHO_VERSION) return;
  reason_ = text_at(kept, "reason");
  since_ = static_cast<std::int64_t>(number_at<std::uint32_t>(kept, "since"));
  const auto texts = kept.find("texts");
  if (texts == kept.end() || !texts->is_object()) return;
  for (const auto& [name, sha256] : texts->items())
    if (sha256.is_string()) texts_.emplace(name, sha256.get<std::string>());
}

bool LeftOutPacks::holds(std::string_view name, std::string_view sha256) const {
  const auto found = texts_.find(name);
  return found != texts_.end() && found->second == sha256;
}

void LeftOutPacks::add(std::string_view name, std::string_view sha256, std::string_view reason) {
  texts_.insert_or_assign(std::string(name), std::string(sha256));
  reason_ = reason.substr(0, kMaxReasonBytes);
  since_ = std::time(nullptr);
}

void LeftOutPacks::forget(std::string_view name) {
  if (const auto found = texts_.find(name); found != texts_.end()) texts_.erase(found);
}

void LeftOutPacks::clear() { texts_.clear(); }

Status LeftOutPacks::save() const {
  if (texts_.empty()) {
    files_->remove(path_);
    return ok();
  }
  const json kept{{"version", SEKISHO_VERSION},
                  {"reason", reason_},
                  {"since", static_cast<std::uint32_t>(std::max<std::int64_t>(since_, 0))},
                  {"texts", texts_}};
  return replace_file(*files_, path_, kept.dump(1, ' ', false, json::error_handler_t::replace),
                      Readers::group);
}

}  // namespace sekisho::controlplane
