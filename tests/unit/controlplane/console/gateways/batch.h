#pragma once

#include <zlib.h>

#include <string>
#include <vector>

#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::tests {

inline std::string deflate(const std::string& text) {
  std::string packed(compressBound(static_cast<uLong>(text.size())), '\0');
  auto length = static_cast<uLongf>(packed.size());
  compress(reinterpret_cast<Bytef*>(packed.data()), &length,
           reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()));
  packed.resize(length);
  return packed;
}

inline link::v1::EventBatch batch_of(std::uint64_t first, const std::vector<std::string>& lines,
                                     const std::string& epoch = "e1") {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  link::v1::EventBatch batch;
  batch.set_epoch(epoch);
  batch.set_first_sequence(first);
  batch.set_lines(static_cast<std::uint32_t>(lines.size()));
  batch.set_raw_bytes(static_cast<std::uint32_t>(text.size()));
  batch.set_zlib(deflate(text));
  return batch;
}

}  // namespace sekisho::tests
