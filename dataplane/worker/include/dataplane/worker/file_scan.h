#pragma once

#include <cstdint>

#include "dataplane/flow/flow.h"
#include "dataplane/scan/file_exchange.h"

struct rte_mbuf;

namespace sekisho::dataplane {

/// A file of a flow on its way to a verdict.
struct FileScan {
  FlowIndex flow = kNoFlow;       // kNoFlow: this number is no file
  std::uint32_t id = 0;           // FileView::id
  std::uint64_t size = 0;         // so far
  bool complete = false;          // its verdict is awaited
  FileExchange::Number next = 0;  // of the same flow
  ShortText<192> name;
};

/// What a worker knows of the files of a flow.
struct FlowScan {
  FileExchange::Number first = 0;  // of its files; 0: none is under way
  std::uint16_t awaited = 0;       // of them those that are complete
  std::uint8_t slot = 0;           // of `held` in its burst, until that is over
  bool blocks = false;             // the flow's verdict is for a file
  rte_mbuf* held = nullptr;        // ours: the packet with the end of a file
};

}  // namespace sekisho::dataplane
