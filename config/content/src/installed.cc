#include "config/content/installed.h"

#include <nlohmann/json.hpp>

#include "config/base/bounded_file.h"

namespace sekisho::content {
namespace {

constexpr std::size_t kMaxStateBytes = std::size_t{64} << 10;
constexpr std::size_t kDigestChars = 64;

}  // namespace

std::string databases_folder(const std::string& state_dir, DatabaseKind kind) {
  return state_dir + "/databases/" + std::string(name_of(kind));
}

std::string installed_database(const std::string& folder, const std::string& fallback) {
  const auto text = read_bounded(folder + "/state.json", kMaxStateBytes);
  if (!text) return fallback;
  const auto state = nlohmann::json::parse(*text, nullptr, false);
  if (!state.is_object() || !state.contains("current") || !state["current"].is_object())
    return fallback;
  const auto digest = state["current"].value("sha256", nlohmann::json());
  if (!digest.is_string()) return fallback;
  const auto& name = digest.get_ref<const std::string&>();
  if (name.size() != kDigestChars || name.find_first_not_of("0123456789abcdef") != name.npos)
    return fallback;
  return folder + "/" + name + ".db";
}

}  // namespace sekisho::content
