// What a console sends of a database: a difference into apply_difference(), a description, a packed
// list, and the entries into each kind's compiler. An input is two texts with a zero between them.
#include <algorithm>
#include <cstdint>
#include <string>

#include "config/content/description.h"
#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "controlplane/databases/compile_database.h"

namespace {

using namespace sekisho;

constexpr std::size_t kMost = std::size_t{1} << 20;

void try_difference(const std::string& base, const std::string& difference) {
  if (!content::check_entry_list(base)) return;
  const auto list = content::apply_difference(base, difference, kMost);
  if (!list) return;
  if (list->size() > kMost) __builtin_trap();
  // An entry without a line feed at the end of the difference gets one: the list is one.
  if (!content::check_entry_list(*list)) __builtin_trap();
  const auto again = content::apply_difference(base, content::difference_of(base, *list), kMost);
  if (!again || *again != *list) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const auto zero = std::min(input.find('\0'), input.size());
  const auto first = input.substr(0, zero);
  try_difference(first, input.substr(std::min(zero + 1, input.size())));
  static_cast<void>(content::unpack(input, kMost));
  if (const auto description = content::parse_description(first, 1))
    if (content::description_file(*description).bytes != first) __builtin_trap();
  for (const auto kind : content::kDatabaseKinds)
    static_cast<void>(controlplane::compile_database(kind, first));
  return 0;
}
