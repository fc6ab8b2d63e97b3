#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "controlplane/agent/control_request.h"
#include "controlplane/agent/http_request.h"

/// The two languages that sekisho-control hears from outside; the first byte chooses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho::controlplane;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'h') {
    const HttpAnswer whole = judge_http_request(text);
    // More bytes behind a judged head never change the judgement.
    if (whole != HttpAnswer::incomplete && whole != HttpAnswer::header_fields_too_large &&
        judge_http_request(std::string(text) + "GET / HTTP/1.1\r\n\r\n") != whole)
      std::abort();
    return 0;
  }
  const auto request = parse_control_request(text);
  if (request && (request->op.empty() || request->comment.size() > kMaxCommentBytes)) std::abort();
  return 0;
}
