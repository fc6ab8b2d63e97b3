#include "controlplane/agent/content_ages.h"

#include <sys/stat.h>

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

ContentAge age_of(const box::BoxConfig& box, const Databases::Row& row, std::int64_t now) {
  ContentAge age{.kind = row.kind,
                 .origin = ContentAge::Origin::none,
                 .max_seconds = max_days(box.content_max_age, row.kind) * kDaySeconds};
  if (row.current) {
    age.origin = ContentAge::Origin::console;
    age.built = row.current->description.built;
    age.bytes = row.current->file_bytes;
  } else {
    struct stat about {};
    const auto& path = own_file(box, row.kind);
    if (path.empty() || stat(path.c_str(), &about) != 0) return age;
    age.origin = ContentAge::Origin::box;
    age.built = about.st_mtim.tv_sec;
    age.bytes = static_cast<std::uint64_t>(about.st_size);
  }
  age.seconds = std::max<std::int64_t>(now - age.built, 0);
  age.is_stale = age.seconds > age.max_seconds;
  return age;
}

}  // namespace

std::string_view name_of(ContentAge::Origin origin) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"none", "box", "console"};
  return kNames[static_cast<std::size_t>(origin)];
}

ContentAges::ContentAges(const box::BoxConfig& box, Databases& databases,
                         std::function<void(const ContentAge&)> changed)
    : box_(box), databases_(databases), changed_(std::move(changed)) {}

std::vector<ContentAge> ContentAges::ages(std::int64_t now) const {
  std::vector<ContentAge> ages;
  for (const auto& row : databases_.rows()) ages.push_back(age_of(box_, row, now));
  return ages;
}

void ContentAges::look(std::int64_t now) {
  for (const auto& age : ages(now)) {
    {
      const std::lock_guard lock(mutex_);
      auto& told = told_[content::index_of(age.kind)];
      if (told == age.is_stale) continue;
      told = age.is_stale;
    }
    databases_.set_stale(age.kind, age.is_stale);
    changed_(age);
  }
}

}  // namespace sekisho::controlplane
