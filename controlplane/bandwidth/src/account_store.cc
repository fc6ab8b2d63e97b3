#include "controlplane/bandwidth/account_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <span>
#include <utility>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::controlplane {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kFineSeconds = 3 * kHour;  // longer times are told by whole hours
constexpr std::string_view kMinutePrefix = "minute-", kHourPrefix = "hour-";
constexpr std::string_view kPutAside = "damaged";  // the last one
constexpr std::string_view kTold = "told";  // names the newest reading and hour that were told
constexpr std::size_t kMaxToldBytes = 256;

std::string name_of(std::string_view prefix, std::int64_t time, std::uint64_t number) {
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), "%.*s%012lld-%llu", static_cast<int>(prefix.size()),
                      prefix.data(), static_cast<long long>(time),
                      static_cast<unsigned long long>(number));
  return text.data();
}

/// The time in a name with this prefix.
std::optional<std::int64_t> time_in(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || name.ends_with(".new")) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::int64_t time = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), time);
  if (read.ec != std::errc() || time < 0) return std::nullopt;
  return time;
}

std::int64_t hour_of(std::int64_t end) { return (end - 1) / kHour * kHour; }

}  // namespace

AccountStore::AccountStore(std::string folder, FileDoor& files, const Limits& limits,
                           Damaged damaged)
    : folder_(std::move(folder)), files_(files), limits_(limits), damaged_(std::move(damaged)) {
  read_folder();
  read_told();
}

/// Behind what was told last, which may be pruned by now.
void AccountStore::read_told() {
  const auto content = files_.read(folder_ + "/" + std::string(kTold), kMaxToldBytes);
  if (!content) return;
  const auto text = as_text(bytes_of(std::span<const std::byte>(*content)));
  const auto line_end = std::min(text.find('\n'), text.size());
  readings_told_.last = text.substr(0, line_end);
  hours_told_.last = text.substr(std::min(line_end + 1, text.size()));
  const auto wait = [](const std::vector<File>& kind, std::string_view prefix, Telling& telling) {
    const auto time = time_in(telling.last, prefix).value_or(0);
    for (const auto& file : kind)
      if (file.time > time) telling.waiting.push_back(file.name);
  };
  wait(minutes_, kMinutePrefix, readings_told_);
  wait(hours_, kHourPrefix, hours_told_);
  was_told_ = true;
}

std::vector<BandwidthAccount> AccountStore::read_all(const std::vector<std::string>& names) {
  std::vector<BandwidthAccount> accounts;
  for (const auto& name : names)
    if (auto account = read(name)) accounts.push_back(*std::move(account));
  return accounts;
}

AccountStore::Untold AccountStore::untold() {
  if (!was_told_) return {};
  return {read_all(readings_told_.waiting), read_all(hours_told_.waiting)};
}

Status AccountStore::mark_told() {
  if (was_told_ && readings_told_.waiting.empty() && hours_told_.waiting.empty()) return ok();
  const auto told = [](const Telling& telling, const std::vector<File>& kind) {
    if (!telling.waiting.empty()) return telling.waiting.back();
    return telling.last.empty() && !kind.empty() ? kind.back().name : telling.last;
  };
  auto reading = told(readings_told_, minutes_), hour = told(hours_told_, hours_);
  const auto text = reading + "\n" + hour;
  auto put = replace_file(files_, folder_ + "/" + std::string(kTold), text, Readers::nobody);
  if (!put) return put;
  readings_told_ = {.last = std::move(reading)};
  hours_told_ = {.last = std::move(hour)};
  was_told_ = true;
  return ok();
}

void AccountStore::read_folder() {
  for (auto& name : files_.list(folder_)) {
    if (name.ends_with(".new")) {
      files_.remove(folder_ + "/" + name);
      continue;
    }
    const auto size = [&] {
      const auto content = files_.read(folder_ + "/" + name, kMaxAccountBytes);
      return content ? content->size() : 0;
    };
    if (const auto end = time_in(name, kMinutePrefix))
      minutes_.push_back({name, *end, size()});
    else if (const auto begin = time_in(name, kHourPrefix))
      hours_.push_back({name, *begin, size()});
  }
  const auto by_time = [](const File& x, const File& y) {
    return std::pair(x.time, std::cref(x.name).get()) < std::pair(y.time, std::cref(y.name).get());
  };
  std::sort(minutes_.begin(), minutes_.end(), by_time);
  std::sort(hours_.begin(), hours_.end(), by_time);
  while (!minutes_.empty()) {
    const auto name = minutes_.back().name;
    const auto last = read(name);
    if (!last) continue;  // put aside, and out of the list
    last_boot_ = last->boot_id;
    last_number_ = last->number;
    break;
  }
}

/// Nothing: damaged, and put aside.
std::optional<BandwidthAccount> AccountStore::read(const std::string& name) {
  const auto path = folder_ + "/" + name;
  const auto content = files_.read(path, kMaxAccountBytes);
  auto account = content ? decode_account(as_text(bytes_of(std::span<const std::byte>(*content))))
                         : Result<BandwidthAccount>(Error{content.error()});
  if (account) return *std::move(account);
  (void)files_.rename(path, folder_ + "/" + std::string(kPutAside));
  const auto is_it = [&](const File& file) { return file.name == name; };
  std::erase_if(minutes_, is_it);
  std::erase_if(hours_, is_it);
  if (damaged_) damaged_(name, account.error().message);
  return std::nullopt;
}

Status AccountStore::write(std::vector<File>& kind, File file, const BandwidthAccount& account) {
  const auto text = encode(account);
  if (auto put = replace_file(files_, folder_ + "/" + file.name, text, Readers::nobody); !put)
    return put;
  file.bytes = text.size();
  std::erase_if(kind, [&](const File& old) { return old.name == file.name; });
  const auto place = std::upper_bound(kind.begin(), kind.end(), file,
                                      [](const File& x, const File& y) { return x.time < y.time; });
  kind.insert(place, std::move(file));
  return ok();
}

Status AccountStore::add(const BandwidthAccount& account) {
  const File file{name_of(kMinutePrefix, account.end, account.number), account.end, 0};
  if (auto put = write(minutes_, file, account); !put) return put;
  readings_told_.waiting.push_back(file.name);
  last_boot_ = account.boot_id;
  last_number_ = account.number;
  fold_hours(account.end);
  prune(minutes_, account.end - limits_.minutes.count());
  prune(hours_, account.end - limits_.hours.count());
  return ok();
}

/// Sums up the hours before `now`'s that have readings and no sum. What cannot be written now is
/// summed up with the next reading.
void AccountStore::fold_hours(std::int64_t now) {
  std::vector<std::int64_t> missing;
  for (const auto& minute : minutes_) {
    const auto hour = hour_of(minute.time);
    const bool is_over = hour < hour_of(now);
    const bool is_known =
        (!missing.empty() && missing.back() == hour) ||
        std::any_of(hours_.begin(), hours_.end(), [&](const File& h) { return h.time == hour; });
    if (is_over && !is_known) missing.push_back(hour);
  }
  for (const auto hour : missing) {
    const auto name = name_of(kHourPrefix, hour, 0);
    if (write(hours_, {name, hour, 0}, fold_hour(hour))) hours_told_.waiting.push_back(name);
  }
}

BandwidthAccount AccountStore::fold_hour(std::int64_t hour) {
  std::vector<std::string> names;
  for (const auto& minute : minutes_)
    if (hour_of(minute.time) == hour) names.push_back(minute.name);
  BandwidthAccount sum{.begin = hour, .end = hour + kHour, .boot_id = {}, .number = 0, .rows = {}};
  for (const auto& name : names)
    if (auto account = read(name))
      sum.rows.insert(sum.rows.end(), account->rows.begin(), account->rows.end());
  sum.rows = sum_of(sum.rows, kMaxAccountRows);
  return sum;
}

void AccountStore::prune(std::vector<File>& kind, std::int64_t oldest) {
  std::size_t bytes = 0;
  for (const auto& file : kind) bytes += file.bytes;
  while (!kind.empty() && (kind.front().time < oldest || bytes > limits_.max_bytes)) {
    bytes -= kind.front().bytes;
    files_.remove(folder_ + "/" + kind.front().name);
    kind.erase(kind.begin());
  }
}

BandwidthAccount AccountStore::between(std::int64_t begin, std::int64_t end) {
  std::vector<std::string> names;
  std::vector<std::int64_t> summed;
  if (end - begin > kFineSeconds)
    for (const auto& hour : hours_)
      if (hour.time + kHour > begin && hour.time < end) {
        names.push_back(hour.name);
        summed.push_back(hour.time);
      }
  for (const auto& minute : minutes_)
    if (minute.time > begin && minute.time <= end &&
        std::find(summed.begin(), summed.end(), hour_of(minute.time)) == summed.end())
      names.push_back(minute.name);
  BandwidthAccount sum{.begin = end, .end = begin, .boot_id = {}, .number = 0, .rows = {}};
  for (const auto& name : names) {
    const auto account = read(name);
    if (!account) continue;
    sum.begin = std::min(sum.begin, account->begin);
    sum.end = std::max(sum.end, account->end);
    sum.rows.insert(sum.rows.end(), account->rows.begin(), account->rows.end());
  }
  if (sum.begin > sum.end) sum.begin = sum.end = end;
  sum.rows = sum_of(sum.rows, 0);
  return sum;
}

}  // namespace sekisho::controlplane
