#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/sekisho/command.h"

namespace sekisho::tools {

/// Texts on their way to the gateway's imported packs, in the order in which they are sent: a pack
/// of rules before its files, as the gateway drops those when rules of that name come anew.
class ContentUpload {
 public:
  /// Throws CommandError where a gateway would not take it: its name, its size, or with what was
  /// added before more than all packs may have. Nothing is sent.
  void add(std::string name, std::string text);

  /// All of it, to count from "content.apply" on. An error: the gateway keeps none. Throws
  /// CommandError.
  void send(Context& context) const;

 private:
  struct Text {
    std::string name;
    nlohmann::json request;
  };

  std::vector<Text> texts_;
  std::size_t total_bytes_ = 0;
};

/// What somebody imported or removed without applying it is forgotten. Throws CommandError.
void begin_pack_change(Context& context);

}  // namespace sekisho::tools
