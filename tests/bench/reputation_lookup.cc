// Web reputation as a worker sees it. "bench_reputation_lookup hits": from a canonical URL to the
// answer that is known, one core, over a table that is half full.
// "bench_reputation_lookup through FILE RATE SECONDS": so many look-ups of new URLs a second into
// worker 0's ring of a running gateway without traffic, whose exchange file this is; how many were
// answered, how late.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/reputation/exchange.h"

namespace {

using namespace sekisho::reputation;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKnown = Exchange::kBuckets * kAnswerWays / 2;
constexpr std::size_t kAsked = 2'000'000;

std::string url_of(std::uint64_t number) {
  const auto text = std::to_string(number);
  return "www.host-" + text + ".example.com/articles/2026/11/" + text + "/index.html?page=2";
}

std::uint32_t now_s() { return static_cast<std::uint32_t>(std::time(nullptr)); }

/// Nanoseconds a look-up, hashing included.
double measure_hits() {
  const auto folder = std::filesystem::temp_directory_path() / "sekisho-bench-reputation";
  std::filesystem::create_directories(folder);
  auto exchange = Exchange::create((folder / "reputation.table").string(), 1);
  std::filesystem::remove_all(folder);
  if (!exchange) throw std::runtime_error(exchange.error().message);
  const auto secret = exchange->secret();
  auto table = exchange->answers();
  const auto now = now_s();
  std::vector<std::string> urls;
  for (std::uint64_t i = 0; i < kKnown; ++i) {
    urls.push_back(url_of(i));
    table.put(url_key(secret, urls.back()), {.expires_s = now + 3600, .score = 50}, now);
  }
  std::erase_if(urls, [&](const auto& url) { return !table.find(url_key(secret, url), now); });
  std::shuffle(urls.begin(), urls.end(), std::mt19937_64(1));
  std::size_t found = 0;
  const auto begin = std::clock();  // of this process: other work on the machine is not in it
  for (std::size_t i = 0; i < kAsked; ++i)
    found += table.find(url_key(secret, urls[i % urls.size()]), now).has_value();
  const double ns = static_cast<double>(std::clock() - begin) * 1e9 / CLOCKS_PER_SEC;
  if (found < kAsked * 9 / 10) throw std::runtime_error("the table forgot too much");
  std::printf("known URLs %zu of %zu, found %zu of %zu\n", urls.size(), kKnown, found, kAsked);
  return ns / kAsked;
}

struct Waiting {
  std::uint64_t key;
  Clock::time_point since;
};

/// In the order of the questions: what was answered leaves the queue.
void take_answers(const AnswerTable& table, std::deque<Waiting>& waiting,
                  std::vector<double>& milliseconds, std::size_t& failed) {
  const auto now = now_s();
  while (!waiting.empty()) {
    const auto answer = table.find(waiting.front().key, now);
    if (!answer) return;
    failed += answer->source == AnswerSource::failed;
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - waiting.front().since).count());
    waiting.pop_front();
  }
}

void measure_through(const char* path, std::size_t rate, double seconds) {
  auto exchange = Exchange::open(path);
  if (!exchange) throw std::runtime_error(exchange.error().message);
  const auto secret = exchange->secret();
  const auto table = exchange->answers();
  auto ring = exchange->ring(0);
  std::mt19937_64 random(std::random_device{}());
  std::deque<Waiting> waiting;
  std::vector<double> milliseconds;
  std::size_t asked = 0, refused = 0, failed = 0;
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  while (elapsed() < seconds) {
    for (const auto due = static_cast<std::size_t>(elapsed() * static_cast<double>(rate));
         asked < due; ++asked) {
      const auto url = url_of(random());
      const auto key = url_key(secret, url);
      if (ring.offer(key, "http://" + url))
        waiting.push_back({key, Clock::now()});
      else
        ++refused;
    }
    take_answers(table, waiting, milliseconds, failed);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  const auto limit = Clock::now() + std::chrono::seconds(3);
  while (!waiting.empty() && Clock::now() < limit)
    take_answers(table, waiting, milliseconds, failed);
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double part) {
    return milliseconds.empty() ? 0.0
                                : milliseconds[static_cast<std::size_t>(
                                      part * static_cast<double>(milliseconds.size() - 1))];
  };
  std::printf(
      "{\"lookups_per_s\": %.0f, \"asked\": %zu, \"refused\": %zu, \"failed\": %zu, "
      "\"unanswered\": %zu, \"median_ms\": %.2f, \"p99_ms\": %.2f}\n",
      static_cast<double>(milliseconds.size() - failed) / seconds, asked, refused, failed,
      waiting.size(), at(0.5), at(0.99));
}

}  // namespace

int main(int count, char** arguments) try {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  if (mode == "hits" && count == 2) {
    std::printf("{\"ns_per_hit\": %.1f}\n", measure_hits());
  } else if (mode == "through" && count == 5) {
    measure_through(arguments[2], std::strtoul(arguments[3], nullptr, 10),
                    std::strtod(arguments[4], nullptr));
  } else {
    std::fprintf(stderr, "bench_reputation_lookup hits | through FILE RATE SECONDS\n");
    return 2;
  }
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "bench_reputation_lookup: %s\n", problem.what());
  return 1;
}
