#include "dataplane/control/capture_filter.h"

#include <pcap/pcap.h>

#include <memory>

namespace sekisho::dataplane {
namespace {

constexpr int kLongestFrame = 65535;

}  // namespace

Result<std::vector<bpf_insn>> compile_capture_filter(const std::string& expression) {
  std::vector<bpf_insn> program;
  if (expression.empty()) return program;
  if (expression.size() > kMaxFilterBytes)
    return Error{Error::Code::invalid_input,
                 "filter: longer than " + std::to_string(kMaxFilterBytes) + " bytes"};
  if (expression.find('\0') != std::string::npos)
    return Error{Error::Code::invalid_input, "filter: contains a zero byte"};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(
      pcap_open_dead(DLT_EN10MB, kLongestFrame), pcap_close);
  if (handle == nullptr) return Error{Error::Code::resource, "filter: out of memory"};
  bpf_program compiled{};
  if (pcap_compile(handle.get(), &compiled, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return Error{Error::Code::invalid_input, std::string("filter: ") + pcap_geterr(handle.get())};
  program.assign(compiled.bf_insns, compiled.bf_insns + compiled.bf_len);
  pcap_freecode(&compiled);
  return program;
}

}  // namespace sekisho::dataplane
