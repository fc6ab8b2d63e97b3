#include "controlplane/agent/imported_packs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "config/policy/pack_name.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using policy::is_pack_name;
using policy::is_rule_text;

// No pack's name begins with one of these.
constexpr char kComes = '+';
constexpr char kGoes = '~';
constexpr std::string_view kCommitted = "=committed";  // there: the change is to be finished

/// Packs lie in one folder: a slash of their names is a character that names do not have.
std::string file_of(std::string_view name) {
  std::string file(name);
  std::replace(file.begin(), file.end(), '/', '@');
  return file;
}

std::string name_of(std::string_view file) {
  std::string name(file);
  std::replace(name.begin(), name.end(), '@', '/');
  return name;
}

bool is_of_change(const std::string& file, char kind) {
  return !file.empty() && file.front() == kind && is_pack_name(name_of(file.substr(1)));
}

}  // namespace

ImportedPacks::ImportedPacks(std::string folder, std::size_t max_text_bytes, FileDoor& files)
    : folder_(std::move(folder)), max_text_bytes_(max_text_bytes), files_(&files) {
  discard();
}

std::vector<ImportedPacks::Text> ImportedPacks::read(bool with_change) const {
  const auto there = files_->list(folder_);
  std::set<std::pair<std::string, std::string>> wanted;  // name, file
  for (const auto& file : there)
    if (is_pack_name(name_of(file))) wanted.emplace(name_of(file), file);
  if (with_change)
    for (const auto& file : there) {
      const bool comes = is_of_change(file, kComes);
      if (!comes && !is_of_change(file, kGoes)) continue;
      wanted.erase({name_of(file.substr(1)), file.substr(1)});
      if (comes) wanted.emplace(name_of(file.substr(1)), file);
    }
  std::vector<Text> texts;
  for (const auto& [name, file] : wanted) {
    const auto bytes = files_->read(path(file), max_text_bytes_);
    if (bytes)
      texts.push_back({name, text_of(*bytes)});
    else
      texts.push_back({name, {}, bytes.error().message});
  }
  return texts;
}

Status ImportedPacks::stage(std::string_view name, std::string_view text) {
  if (auto finished = finish(); !finished) return finished;
  const auto file = file_of(name);
  for (const auto& other : files_->list(folder_)) {
    if (!is_rule_text(name)) break;
    if (other.starts_with(kComes + file + "@")) files_->remove(path(other));
    if (!other.starts_with(file + "@")) continue;
    if (auto marked = mark_removed(other); !marked) return marked;
  }
  files_->remove(path(kGoes + file));
  return replace_file(*files_, path(kComes + file), text, Readers::group);
}

Status ImportedPacks::stage_removal(std::string_view name) {
  if (auto finished = finish(); !finished) return finished;
  const auto texts = read(true);
  const auto is_named = [&](const Text& text) { return text.name == name; };
  if (!is_pack_name(name) || std::none_of(texts.begin(), texts.end(), is_named))
    return Error{Error::Code::not_found, "no imported pack is named '" + std::string(name) + "'"};
  const auto file = file_of(name);
  for (const auto& other : files_->list(folder_)) {
    const bool comes = is_of_change(other, kComes);
    const auto plain = comes ? other.substr(1) : other;
    if (plain != file && !(is_rule_text(name) && plain.starts_with(file + "@"))) continue;
    if (comes)
      files_->remove(path(other));
    else if (auto marked = mark_removed(other); !marked)
      return marked;
  }
  return ok();
}

Status ImportedPacks::mark_removed(const std::string& file) {
  return replace_file(*files_, path(kGoes + file), std::string_view(), Readers::group);
}

std::vector<std::string> ImportedPacks::staged() const {
  std::vector<std::string> names;
  for (const auto& file : files_->list(folder_))
    if (is_of_change(file, kComes)) names.push_back(name_of(file.substr(1)));
  return names;
}

bool ImportedPacks::has_change() const {
  const auto there = files_->list(folder_);
  return std::any_of(there.begin(), there.end(), [](const std::string& file) {
    return is_of_change(file, kComes) || is_of_change(file, kGoes);
  });
}

Status ImportedPacks::commit() {
  if (!has_change()) return ok();
  // Renames are several: from here on the next process would do the rest.
  if (auto s = replace_file(*files_, path(kCommitted), std::string_view(), Readers::group); !s)
    return s;
  return finish();
}

/// Puts a change in place that was committed; may be begun again at any point.
Status ImportedPacks::finish() {
  const auto there = files_->list(folder_);
  if (std::find(there.begin(), there.end(), kCommitted) == there.end()) return ok();
  for (const auto& file : there)
    if (is_of_change(file, kGoes)) {
      files_->remove(path(file.substr(1)));
      files_->remove(path(file));
    }
  for (const auto& file : there)
    if (is_of_change(file, kComes))
      if (auto s = files_->rename(path(file), path(file.substr(1))); !s) return s;
  files_->remove(path(kCommitted));
  return ok();
}

/// Also what a kill left half-way.
void ImportedPacks::discard() {
  if (auto finished = finish(); !finished) return spdlog::error("{}", finished.error().message);
  for (const auto& file : files_->list(folder_))
    if (is_of_change(file, kComes) || is_of_change(file, kGoes) || file.ends_with(".new"))
      files_->remove(path(file));
}

}  // namespace sekisho::controlplane
