// What the other process wrote into the file of reputations: a ring of look-ups whose indices and
// records are as it liked, taken and read as URLs, and a bucket of answers.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "config/base/byte_reader.h"
#include "config/reputation/exchange.h"
#include "rules/reputation/url_expressions.h"

namespace {

using namespace sekisho;
using namespace sekisho::reputation;

std::uint64_t read_u64(ByteReader& reader) {
  std::uint32_t high = 0, low = 0;
  if (!reader.be32(high) || !reader.be32(low)) return 0;
  return std::uint64_t{high} << 32 | low;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void read_answers(ByteReader& reader) {
  AnswerBucket bucket;
  for (auto& way : bucket.ways) {
    way.value.store(read_u64(reader));
    way.guard.store(read_u64(reader));
  }
  AnswerTable table(&bucket, 1);
  for (const auto& way : bucket.ways)
    if (const auto answer = table.find(way.guard.load() ^ way.value.load(), 1)) {
      require(answer->score <= 100 || answer->score == Answer::kUnrated);
      require(answer->source <= AnswerSource::failed && answer->expires_s > 1);
    }
  table.put(7, {.expires_s = 9, .score = 3}, 1);
  require(table.find(7, 1).has_value());
}

}  // namespace

/// Input: four answers, written, read, then the records' bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  read_answers(reader);
  LookupRingHeader header;
  header.written.store(read_u64(reader));
  header.read.store(read_u64(reader));
  static const auto records = std::make_unique<std::array<Lookup, LookupRing::kCapacity>>();
  static rules::UrlScratch scratch;
  const auto bytes = reader.rest();
  const auto used = std::min(bytes.size(), sizeof *records);
  if (used != 0) std::memcpy(static_cast<void*>(records->data()), bytes.data(), used);
  LookupRing ring(&header, records->data());
  std::array<Lookup, 4> out;
  std::size_t total = 0;
  for (auto count = ring.take(out); count != 0; count = ring.take(out)) {
    require(count <= out.size());
    for (std::size_t i = 0; i < count; ++i) {
      rules::CanonicalUrl url;
      if (rules::canonicalise_url(out[i].url(), scratch, url) == rules::UrlFault::none)
        require(rules::expressions_of(url).size() != 0);
    }
    total += count;
    require(total <= LookupRing::kCapacity);
  }
  require(ring.offer(1, "http://a.example/"));
  return 0;
}
