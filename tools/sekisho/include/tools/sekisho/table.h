#pragma once

#include <string>
#include <vector>

#include "tools/sekisho/text.h"

namespace sekisho::tools {

struct Column {
  std::string title;
  enum class Align { left, right } align = Align::left;
  bool shrinks = false;  // may be cut when the table is wider than the terminal
};

struct Cell {
  Cell(std::string value, Style how = Style::plain)  // NOLINT(google-explicit-constructor)
      : text(std::move(value)), style(how) {}
  Cell(const char* value) : Cell(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  std::string text;
  Style style;
};

/// Rows aligned by display width, two spaces between columns, no space at the ends of lines.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> cells);
  bool empty() const noexcept { return rows_.empty(); }

  /// With a line of titles unless all are empty. `width` 0: no limit. `indent` spaces in front.
  std::string render(unsigned width, bool colour, unsigned indent = 0) const;

 private:
  std::vector<std::size_t> widths(unsigned limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace sekisho::tools
