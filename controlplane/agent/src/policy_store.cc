#include "controlplane/agent/policy_store.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/snapshot/snapshot.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxHistoryBytes = std::size_t{1} << 20;
constexpr std::string_view kSuffix = ".snapshot";
constexpr std::size_t kAddressDigits = 64;

bool is_content_address(std::string_view text) {
  return text.size() == kAddressDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

json to_json(const PolicyVersion& v) {
  return {{"serial", v.serial},         {"content_address", v.content_address},
          {"applied_at", v.applied_at}, {"comment", v.comment},
          {"rules", v.rules},           {"bundle_version", v.bundle_version}};
}

/// None when a field is missing or of another type.
std::optional<PolicyVersion> version_from(const json& value) {
  if (!value.is_object()) return std::nullopt;
  const auto unsigned_at = [&](const char* key) -> std::optional<std::uint32_t> {
    const auto it = value.find(key);
    if (it == value.end() || !it->is_number_unsigned()) return std::nullopt;
    const auto number = it->get<std::uint64_t>();
    if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(number);
  };
  const auto serial = unsigned_at("serial");
  const auto address = value.find("content_address");
  if (!serial || *serial == 0 || address == value.end() || !address->is_string() ||
      !is_content_address(address->get_ref<const std::string&>()))
    return std::nullopt;
  PolicyVersion v;
  v.serial = *serial;
  v.content_address = address->get<std::string>();
  v.rules = unsigned_at("rules").value_or(0);
  if (const auto at = value.find("applied_at"); at != value.end() && at->is_number_integer())
    v.applied_at = at->get<std::int64_t>();
  if (const auto c = value.find("comment"); c != value.end() && c->is_string())
    v.comment = c->get<std::string>();
  if (const auto b = value.find("bundle_version"); b != value.end() && b->is_number_unsigned())
    v.bundle_version = b->get<std::uint64_t>();
  return v;
}

json parse(const std::vector<std::byte>& bytes) {
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return json::parse(text, nullptr, false);
}

}  // namespace

Result<PolicyStore> PolicyStore::open(std::string folder, FileDoor& files) {
  PolicyStore store(std::move(folder), files);
  if (auto s = store.load_history(); !s) return std::move(s).error().within("policy history");
  if (auto s = store.load_current(); !s) return std::move(s).error().within("current policy");
  store.settle_pending();
  store.remove_unused();
  return store;
}

Status PolicyStore::load_history() {
  const std::string path = folder_ + "/history.json";
  const auto bytes = files_->read(path, kMaxHistoryBytes);
  if (!bytes && bytes.error().code == Error::Code::not_found) return ok();
  const json document = bytes ? parse(*bytes) : json(json::value_t::discarded);
  if (!document.is_object()) {
    // Every write of it is atomic, so the disk lost it. `current` still says what is in force.
    return files_->rename(path, path + ".damaged");
  }
  if (const auto it = document.find("last_serial");
      it != document.end() && it->is_number_unsigned())
    last_serial_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        it->get<std::uint64_t>(), std::numeric_limits<std::uint32_t>::max()));
  if (const auto list = document.find("versions"); list != document.end() && list->is_array())
    for (const json& entry : *list)
      if (auto v = version_from(entry)) versions_.push_back(std::move(*v));
  if (const auto list = document.find("passing"); list != document.end() && list->is_array())
    for (const json& entry : *list)
      if (auto v = version_from(entry)) passing_.push_back(std::move(*v));
  if (const auto it = document.find("pending"); it != document.end()) pending_ = version_from(*it);
  if (const auto it = document.find("pending_awaits_confirmation"); it != document.end())
    pending_awaits_ = *it == true;
  if (const auto it = document.find("unconfirmed"); it != document.end())
    unconfirmed_ = version_from(*it);
  return ok();
}

Status PolicyStore::load_current() {
  const auto bytes = files_->read(folder_ + "/current", kMaxHistoryBytes);
  if (!bytes && bytes.error().code == Error::Code::not_found) return ok();
  if (!bytes) return Error{bytes.error()};
  current_ = version_from(parse(*bytes));
  return ok();
}

/// It leaves its place; kept for a while unless it is current.
void PolicyStore::let_pass(std::optional<PolicyVersion>& version) {
  const auto left = std::exchange(version, std::nullopt);
  if (!left || (current_ && current_->serial == left->serial)) return;
  passing_.push_back(*left);
  if (passing_.size() > kKeptPassing) passing_.erase(passing_.begin());
}

/// `current` decides: what it names was in force, whatever the history had time to say.
void PolicyStore::settle_pending() {
  if (current_) {
    const auto same_serial = [&](const PolicyVersion& v) { return v.serial == current_->serial; };
    const auto known = std::find_if(versions_.begin(), versions_.end(), same_serial);
    if (known != versions_.end()) {
      current_ = *known;
    } else if (pending_ && same_serial(*pending_)) {
      current_ = *pending_;
      versions_.push_back(*pending_);
    } else if (unconfirmed_ && same_serial(*unconfirmed_)) {
      current_ = *unconfirmed_;
      versions_.push_back(*unconfirmed_);
    } else {
      versions_.push_back(*current_);
    }
    if (pending_ && pending_->serial <= current_->serial) let_pass(pending_);
    if (unconfirmed_ && unconfirmed_->serial <= current_->serial) let_pass(unconfirmed_);
    std::erase_if(versions_, [&](const PolicyVersion& v) { return v.serial > current_->serial; });
    std::sort(versions_.begin(), versions_.end(),
              [](const auto& a, const auto& b) { return a.serial < b.serial; });
  }
  for (const PolicyVersion& v : versions_) last_serial_ = std::max(last_serial_, v.serial);
  if (pending_) last_serial_ = std::max(last_serial_, pending_->serial);
  if (unconfirmed_) last_serial_ = std::max(last_serial_, unconfirmed_->serial);
}

std::vector<PolicyVersion> PolicyStore::newest_first() const {
  return {versions_.rbegin(), versions_.rend()};
}

Result<PolicyVersion> PolicyStore::find(std::uint32_t serial) const {
  for (const PolicyVersion& v : versions_)
    if (v.serial == serial) return v;
  return Error{Error::Code::not_found, "no policy with serial " + std::to_string(serial) +
                                           " is kept (the last " + std::to_string(kKeptVersions) +
                                           " are)"};
}

Result<PolicyVersion> PolicyStore::previous() const {
  if (versions_.size() < 2) return Error{Error::Code::not_found, "no earlier policy is kept"};
  return versions_[versions_.size() - 2];
}

std::string PolicyStore::path_of(const std::string& content_address) const {
  return folder_ + "/" + content_address + std::string(kSuffix);
}

Result<std::vector<std::byte>> PolicyStore::read(const std::string& content_address) const {
  const std::string path = path_of(content_address);
  auto bytes = files_->read(path, snapshot::kMaxSnapshotBytes);
  if (!bytes) return bytes;
  const auto view = snapshot::SnapshotView::open(*bytes);
  if (!view) return Error(view.error()).within(path);
  if (view->content_address() != content_address)
    return Error{Error::Code::invalid_input, path + ": is not what its name says"};
  return bytes;
}

Result<PolicyVersion> PolicyStore::stage(std::span<const std::byte> snapshot, Draft draft) {
  if (!is_content_address(draft.content_address))
    return Error{Error::Code::invalid_input,
                 "'" + draft.content_address + "' is no content address"};
  if (last_serial_ == std::numeric_limits<std::uint32_t>::max())
    return Error{Error::Code::resource, "policy serials are used up (4294967295)"};
  const std::string path = path_of(draft.content_address);
  if (auto s = replace_file(*files_, path, snapshot, Readers::group); !s)
    return std::move(s).error();
  // Before the dataplane hears of it: it must never meet a serial twice.
  ++last_serial_;
  let_pass(pending_);
  pending_ = {last_serial_, std::move(draft.content_address),
              draft.now,    std::move(draft.comment),
              draft.rules,  draft.bundle_version};
  pending_awaits_ = draft.awaits_confirmation;
  if (auto s = save_history(); !s) return std::move(s).error();
  return *pending_;
}

Status PolicyStore::make_current(const PolicyVersion& version) {
  const json pointer{{"serial", version.serial},
                     {"content_address", version.content_address},
                     {"snapshot", version.content_address + std::string(kSuffix)},
                     {"rules", version.rules},
                     {"applied_at", version.applied_at},
                     {"bundle_version", version.bundle_version}};
  if (auto s = replace("current", pointer.dump()); !s) return s;
  current_ = version;
  versions_.push_back(*current_);
  if (versions_.size() > kKeptVersions)
    versions_.erase(versions_.begin(),
                    versions_.end() - static_cast<std::ptrdiff_t>(kKeptVersions));
  let_pass(unconfirmed_);
  // The policy is in force from here on: trouble with the history must not say otherwise.
  (void)save_history();
  remove_unused();
  return ok();
}

Status PolicyStore::commit() {
  if (!pending_) return Error{Error::Code::invalid_input, "no policy is staged"};
  const auto staged = std::exchange(pending_, std::nullopt);
  auto made = make_current(*staged);
  if (!made) pending_ = staged;
  return made;
}

Status PolicyStore::discard() {
  if (!pending_) return ok();
  let_pass(pending_);
  auto saved = save_history();
  remove_unused();
  return saved;
}

Status PolicyStore::keep_unconfirmed() {
  if (!pending_) return Error{Error::Code::invalid_input, "no policy is staged"};
  const auto before = unconfirmed_;
  const auto passing = passing_;
  let_pass(unconfirmed_);
  unconfirmed_ = std::exchange(pending_, std::nullopt);
  if (auto saved = save_history(); !saved) {
    pending_ = std::exchange(unconfirmed_, before);
    passing_ = passing;
    return saved;
  }
  remove_unused();
  return ok();
}

Status PolicyStore::confirm() {
  if (!unconfirmed_) return Error{Error::Code::invalid_input, "no policy awaits confirmation"};
  return make_current(PolicyVersion(*unconfirmed_));
}

Status PolicyStore::withdraw() {
  if (!unconfirmed_) return ok();
  let_pass(unconfirmed_);
  auto saved = save_history();
  remove_unused();
  return saved;
}

/// Snapshots that no kept version names, and drafts of a killed predecessor.
void PolicyStore::remove_unused() {
  for (const std::string& name : files_->list(folder_)) {
    const bool draft = name.ends_with(".new");
    if (!draft && !name.ends_with(kSuffix)) continue;
    const auto uses = [&](const PolicyVersion& v) {
      return name == v.content_address + std::string(kSuffix);
    };
    const bool used = std::any_of(versions_.begin(), versions_.end(), uses) ||
                      std::any_of(passing_.begin(), passing_.end(), uses) ||
                      (pending_ && uses(*pending_)) || (unconfirmed_ && uses(*unconfirmed_)) ||
                      (current_ && uses(*current_));
    if (draft || !used) files_->remove(folder_ + "/" + name);
  }
}

Status PolicyStore::replace(const std::string& name, std::string_view content) {
  return replace_file(*files_, folder_ + "/" + name, content, Readers::group);
}

Status PolicyStore::save_history() {
  json list = json::array();
  for (const PolicyVersion& v : versions_) list.push_back(to_json(v));
  json passing = json::array();
  for (const PolicyVersion& v : passing_) passing.push_back(to_json(v));
  json document{{"last_serial", last_serial_},
                {"versions", std::move(list)},
                {"passing", std::move(passing)}};
  if (pending_) {
    document["pending"] = to_json(*pending_);
    document["pending_awaits_confirmation"] = pending_awaits_;
  }
  if (unconfirmed_) document["unconfirmed"] = to_json(*unconfirmed_);
  return replace("history.json", document.dump(1, ' ', false, json::error_handler_t::replace));
}

}  // namespace sekisho::controlplane
