#pragma once

#include <cstdint>
#include <span>

namespace sekisho::dataplane {

struct Flow;
struct PacketInfo;

// What a watched flow remembers of its conversation. Trivial types: they share their place in the
// record, and all zero means that nothing is known.

/// Where the next line of an FTP control connection begins, in each direction ([0] to the server).
struct FtpLines {
  std::uint32_t start[2];  // sequence number; only moves forward (modulo 2^32)
  bool known[2];
};

/// DNS questions that were asked and not yet answered, the older one first. Resolvers ask for A and
/// AAAA from one socket, hence two.
struct DnsQuestions {
  struct Question {
    std::uint16_t id;    // of the transaction
    std::uint16_t hash;  // of the question section
    bool operator==(const Question&) const noexcept = default;
  };
  Question asked[2];
  std::uint8_t count;

  /// A question passed to the server. The same one again is a retransmission; a third one takes the
  /// older one's place.
  void ask(Question question) noexcept;
  /// An answer came: true when the question was outstanding, which it then is no more.
  bool answer(Question question) noexcept;
};

/// Follows an FTP control connection segment by segment, each after it was tracked (track_tcp()).
/// True when `payload` begins where a line does: text that one end made the other one quote, cut
/// out by the segment size, does not, nor does anything that is sent again. Of a connection that
/// was picked up midstream, the lines are known from the first segment that ends with one on.
bool begins_ftp_line(Flow& flow, bool to_server, const PacketInfo& packet,
                     std::span<const std::uint8_t> payload) noexcept;

}  // namespace sekisho::dataplane
