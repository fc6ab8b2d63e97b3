#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/decrypt/channel/session_messages.h"
#include "dataplane/decrypt/diversion/diverter.h"
#include "dataplane/flow/flow.h"
#include "dataplane/lent/lent_io.h"

namespace sekisho::dataplane {

/// Why a connection that a profile decrypts was not opened.
enum class Undecrypted : std::uint8_t {
  none,         // it was
  not_covered,  // no profile decrypts it after all
  // by policy
  allow_list,
  exempt_host,
  exempt_category,
  exempt_application,
  encrypted_hello,
  smart_bypass,
  // by itself, or by what goes on here: DiversionNews::Why
  not_tls,
  hello_too_long,
  handshake,
  no_room,
  refused,
  not_running,
};
/// As events have it: "exempt_host", "not_tls", ...
std::string_view name_of(Undecrypted why) noexcept;

/// What the packet path says to lent plaintext, on its way to the decrypting process.
struct LentVerdict {
  enum class Kind : std::uint8_t { clear, condemn };
  decrypt::Diverter::Number number = decrypt::Diverter::kNone;
  std::uint32_t age = 0;  // of the lending: another one may have the number by now
  std::uint32_t due_ms = 0;
  std::uint32_t bytes = 0;  // of clear
  Kind kind = Kind::clear;
  decrypt::Side from = decrypt::Side::client;
};

/// One connection whose plaintext is lent.
struct Lending {
  static constexpr LentNumber kNone = 0xffffffff;
  LentNumber lent = kNone;
  std::uint32_t age = 0;
  std::uint32_t offered[2] = {};  // bytes that are not answered yet, by decrypt::Side
};

/// What a worker needs to open connections; made off its core, as it allocates.
struct Diversion {
  explicit Diversion(const decrypt::DiversionSettings& settings)
      : diverter(settings),
        flows(settings.most_connections, kNoFlow),
        room(settings.most_connections),
        lendings(settings.most_connections),
        lenders(settings.most_connections, decrypt::Diverter::kNone) {
    verdicts.reserve(std::size_t{3} * settings.most_connections);
  }
  decrypt::Diverter diverter;
  std::vector<FlowIndex> flows;                    // by the diverter's numbers
  LentIo::Room room;                               // until the worker has taken it
  std::vector<Lending> lendings;                   // by the diverter's numbers
  std::vector<decrypt::Diverter::Number> lenders;  // by LentIo's numbers
  std::vector<LentVerdict> verdicts;               // to be told: at most one a direction, and one
  std::array<std::uint8_t, decrypt::kMostAnswerBytes> answer;  // under way
  std::size_t answer_bytes = 0;
};

/// What is known of one flow that is followed.
struct FlowDiversion {
  decrypt::Diverter::Number number = decrypt::Diverter::kNone;
  bool has_hidden_name = false;  // its hello is encrypted behind a name that is known for that
};

}  // namespace sekisho::dataplane
