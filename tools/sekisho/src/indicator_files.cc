#include "indicator_files.h"

#include <filesystem>
#include <optional>

#include "rules/feeds/feed.h"
#include "tools/sekisho/command.h"
#include "whole_file.h"

namespace sekisho::tools {
namespace {

namespace callback = engines::callback;

/// A hash of which a list does not say what of can only be found where it fits.
std::optional<callback::IndicatorKind> kind_of(rules::IndicatorKind kind) {
  switch (kind) {
    case rules::IndicatorKind::domain:
      return callback::IndicatorKind::domain;
    case rules::IndicatorKind::url:
      return callback::IndicatorKind::url;
    case rules::IndicatorKind::address:
      return callback::IndicatorKind::address;
    case rules::IndicatorKind::ja3:
    case rules::IndicatorKind::md5:
      return callback::IndicatorKind::ja3;
    case rules::IndicatorKind::ja4:
      return callback::IndicatorKind::ja4;
    case rules::IndicatorKind::certificate_sha1:
    case rules::IndicatorKind::certificate_sha256:
    case rules::IndicatorKind::sha1:
    case rules::IndicatorKind::sha256:
      return callback::IndicatorKind::certificate;
    case rules::IndicatorKind::file_md5:
    case rules::IndicatorKind::file_sha1:
    case rules::IndicatorKind::file_sha256:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void add_indicator_file(const std::string& path, std::int64_t now, IndicatorFiles& files) {
  constexpr std::uint8_t kUnrated = 0;  // a list without scores says that all of it is dangerous
  auto feed = rules::read_feed(read_whole_file(path), rules::FeedFormat::automatic, now);
  if (!feed) throw CommandError(ExitCode::negative, path + ": " + feed.error().message);
  const auto name = std::filesystem::path(path).stem().string();
  files.num_refused += feed->num_refused;
  files.num_left_out += feed->num_left_out - feed->num_expired;
  files.num_expired += feed->num_expired;
  for (const auto& mistake : feed->mistakes)
    files.mistakes.push_back(path + ", " + mistake.place + ": " + mistake.message);
  for (const auto& one : feed->indicators) {
    const auto kind = kind_of(one.kind);
    if (!kind) {
      ++files.num_left_out;
      continue;
    }
    const auto score = std::min<std::uint8_t>(one.score.value_or(kUnrated), 100);
    files.indicators.push_back({*kind, one.value, name, static_cast<std::uint8_t>(100 - score)});
    files.places.push_back(path + ", " + feed->place_of(one));
  }
}

}  // namespace sekisho::tools
