#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engines/protocols/transaction.h"

namespace sekisho::engines {

/// One message of DNS (RFC 1035 §4), of UDP or TCP. Everything is lent for the call.
struct SeenDns {
  static constexpr std::size_t kMaxTypes = 16;

  Direction direction = Direction::to_server;  // that it travels in; forged ones go the wrong way
  bool is_response = false;                    // as its header has it
  std::uint8_t opcode = 0;                     // 0: a plain query or its response
  std::uint16_t id = 0;
  /// Of the first question: lower case, no final dot, at most 255 bytes; empty for the root, and
  /// where there is no question or its name cannot be read. Bytes are as sent: a label may hold
  /// anything.
  std::string_view name;
  std::uint16_t type = 0, klass = 0;  // of the first question
  std::uint32_t num_questions = 0;    // well-formed ones
  std::uint16_t rcode = 0;            // of the header; with a query 0
  bool truncated = false;             // the whole answer is to be had by TCP (TC)
  std::uint32_t num_answers = 0;      // well-formed records of the answer section
  std::size_t answer_bytes = 0;       // of the data of those
  /// Their types, of the first kMaxTypes, in their order.
  std::span<const std::uint16_t> answer_types;
  std::span<const std::uint8_t> message;  // whole, without TCP's length
};

}  // namespace sekisho::engines
