#include "config/content/entry_list.h"

#include <algorithm>

namespace sekisho::content {
namespace {

/// Takes the first line off `text`, without its line feed; what has none is a line too.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view first_line(std::string_view text) { return take_line(text); }

void add_line(std::string& out, std::string_view line) { out.append(line).push_back('\n'); }

Error wrong_line(std::size_t number, std::string_view what) {
  return {Error::Code::invalid_input, "line " + std::to_string(number) + " " + std::string(what)};
}

}  // namespace

std::string make_entry_list(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string list;
  for (const auto& line : lines)
    if (!line.empty()) add_line(list, line);
  return list;
}

Status check_entry_list(std::string_view list) {
  if (!list.empty() && list.back() != '\n') return wrong_line(num_entries(list) + 1, "has no end");
  std::string_view before;
  for (std::size_t number = 1; !list.empty(); ++number) {
    const auto line = take_line(list);
    if (line.empty()) return wrong_line(number, "is empty");
    if (line <= before) return wrong_line(number, "is out of order");
    before = line;
  }
  return ok();
}

std::size_t num_entries(std::string_view list) noexcept {
  return static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n'));
}

std::string difference_of(std::string_view base, std::string_view wanted) {
  std::string difference;
  while (!base.empty() || !wanted.empty()) {
    const auto old = first_line(base), next = first_line(wanted);
    const bool goes = wanted.empty() || (!base.empty() && old < next);
    const bool comes = base.empty() || (!wanted.empty() && next < old);
    if (goes || comes) {
      difference.push_back(goes ? '-' : '+');
      add_line(difference, goes ? old : next);
    }
    if (!comes) take_line(base);
    if (!goes) take_line(wanted);
  }
  return difference;
}

Result<std::string> apply_difference(std::string_view base, std::string_view difference,
                                     std::size_t most) {
  std::string list;
  list.reserve(std::min(base.size() + difference.size(), most));
  std::string_view before;
  for (std::size_t number = 1; !difference.empty(); ++number) {
    const auto line = take_line(difference);
    const char sign = line.empty() ? '\0' : line.front();
    const auto entry = line.substr(std::min<std::size_t>(1, line.size()));
    if ((sign != '-' && sign != '+') || entry.empty())
      return wrong_line(number, "neither adds nor takes away");
    if (entry <= before) return wrong_line(number, "is out of order");
    before = entry;
    // What stays, up to there, in one piece.
    auto rest = base;
    while (!rest.empty() && first_line(rest) < entry) take_line(rest);
    list.append(base.substr(0, base.size() - rest.size()));
    base = rest;
    const bool is_there = !base.empty() && first_line(base) == entry;
    if (is_there != (sign == '-'))
      return wrong_line(number, is_there ? "adds what is there" : "takes away what is not there");
    if (is_there)
      take_line(base);
    else
      add_line(list, entry);
    if (list.size() > most) break;
  }
  list.append(base);
  if (list.size() > most)
    return Error{Error::Code::invalid_input,
                 "leads to more than " + std::to_string(most) + " bytes"};
  return list;
}

}  // namespace sekisho::content
