// What a request uses an application for. An input is lines: the host, the method, the path, the
// query, the content type, then headers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "rules/applications/catalogue.h"

using namespace sekisho::rules;

namespace {

class Lines final : public RequestHeaders {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  std::string_view next() {
    const auto line = text_.substr(0, text_.find('\n'));
    text_.remove_prefix(std::min(line.size() + 1, text_.size()));
    return line;
  }
  bool has(std::string_view beginning) const noexcept override {
    auto rest = *this;
    while (!rest.text_.empty())
      if (begins_header(rest.next(), beginning)) return true;
    return false;
  }

 private:
  std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Lines lines({reinterpret_cast<const char*>(data), size});
  SeenRequest request{.host = lines.next(), .method = lines.next()};
  request.path = lines.next();
  request.query = lines.next();
  request.content_type = lines.next();
  request.headers = &lines;
  for (const auto& application : applications()) {
    if (application.functions.empty()) continue;
    const auto function = function_of(application, request);
    const bool has_it = (functions_of(application) & set_of(function)) != 0;
    if (function != 0 && !has_it) std::abort();
    // What fits a request is the first of its own functions that does.
    const auto fits_it = [&](const auto& signature) { return fits(signature, request); };
    for (const auto& one : application.functions) {
      const auto& all = one.signatures;
      if (!std::any_of(all.begin(), all.end(), fits_it)) continue;
      if (one.function != function) std::abort();
      break;
    }
  }
  // A pattern that is the text itself always fits it: a star stands for itself, too.
  if (!begins_like(request.path, request.path)) std::abort();
  return 0;
}
