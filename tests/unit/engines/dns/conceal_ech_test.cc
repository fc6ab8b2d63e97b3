#include <catch2/catch.hpp>

#include "dns_bytes.h"
#include "engines/dns/message.h"

namespace sekisho::tests::dns {
namespace {

using namespace std::string_literals;

unsigned conceal(std::string& message) {
  return engines::dns::conceal_ech(
      std::span(reinterpret_cast<std::uint8_t*>(message.data()), message.size()));
}

std::string param(unsigned key, std::string_view value) {
  return be16(key) + be16(value.size()) + std::string(value);
}

const std::string kServiceMode = be16(1) + wire_name("");
const std::string kAlpn = param(1, "\x02h2"), kHint = param(4, "\xc0\x00\x02\x01");
const std::string kEch = param(5, "\x00\x04secret"s), kHint6 = param(6, std::string(16, '\x20'));
const std::string kGone = param(65280, std::string(8, '\0'));

/// A response with one HTTPS record of this data, a record behind it and EDNS.
std::string response(const std::string& data, unsigned type = 65) {
  return header(9, 0x8180, {1, 1, 1, 1}) + question("www.example.com", 65) +
         record(kToQuestion, type, data) + record("\xc0\x10", 2, "\x02ns\xc0\x10") + opt();
}

TEST_CASE("The parameter ech becomes one that clients ignore, and nothing moves") {
  auto message = response(kServiceMode + kAlpn + kHint + kEch + kHint6);
  CHECK(conceal(message) == 1);
  CHECK(message == response(kServiceMode + kAlpn + kHint + kHint6 + kGone));
  CHECK(conceal(message) == 0);
}

TEST_CASE("A record of SVCB, and one whose only parameter it is, are treated alike") {
  auto message = response(kServiceMode + kEch, 64);
  CHECK(conceal(message) == 1);
  CHECK(message == response(kServiceMode + kGone, 64));
}

TEST_CASE("A number that is taken is not used twice") {
  auto message = response(kServiceMode + kEch + param(65280, "x"));
  CHECK(conceal(message) == 1);
  CHECK(message == response(kServiceMode + param(65280, "x") + param(65281, std::string(8, '\0'))));
}

TEST_CASE("A record that needs ech, or has no number left, is none that clients know") {
  const auto mandatory = kServiceMode + param(0, be16(1) + be16(5)) + kAlpn;
  const auto full = kServiceMode + kEch + param(65534, "x");
  for (const auto& data : {mandatory + kEch, full}) {
    auto message = response(data);
    CHECK(conceal(message) == 1);
    CHECK(message.size() == response(data).size());
    CHECK(message.find("secret") == message.npos);
    CHECK(message.substr(0, 35) == response(data, 65280).substr(0, 35));
    CHECK(conceal(message) == 0);
  }
}

TEST_CASE("A record that cannot be read is none that clients know") {
  for (const auto& data : {be16(1) + "\xc0\x0c"s + kEch, kServiceMode + kEch + "\x00\x06\x00"s,
                           kServiceMode + kHint6 + kEch, "\x00"s}) {
    auto message = response(data);
    CHECK(conceal(message) == 1);
    CHECK(message.find("secret") == message.npos);
  }
}

TEST_CASE("What has no ech stays as it is") {
  for (const auto& data : {kServiceMode + kAlpn + kHint, be16(0) + wire_name("pool.example")}) {
    auto message = response(data);
    CHECK(conceal(message) == 0);
    CHECK(message == response(data));
  }
  auto other = response(kServiceMode + kEch, 16);  // a text
  CHECK(conceal(other) == 0);
  auto query = header(9, 0x0100, {1, 0, 0, 0}) + question("www.example.com", 65);
  CHECK(conceal(query) == 0);
}

TEST_CASE("Whatever is missing of a message, nothing outside of it is touched") {
  const auto whole = response(kServiceMode + kAlpn + kEch);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto part = whole.substr(0, size);
    part.shrink_to_fit();
    conceal(part);
    CHECK(part.size() == size);
  }
}

}  // namespace
}  // namespace sekisho::tests::dns
