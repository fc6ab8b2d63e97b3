#include "worker_harness/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "dataplane/io/ports.h"

namespace sekisho::tests {
namespace {

constexpr std::uint64_t kMegabytes = 192;
constexpr std::uint64_t kHugePageMegabytes = 2;

bool enough_huge_pages() {
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  std::uint64_t free = 0;
  return file >> free && free * kHugePageMegabytes >= 2 * kMegabytes;
}

/// One lcore that may run wherever this thread may: the environment pins nothing.
std::string lcore_anywhere() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof cores, &cores);
  std::string list;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &cores)) list += (list.empty() ? "" : ",") + std::to_string(core);
  return "0@(" + list + ")";
}

bool start_eal() {
  const bool huge = enough_huge_pages();
  std::vector<std::string> arguments{
      "tests", "--lcores=" + lcore_anywhere(), "--no-pci", "--no-telemetry", "--log-level=4",
      "-m",    std::to_string(kMegabytes)};
  if (huge) {
    arguments.emplace_back("--in-memory");
  } else {
    arguments.emplace_back("--no-huge");
    arguments.emplace_back("--no-shconf");
  }
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (auto& argument : arguments) pointers.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0)
    throw std::runtime_error(std::string("DPDK: ") + rte_strerror(rte_errno));
  return huge;
}

}  // namespace

bool eal_uses_huge_pages() {
  static const bool kHuge = start_eal();
  return kHuge;
}

void init_eal() { eal_uses_huge_pages(); }

rte_mempool* packet_pool(std::uint32_t packets, std::uint16_t room) {
  init_eal();
  static const auto kPool = dataplane::Ports::pool_only(packets, room);
  if (!kPool) throw std::runtime_error(kPool.error().message);
  return kPool->pool();
}

}  // namespace sekisho::tests
