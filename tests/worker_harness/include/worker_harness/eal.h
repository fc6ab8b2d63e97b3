#pragma once

#include <cstdint>

struct rte_mempool;

namespace sekisho::tests {

/// Starts DPDK's environment, once per process: no devices, no threads of its own, huge pages when
/// enough are free. Throws std::runtime_error. The calling thread may still run on every core that
/// it could run on before.
void init_eal();

/// Whether init_eal found huge pages.
bool eal_uses_huge_pages();

/// The process's packet buffers; the first call decides how many there are and how many bytes each
/// has (with 128 of headroom), as on a box with an MTU of 1500 unless told otherwise. Starts the
/// environment when nobody did. Throws std::runtime_error.
rte_mempool* packet_pool(std::uint32_t packets = 8192, std::uint16_t room = 2048 + 128);

}  // namespace sekisho::tests
