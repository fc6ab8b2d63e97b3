#include "controlplane/agent/content_ages.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace sekisho::controlplane {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

const std::string& own_file(const box::BoxConfig& box, content::DatabaseKind kind) {
  switch (kind) {
    case content::DatabaseKind::reputation:
      return box.reputation_database;
    case content::DatabaseKind::indicators:
      return box.indicator_database;
    case content::DatabaseKind::urls:
      break;
  }
  return box.url_database;
}

std::uint32_t max_days(const box::ContentMaxAge& bounds, content::DatabaseKind kind) {
  switch (kind) {
    case content::DatabaseKind::reputation:
      return bounds.reputation_days;
    case content::DatabaseKind::indicators:
      return bounds.indicators_days;
    case content::DatabaseKind::urls:
      break;
  }
  return bounds.urls_days;
}

ContentAge aged(ContentAge age, std::int64_t now) {
  if (age.origin == ContentAge::Origin::none) return age;
  age.seconds = std::max<std::int64_t>(now - age.built, 0);
  age.is_stale = age.seconds > age.max_seconds;
  return age;
}

/// One more file of a kind: the newest tells its age.
void add_file(const std::string& path, ContentAge::Origin origin, ContentAge& age) {
  struct stat about {};
  if (path.empty() || stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return;
  age.bytes += static_cast<std::uint64_t>(about.st_size);
  if (age.origin != ContentAge::Origin::none && about.st_mtim.tv_sec <= age.built) return;
  age.built = about.st_mtim.tv_sec;
  age.origin = origin;
}

void add_folder(const std::string& folder, std::string_view ending, ContentAge::Origin origin,
                ContentAge& age) {
  if (folder.empty()) return;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem))
    if (entry->path().filename().string().ends_with(ending))
      add_file(entry->path().string(), origin, age);
}

ContentAge age_of(const box::BoxConfig& box, const Databases::Row& row, std::int64_t now) {
  ContentAge age{.kind = content::name_of(row.kind),
                 .database = row.kind,
                 .max_seconds = max_days(box.content_max_age, row.kind) * kDaySeconds};
  if (row.current) {
    age.origin = ContentAge::Origin::console;
    age.built = row.current->description.built;
    age.bytes = row.current->file_bytes;
  } else {
    add_file(own_file(box, row.kind), ContentAge::Origin::box, age);
  }
  return aged(age, now);
}

/// Packs say nothing of when they were made: when they came counts.
ContentAge age_of_packs(const box::BoxConfig& box, const std::string& console_packs,
                        std::int64_t now) {
  constexpr std::string_view kRules = ".rules";
  const auto folder = box.state_dir + "/ips";
  ContentAge age{.kind = "ips", .max_seconds = box.content_max_age.ips_days * kDaySeconds};
  add_folder(box.rule_packs, kRules, ContentAge::Origin::box, age);
  add_folder(folder + "/packs", kRules, ContentAge::Origin::import, age);
  if (!console_packs.empty())
    add_file(folder + "/content/" + console_packs + ".packs", ContentAge::Origin::console, age);
  return aged(age, now);
}

ContentAge age_of_signatures(const box::BoxConfig& box, std::int64_t now) {
  ContentAge age{.kind = "malware", .max_seconds = box.content_max_age.malware_days * kDaySeconds};
  add_folder(box.malware_signatures, "", ContentAge::Origin::box, age);
  add_file(box.malware_database, ContentAge::Origin::box, age);
  return aged(age, now);
}

}  // namespace

std::string_view name_of(ContentAge::Origin origin) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"none", "box", "import", "console"};
  return kNames[static_cast<std::size_t>(origin)];
}

ContentAges::ContentAges(const box::BoxConfig& box, Databases& databases, Doors doors)
    : box_(box), databases_(databases), doors_(std::move(doors)) {}

std::vector<ContentAge> ContentAges::ages(std::int64_t now) const {
  std::vector<ContentAge> ages;
  for (const auto& row : databases_.rows()) ages.push_back(age_of(box_, row, now));
  ages.push_back(age_of_packs(box_, doors_.console_packs(), now));
  ages.push_back(age_of_signatures(box_, now));
  return ages;
}

void ContentAges::look(std::int64_t now) {
  for (const auto& age : ages(now)) {
    {
      const std::lock_guard lock(mutex_);
      auto& told = told_[age.kind];
      if (told == age.is_stale) continue;
      told = age.is_stale;
    }
    if (age.database) databases_.set_stale(*age.database, age.is_stale);
    doors_.changed(age);
  }
}

}  // namespace sekisho::controlplane
