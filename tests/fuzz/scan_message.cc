// Messages to and from sekisho-scan, and what clamd replies.
#include <cstdint>
#include <cstdlib>

#include "config/base/byte_reader.h"
#include "config/scan/scan_message.h"
#include "controlplane/scan/clamd_client.h"

using namespace sekisho;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  if (const auto request = scan::read_request(text)) {
    const auto again = scan::read_request(scan::write_request(*request));
    if (!again || again->operation != request->operation) std::abort();
  }
  if (const auto answer = scan::read_answer(text)) {
    const auto again = scan::read_answer(scan::write_answer(*answer));
    if (!again || again->verdict != answer->verdict || again->size != answer->size) std::abort();
  }
  if (const auto finding = controlplane::parse_clamd_reply(text))
    if (finding->kind != controlplane::ClamdFinding::Kind::nothing &&
        finding->name.size() > text.size())
      std::abort();
  return 0;
}
