// Bandwidth accounts: their files, as they are and with a checksum that fits, and the events that a
// console gets. Checked: what is read is written and read again the same, and sums lose nothing.
#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/bandwidth/account.h"
#include "controlplane/bandwidth/account_event.h"

namespace {

using namespace sekisho::controlplane;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

std::uint64_t bytes_of(const std::vector<BandwidthRow>& rows) {
  std::uint64_t sum = 0;  // modulo 2^64, as the rows' own
  for (const auto& row : rows) sum += row.traffic.bytes();
  return sum;
}

void check(const BandwidthAccount& account) {
  const auto again = decode_account(encode(account));
  require(again && *again == account);
  for (const std::size_t most : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
    const auto sum = sum_of(account.rows, most);
    require(sum.size() <= most);
    require(bytes_of(sum) == bytes_of(account.rows));
  }
  const auto told = account_in_event(event_of(account, kMinuteEvent));
  require(told && told->begin == account.begin && told->end == account.end);
  require(bytes_of(told->rows) == bytes_of(account.rows));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto account = decode_account(text)) check(*account);
  if (const auto account = account_in_event(text)) check(*account);
  return 0;
}
