#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::controlplane {

/// Texts one behind the other, each after a line "NAME BYTES": what the rule compiler reads, and
/// what packs are kept as.
struct FramedText {
  std::string_view name;
  std::string_view text;
};

void append_frame(std::string& out, std::string_view name, std::string_view text);

/// Views into `input`; nothing: it has another form.
std::optional<std::vector<FramedText>> read_frames(std::string_view input);

}  // namespace sekisho::controlplane
