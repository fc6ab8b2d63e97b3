#include "tools/sekisho/table.h"

#include <algorithm>
#include <numeric>

namespace sekisho::tools {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastColumns = 8;  // a shrinking column is not cut below this

std::string pad(const std::string& text, std::size_t shown, std::size_t width,
                Column::Align align) {
  const std::string spaces(width > shown ? width - shown : 0, ' ');
  return align == Column::Align::left ? text + spaces : spaces + text;
}

void end_line(std::string& out) {
  while (!out.empty() && out.back() == ' ') out.pop_back();
  out += '\n';
}

}  // namespace

void Table::add(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(unsigned limit) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = display_width(columns_[c].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[c].text));
    widths.push_back(widest);
  }
  if (limit == 0) return widths;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > limit) {
    // The widest of the columns that may shrink gives way, one column at a time.
    std::size_t* widest = nullptr;
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].shrinks && widths[c] > kLeastColumns &&
          (widest == nullptr || widths[c] > *widest))
        widest = &widths[c];
    if (widest == nullptr) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::render(unsigned width, bool colour, unsigned indent) const {
  if (columns_.empty()) return {};
  const auto columns = widths(width > indent ? width - indent : width);
  const std::string gap(kGap, ' ');
  const std::string front(indent, ' ');
  std::string out;
  const bool titled = std::any_of(columns_.begin(), columns_.end(),
                                  [](const Column& column) { return !column.title.empty(); });
  if (titled) {
    out += front;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto& title = columns_[c].title;
      if (c > 0) out += gap;
      out += pad(paint(title, Style::strong, colour), display_width(title), columns[c],
                 columns_[c].align);
    }
    end_line(out);
  }
  for (const auto& row : rows_) {
    out += front;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto text = fit(row[c].text, columns[c]);
      if (c > 0) out += gap;
      out += pad(paint(text, row[c].style, colour), display_width(text), columns[c],
                 columns_[c].align);
    }
    end_line(out);
  }
  return out;
}

}  // namespace sekisho::tools
