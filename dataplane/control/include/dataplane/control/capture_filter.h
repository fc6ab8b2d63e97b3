#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/base/result.h"

#include <pcap/bpf.h>

namespace sekisho::dataplane {

/// The time that libpcap takes over an expression grows with the cube of its length: this much
/// (some 100 terms) is a fraction of a second at worst, ten times as much would be minutes.
inline constexpr std::size_t kMaxFilterBytes = 1024;

/// A pcap filter expression (pcap-filter(7)) over whole Ethernet frames as a BPF program; empty for
/// no expression, which every frame passes. invalid_input tells libpcap's own reason.
Result<std::vector<bpf_insn>> compile_capture_filter(const std::string& expression);

}  // namespace sekisho::dataplane
