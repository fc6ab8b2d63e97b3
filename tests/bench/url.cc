// The URL database made of the public lists beside the source tree (../shared/content/urls, or
// where the environment's SEKISHO_SHARED says): time to build, bytes an entry, look-ups a second on
// one core. Hits are hosts of the lists, misses are hosts of lists that were left out of the
// database; both in random order, as they stand (with www. in front of every other one). Beside it,
// in the same run, a std::unordered_map of the same names that is asked for every suffix.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engines/url/url_database.h"
#include "rules/urls/import.h"

namespace {

using namespace sekisho;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kAsked = 400'000;
constexpr double kSecondsEach = 1.5;
/// Left out of the database, so that their names are real ones that it does not have.
constexpr const char* kUnlisted = "jobsearch = -\nbank = -\npress = -\nvpn = -\nsports = -\n";

std::filesystem::path lists() {
  const char* const elsewhere = std::getenv("SEKISHO_SHARED");
  return std::filesystem::path(elsewhere != nullptr ? elsewhere : SEKISHO_SHARED_FOLDER) /
         "content/urls";
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}
/// Of this process on a core: other work on the machine is not in it.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

rules::UrlList import(const char* own_map) {
  rules::UrlList list;
  rules::ImportReport report;
  const auto own = rules::CategoryMap::parse(own_map, "bench");
  if (!own) throw std::runtime_error(own.error().message);
  for (const auto& folder : std::filesystem::directory_iterator(lists())) {
    const auto status = rules::import_urls(folder.path().string(), {}, *own, list, report);
    if (!status) throw std::runtime_error(status.error().message);
  }
  std::printf("lines taken                    %10zu, %zu refused\n", report.num_taken,
              report.num_refused);
  return list;
}

/// As the gateway has it: from a file.
Result<engines::url::UrlDatabase> opened(const std::vector<std::byte>& bytes) {
  const auto path =
      std::filesystem::temp_directory_path() / ("sekisho-bench-url." + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  auto database = engines::url::UrlDatabase::open(path.string());
  std::filesystem::remove(path);
  return database;
}

struct Asked {
  std::string_view text;
  rules::HostKind kind;
};
/// Names lie one behind the other, as in the packets of a burst: what is measured is the look-up.
struct Questions {
  std::vector<Asked> asked;
  std::string texts;
};

/// Hosts of the list that `wanted` takes, shuffled, every other one with www. in front.
template <class Wanted>
Questions choose(const rules::UrlList& list, Wanted wanted) {
  std::vector<std::pair<std::string, rules::HostKind>> chosen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto entry = list.entry(i);
    if (!entry.path.empty() || !entry.query.empty() || !wanted(entry)) continue;
    const bool has_www = i % 2 == 0 && entry.kind == rules::HostKind::name &&
                         entry.scope == rules::UrlScope::host_and_below;
    chosen.emplace_back((has_www ? "www." : "") + std::string(entry.host), entry.kind);
  }
  std::shuffle(chosen.begin(), chosen.end(), std::mt19937(1));
  if (chosen.size() > kAsked) chosen.resize(kAsked);
  if (chosen.empty()) throw std::runtime_error("the lists have no such hosts");
  Questions questions;
  for (const auto& one : chosen) questions.texts += one.first;
  std::size_t at = 0;
  for (const auto& [text, kind] : chosen) {
    questions.asked.push_back({std::string_view(questions.texts).substr(at, text.size()), kind});
    at += text.size();
  }
  return questions;
}

struct Speed {
  double per_second = 0;
  std::size_t num_known = 0;  // of all asked once
};

template <class Ask>
Speed measure(const Questions& questions, Ask ask) {
  const auto& asked = questions.asked;
  Speed speed;
  for (const auto& one : asked) speed.num_known += ask(one) ? 1 : 0;
  std::size_t done = 0, known = 0;
  const auto start = cpu_seconds();
  while (cpu_seconds() - start < kSecondsEach) {
    for (const auto& one : asked) known += ask(one) ? 1 : 0;
    done += asked.size();
  }
  speed.per_second = static_cast<double>(done) / (cpu_seconds() - start);
  if (known != speed.num_known * (done / asked.size()))
    throw std::runtime_error("answers differ from round to round");
  return speed;
}

/// What somebody without this database would write.
class Plain {
 public:
  explicit Plain(const rules::UrlList& list) {
    names_.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto entry = list.entry(i);
      if (entry.path.empty() && entry.query.empty())
        names_.try_emplace(std::string(entry.host), entry.category);
    }
  }
  bool knows(const Asked& asked) const {
    std::string_view host = asked.text;
    for (;;) {
      if (names_.find(host) != names_.end()) return true;
      const auto dot = host.find('.');
      if (dot == host.npos || asked.kind != rules::HostKind::name) return false;
      host.remove_prefix(dot + 1);
    }
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, std::uint16_t, Hash, std::equal_to<>> names_;
};

void run() {
  if (!std::filesystem::exists(lists())) {
    std::printf("SKIPPED: no public lists at %s\n{\"skipped\": true}\n", lists().c_str());
    return;
  }
  auto start = Clock::now();
  const auto everything = import("");
  const auto all_built = engines::url::compile(everything);
  const double build_seconds = seconds_since(start);
  if (!all_built) throw std::runtime_error(all_built.error().message);
  const double bytes_each =
      static_cast<double>(all_built->file.size()) / static_cast<double>(all_built->num_entries);
  std::printf("build, with the import         %10.2f s\n", build_seconds);
  std::printf("entries                        %10zu, %zu nodes\n", all_built->num_entries,
              all_built->num_nodes);
  std::printf("file                           %10zu bytes, %.2f an entry\n", all_built->file.size(),
              bytes_each);
  std::printf("labels                         %10zu bytes, packed %zu\n", all_built->label_bytes,
              all_built->packed_label_bytes);

  const auto listed = import(kUnlisted);
  const auto built = engines::url::compile(listed);
  if (!built) throw std::runtime_error(built.error().message);
  const auto database = opened(built->file);
  if (!database) throw std::runtime_error(database.error().message);
  const Plain plain(listed);
  const auto is_host_only = [](const auto& entry) {
    return entry.scope == rules::UrlScope::host_only;
  };
  const auto hits = choose(listed, [&](const auto& entry) { return !is_host_only(entry); });
  const auto misses = choose(everything, [&](const auto& entry) {
    return !is_host_only(entry) && !plain.knows({entry.host, entry.kind});
  });
  const auto ask = [&](const Asked& one) {
    return database->find_host(one.text, one.kind).num_categories > 0;
  };
  const auto ask_plain = [&](const Asked& one) { return plain.knows(one); };
  const auto hit = measure(hits, ask), miss = measure(misses, ask);
  const auto plain_hit = measure(hits, ask_plain), plain_miss = measure(misses, ask_plain);
  const auto row = [](const char* what, const Speed& ours, const Speed& other, std::size_t count) {
    std::printf("%-30s %10.2f M/s, unordered_map %.2f M/s (%zu of %zu known)\n", what,
                ours.per_second / 1e6, other.per_second / 1e6, ours.num_known, count);
  };
  row("hits", hit, plain_hit, hits.asked.size());
  row("misses", miss, plain_miss, misses.asked.size());
  if (hit.num_known != hits.asked.size() || miss.num_known != 0)
    throw std::runtime_error("a name that is listed is unknown, or one that is not is known");
  const auto harmonic = [](double a, double b) { return 2 * a * b / (a + b); };
  const double ours = harmonic(hit.per_second, miss.per_second);
  std::printf(
      "{\"bytes_per_entry\": %.2f, \"lookups_per_s\": %.0f, \"hits_per_s\": %.0f, "
      "\"misses_per_s\": %.0f, \"map_ratio\": %.2f, \"build_seconds\": %.2f, \"entries\": %zu}\n",
      bytes_each, ours, hit.per_second, miss.per_second,
      ours / harmonic(plain_hit.per_second, plain_miss.per_second), build_seconds,
      all_built->num_entries);
}

}  // namespace

int main() try {
  run();
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_url: %s\n", problem.what());
  return 1;
}
