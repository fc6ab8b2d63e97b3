#include "dataplane/answers/dns_sinkhole.h"

#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kResponse = 0x8000, kOpcode = 0x7800, kRecursionDesired = 0x0100,
                        kRecursionAvailable = 0x0080;
constexpr std::uint16_t kTypeA = 1, kTypeAaaa = 28, kClassIn = 1;

struct Question {
  std::uint16_t id = 0, flags = 0, type = 0, klass = 0;
  std::span<const std::uint8_t> bytes;  // name, type and class
};

/// A query has no name to point back to, so pointers are refused.
std::optional<Question> read_question(std::span<const std::uint8_t> message) noexcept {
  constexpr std::uint8_t kLongestLabel = 63;
  constexpr std::size_t kLongestName = 255;
  Question question;
  ByteReader reader(message);
  std::uint16_t questions = 0, answers = 0, authorities = 0;
  if (!reader.be16(question.id) || !reader.be16(question.flags) || !reader.be16(questions) ||
      !reader.be16(answers) || !reader.be16(authorities) || !reader.skip(2))
    return std::nullopt;
  if ((question.flags & (kResponse | kOpcode)) != 0 || questions != 1 || answers != 0 ||
      authorities != 0)
    return std::nullopt;
  const auto before = reader.rest();
  std::uint8_t length = 0;
  do {
    if (!reader.u8(length) || length > kLongestLabel || !reader.skip(length)) return std::nullopt;
  } while (length != 0);
  if (before.size() - reader.rest().size() > kLongestName) return std::nullopt;
  if (!reader.be16(question.type) || !reader.be16(question.klass)) return std::nullopt;
  question.bytes = before.first(before.size() - reader.rest().size());
  return question;
}

/// The data of the answer's record; empty: it has none.
std::span<const std::uint8_t> address_for(const Question& question,
                                          const Sinkhole& sinkhole) noexcept {
  constexpr std::size_t kV4At = 12;
  if (question.klass != kClassIn) return {};
  if (question.type == kTypeA && sinkhole.v4) return std::span(sinkhole.v4->bytes).subspan(kV4At);
  if (question.type == kTypeAaaa && sinkhole.v6) return sinkhole.v6->bytes;
  return {};
}

}  // namespace

std::size_t write_dns_sinkhole(std::span<const std::uint8_t> query, const Sinkhole& sinkhole,
                               std::span<std::uint8_t> out) noexcept {
  constexpr std::size_t kRecord = 12;
  const auto question = read_question(query);
  if (!question) return 0;
  const auto address = address_for(*question, sinkhole);
  const auto record = address.empty() ? 0 : kRecord + address.size();
  if (kHeader + question->bytes.size() + record > out.size()) return 0;
  std::size_t size = 0;
  const auto put = [&](std::size_t value) {
    out[size++] = static_cast<std::uint8_t>(value >> 8);
    out[size++] = static_cast<std::uint8_t>(value);
  };
  const auto copy = [&](std::span<const std::uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(size));
    size += bytes.size();
  };
  put(question->id);
  put(kResponse | kRecursionAvailable | (question->flags & kRecursionDesired));
  put(1);
  put(address.empty() ? 0 : 1);
  put(0);
  put(0);
  copy(question->bytes);
  if (address.empty()) return size;
  put(0xc000 | kHeader);  // the question's name
  put(question->type);
  put(question->klass);
  put(0);
  put(kSinkholeSeconds);
  put(address.size());
  copy(address);
  return size;
}

}  // namespace sekisho::dataplane
