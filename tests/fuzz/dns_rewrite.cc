// Messages of DNS that the gateway changes as they pass.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "engines/dns/message.h"
#include "engines/dns/safe_search.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines::dns;

constexpr std::string_view kTarget = "forcesafesearch.google.com";
constexpr std::array<std::uint8_t, 16> kName{3,   'w', 'w', 'w', 6,   'g', 'o', 'o',
                                             'g', 'l', 'e', 3,   'c', 'o', 'm', 0};

void check(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[size]);  // its end is guarded
  std::copy_n(data, size, exact.get());
  const std::span<std::uint8_t> message(exact.get(), size);
  std::array<std::uint8_t, 1472> out;

  if (const auto renamed = write_renamed_query(message, kTarget, out); renamed != 0) {
    const auto question = read_question(std::span(out).first(renamed));
    std::array<char, kMaxNameText> room;
    check(question && !question->is_response && text_of(question->name, room) == kTarget);
  }
  if (const auto alias = write_alias_response(message, kName, kTarget, out); alias != 0) {
    const auto question = read_question(std::span(out).first(alias));
    check(question && question->is_response && std::ranges::equal(question->name, kName));
  }
  if (const auto question = read_question(message)) {
    std::array<char, kMaxNameText> room;
    static_cast<void>(safe_search_target(text_of(question->name, room), 0xffff));
  }
  conceal_ech(message);
  check(conceal_ech(message) == 0);  // nothing is left
  return 0;
}
