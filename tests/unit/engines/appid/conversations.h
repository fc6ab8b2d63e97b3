#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::tests {

struct Said {
  bool to_server;
  std::string bytes;
};

/// The beginning of a flow, and what it is.
struct Conversation {
  std::string what;
  std::uint8_t protocol;
  std::uint16_t client_port;
  std::uint16_t server_port;
  std::vector<Said> said;
  std::string_view application;  // recognised at the last payload and not before; empty: not at all
};

/// "16 03 01": spaces are for reading.
std::string hex(std::string_view digits);
std::string zeros(std::size_t count);

std::vector<Conversation> recognised_conversations();
std::vector<Conversation> unknown_conversations();
// further_conversations.cc
void add_further_conversations(std::vector<Conversation>& all);
std::vector<Conversation> further_unknown_conversations();

}  // namespace sekisho::tests
