#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::link::v1 {
class EventBatch;
}

namespace sekisho::console {

/// What a batch may hold; a gateway sends at most 1,000 lines of 512 KiB.
inline constexpr std::size_t kMaxBatchLines = 10'000;
inline constexpr std::size_t kMaxBatchBytes = std::size_t{1} << 20;  // packed or not
inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 10;  // a gateway's have under 4 KiB

/// A line of EVE JSON as a row of the table events, without tenant and gateway.
struct EventRow {
  std::int64_t time = 0;     // Unix milliseconds; of the console where the line has none, or one
                             // that is still to come
  std::string type;          // event_type; "invalid": no JSON object, too long or nested too deep
  std::string action;        // of a policy event: allow, block, monitor
  std::string rule;          // its name
  std::int64_t version = 0;  // of the bundle that the rule is of; 0: none
  std::string source;        // 32 hexadecimal digits, or empty
  int source_port = 0;
  std::string destination;
  int destination_port = 0;
  std::string protocol;
  std::string application;
  std::string eve;  // the line; of an invalid one {"invalid": "its text, cut"}
};

struct EventLines {
  std::string epoch;
  std::uint64_t first_sequence = 0;
  std::vector<EventRow> rows;
  std::size_t bytes = 0;  // about what they take in memory
};

/// Unpacks and reads a batch; takes no more memory than kMaxBatchBytes asks for, whatever it
/// claims. A line that is no JSON is a row all the same: only a batch that contradicts itself is
/// refused.
Result<EventLines> read_event_batch(const link::v1::EventBatch& batch, std::int64_t now);

}  // namespace sekisho::console
