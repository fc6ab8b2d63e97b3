#include "dataplane/decrypt/diversion/client_hello.h"

#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

using namespace sekisho::decrypt;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes message(std::size_t body, std::uint8_t type = 1) {
  Bytes made{type, static_cast<std::uint8_t>(body >> 16), static_cast<std::uint8_t>(body >> 8),
             static_cast<std::uint8_t>(body)};
  made.resize(4 + body, 0x55);
  return made;
}

/// In records of at most `most` bytes.
Bytes records(const Bytes& inside, std::size_t most) {
  Bytes made;
  for (std::size_t at = 0; at < inside.size(); at += most) {
    const auto count = std::min(most, inside.size() - at);
    made.insert(made.end(), {22, 3, 1, static_cast<std::uint8_t>(count >> 8),
                             static_cast<std::uint8_t>(count)});
    const auto from = inside.begin() + static_cast<std::ptrdiff_t>(at);
    made.insert(made.end(), from, from + static_cast<std::ptrdiff_t>(count));
  }
  return made;
}

}  // namespace

TEST_CASE("a ClientHello is whole with its last byte, however it is cut", "[decrypt]") {
  const auto most = GENERATE(as<std::size_t>{}, 1, 3, 100, 512, 16'384);
  const auto hello = records(message(1'800), most);
  for (std::size_t size = 0; size < hello.size(); ++size)
    REQUIRE(client_hello_state(std::span(hello).first(size)) == HelloState::incomplete);
  CHECK(client_hello_state(hello) == HelloState::complete);
  auto more = hello;
  more.insert(more.end(), {20, 3, 3, 0, 1, 1});  // what a client may send behind it
  CHECK(client_hello_state(more) == HelloState::complete);
}

TEST_CASE("what is no ClientHello is known by its first bytes", "[decrypt]") {
  const auto state = [](std::string_view text) {
    return client_hello_state({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  CHECK(state("GET / HTTP/1.1\r\n") == HelloState::not_tls);
  CHECK(state("S") == HelloState::not_tls);
  CHECK(state("\x16\x02") == HelloState::not_tls);                   // no version of TLS
  CHECK(state({"\x16\x03\x01\x00\x00", 5}) == HelloState::not_tls);  // an empty record
  CHECK(state({"\x16\x03\x01\x40\x01", 5}) == HelloState::not_tls);  // a record too long
  CHECK(client_hello_state(records(message(100, 2), 512)) == HelloState::not_tls);  // a ServerHello
  CHECK(client_hello_state(records(message(65'533), 512)) == HelloState::not_tls);  // 64 KB
}
