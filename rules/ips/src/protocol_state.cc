#include "protocol_state.h"

#include <array>

namespace sekisho::rules {
namespace {

constexpr auto kToServer = FieldDirection::to_server, kToClient = FieldDirection::to_client;

struct NamedState {
  std::string_view protocol;  // empty: any
  std::string_view name;
  ProtocolState state;
};

/// Suricata's names. What it tells apart and the parsers here do not is the next state that they
/// know, so that what it asks for is there.
constexpr std::array<NamedState, 34> kStates{{
    {"tls", "client_in_progress", {kToServer, 1}},
    {"tls", "client_hello_done", {kToServer, 1}},
    {"tls", "client_cert_done", {kToServer, 2}},
    {"tls", "client_handshake_done", {kToServer, 2}},
    {"tls", "client_finished", {kToServer, kEndStage}},
    {"tls", "server_in_progress", {kToClient, 1}},
    {"tls", "server_hello", {kToClient, 1}},
    {"tls", "server_hello_done", {kToClient, 2}},
    {"tls", "server_cert_done", {kToClient, 2}},
    {"tls", "server_handshake_done", {kToClient, 2}},
    {"tls", "server_finished", {kToClient, kEndStage}},
    {"http", "request_line", {kToServer, 1}},
    {"http", "request_headers", {kToServer, 2}},
    {"http", "request_body", {kToServer, 2}},
    {"http", "request_trailer", {kToServer, kEndStage}},
    {"http", "response_line", {kToClient, 1}},
    {"http", "response_headers", {kToClient, 2}},
    {"http", "response_body", {kToClient, 2}},
    {"http", "response_trailer", {kToClient, kEndStage}},
    {"http1", "request_line", {kToServer, 1}},
    {"http1", "request_headers", {kToServer, 2}},
    {"http1", "request_body", {kToServer, 2}},
    {"http1", "request_trailer", {kToServer, kEndStage}},
    {"http1", "response_line", {kToClient, 1}},
    {"http1", "response_headers", {kToClient, 2}},
    {"http1", "response_body", {kToClient, 2}},
    {"http1", "response_trailer", {kToClient, kEndStage}},
    {"ssh", "request_banner_done", {kToServer, 1}},
    {"ssh", "response_banner_done", {kToClient, 1}},
    {"ssh", "request_finished", {kToServer, kEndStage}},
    {"", "request_started", {kToServer, 1}},
    {"", "request_complete", {kToServer, kEndStage}},
    {"", "response_started", {kToClient, 1}},
    {"", "response_complete", {kToClient, kEndStage}},
}};

}  // namespace

std::optional<ProtocolState> state_named(std::string_view protocol,
                                         std::string_view name) noexcept {
  for (const auto& one : kStates)
    if (one.name == name && (one.protocol.empty() || one.protocol == protocol)) return one.state;
  return std::nullopt;
}

}  // namespace sekisho::rules
