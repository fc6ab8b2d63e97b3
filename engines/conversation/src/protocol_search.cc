// Which protocol a conversation speaks, and which of its ends is the client.
#include <utility>

#include "conversation.h"

namespace sekisho::engines {

/// Keeps the first bytes of both directions until they tell what they are. Returns what it did not
/// keep of those that did: too much, or a datagram.
std::span<const std::uint8_t> Conversation::find_protocol(
    Direction direction, std::span<const std::uint8_t> bytes) noexcept {
  auto& unread = unread_[index_of(direction)];
  std::size_t kept = 0;
  if (is_tcp()) kept = unread.append_some(bytes);
  const ProbeInput input{.bytes = is_tcp() ? unread.view() : bytes,
                         .direction = direction,
                         .server_port = view_.server_port,
                         .client_port = view_.client_port};
  auto result = recognition_.look(input, is_tcp(), core_.config.left_out[is_tcp() ? 0 : 1]);
  if (result.spec == nullptr && is_tcp() && reassembler_->midstream() && !reversed_)
    if (const auto* spec = look_reversed(input)) result = {.spec = spec, .reversed = true};
  if (result.failed) fail_recognition();
  if (result.spec == nullptr) return {};
  if (result.reversed && !reversed_) turn_round();
  begin(*result.spec);
  // after an upgrade the other end may still say a last word in the old protocol
  compared_[0] = compared_[1] = upgrades_ != 0 || !is_tcp();
  compared_[index_of(direction)] = true;
  return bytes.subspan(kept);
}

/// Who was seen first of a connection that was picked up midstream need not be the client.
const ProtocolSpec* Conversation::look_reversed(ProbeInput input) const noexcept {
  input.direction = opposite(input.direction);
  std::swap(input.server_port, input.client_port);
  const auto probed = probe_all(input, true, core_.config.left_out[0]);
  return probed.reversed ? nullptr : probed.spec;
}

/// The bytes of one direction told what it is; the other direction's first bytes may say otherwise.
void Conversation::compare_directions(Direction direction,
                                      std::span<const std::uint8_t> bytes) noexcept {
  compared_[index_of(direction)] = true;
  const ProbeInput input{.bytes = bytes,
                         .direction = turned(direction),
                         .server_port = view_.server_port,
                         .client_port = view_.client_port};
  if (spec_->probe == nullptr || spec_->probe(input) != Likeness::no) return;
  const auto other = probe_all(input, is_tcp(), core_.config.left_out[is_tcp() ? 0 : 1]);
  if (other.spec == nullptr && other.undecided) return;
  const auto protocol = other.spec == nullptr ? Protocol::failed : other.spec->protocol;
  view_.protocol_by_direction[index_of(turned(direction))] = protocol;
  tell_recognition(other.spec == nullptr ? "applayer_detect_protocol_only_one_direction"
                                         : "applayer_mismatch_protocol_both_directions");
}

/// The server spoke first: the ends were taken for each other.
void Conversation::turn_round() noexcept {
  reversed_ = true;
  std::swap(view_.client, view_.server);
  std::swap(view_.client_port, view_.server_port);
  std::swap(view_.packets[0], view_.packets[1]);
  std::swap(view_.bytes[0], view_.bytes[1]);
  std::swap(view_.stream_bytes[0], view_.stream_bytes[1]);
}

void Conversation::fail_recognition() noexcept {
  view_.protocol = Protocol::failed;
  view_.protocol_news = 3;
  for (auto& unread : unread_) unread.reset();
}

}  // namespace sekisho::engines
