#include "dataplane/answers/dns_sinkhole.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

using Bytes = std::vector<std::uint8_t>;

const Sinkhole kBoth{*parse_ip_address("192.0.2.66"), *parse_ip_address("2001:db8::66")};

Bytes question(std::uint8_t type, std::uint8_t klass = 1) {
  return {4, 'e', 'v', 'i', 'l', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, type, 0, klass};
}

Bytes query(const Bytes& asked) {
  Bytes message{0xab, 0xcd, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
  message.insert(message.end(), asked.begin(), asked.end());
  return message;
}

Bytes answer(const Bytes& message, const Sinkhole& sinkhole = kBoth) {
  Bytes out(kMaxDnsSinkholeBytes);
  out.resize(write_dns_sinkhole(message, sinkhole, out));
  return out;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("a query for an address is answered with the sinkhole's of that family") {
  CHECK(answer(query(question(1))) ==
        joined({{0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0},
                question(1),
                {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 66}}));
  const auto v6 = answer(query(question(28)));
  CHECK(v6 == joined({{0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0},
                      question(28),
                      {0xc0, 12,   0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0x20, 0x01,
                       0x0d, 0xb8, 0, 0,  0, 0, 0, 0, 0, 0,  0, 0,  0,    0x66}}));
}

TEST_CASE("other types, other classes and a family without an address get no record") {
  const auto empty = [](const Bytes& asked) {
    return joined({{0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, asked});
  };
  CHECK(answer(query(question(16))) == empty(question(16)));
  CHECK(answer(query(question(1, 3))) == empty(question(1, 3)));
  CHECK(answer(query(question(28)), {.v4 = kBoth.v4}) == empty(question(28)));
}

TEST_CASE("only a plain query of one question that is whole is answered") {
  const auto good = query(question(1));
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    auto message = good;
    message[at] = value;
    return message;
  };
  CHECK(answer(changed(2, 0x81)).empty());   // a response
  CHECK(answer(changed(2, 0x29)).empty());   // an update
  CHECK(answer(changed(5, 2)).empty());      // two questions
  CHECK(answer(changed(7, 1)).empty());      // with an answer
  CHECK(answer(changed(12, 0xc0)).empty());  // a pointer
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(answer({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}).empty());
  }
  Bytes small(20);
  CHECK(write_dns_sinkhole(good, kBoth, small) == 0);
}
