#include "controlplane/files/framed_texts.h"

#include <charconv>

namespace sekisho::controlplane {

void append_frame(std::string& out, std::string_view name, std::string_view text) {
  out.append(name).append(" ").append(std::to_string(text.size())).append("\n").append(text);
}

std::optional<std::vector<FramedText>> read_frames(std::string_view input) {
  std::vector<FramedText> texts;
  while (!input.empty()) {
    const auto end = input.find('\n');
    const auto space = input.rfind(' ', end);
    if (end == std::string_view::npos || space == std::string_view::npos) return std::nullopt;
    const auto number = input.substr(space + 1, end - space - 1);
    std::size_t bytes = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), bytes);
    if (parsed.ec != std::errc{} || parsed.ptr != number.data() + number.size())
      return std::nullopt;
    const auto name = input.substr(0, space);
    input.remove_prefix(end + 1);
    if (bytes > input.size()) return std::nullopt;
    texts.push_back({name, input.substr(0, bytes)});
    input.remove_prefix(bytes);
  }
  return texts;
}

}  // namespace sekisho::controlplane
