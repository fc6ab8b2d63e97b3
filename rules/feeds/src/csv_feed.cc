#include <charconv>

#include "csv_table.h"
#include "lines.h"
#include "text_feeds.h"

namespace sekisho::rules {
namespace {

constexpr int kMaxScore = 100;

/// Nothing: it is no number from 0 to 100.
std::optional<std::uint8_t> score_of(std::string_view cell) {
  int value = -1;
  const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (problem != std::errc() || end != cell.data() + cell.size() || value < 0 || value > kMaxScore)
    return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

bool is_comment(const CsvRow& row) {
  const auto first = trimmed(row.cells.front());
  return first.starts_with('#') || (first.empty() && row.cells.size() == 1);
}

void take_row(const CsvHeader& header, const CsvRow& row, FeedBuilder& builder) {
  if (row.cells.size() != header.columns.size())
    return builder.refuse("a row of " + std::to_string(row.cells.size()) +
                          " cells, the header has " + std::to_string(header.columns.size()));
  Score score;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const auto cell = trimmed(row.cells[i]);
    if (header.columns[i].meaning != CsvHeader::Meaning::score || cell.empty()) continue;
    score = score_of(cell);
    if (!score) return builder.refuse("the score " + shown(cell) + " is no number from 0 to 100");
  }
  bool has_value = false;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const auto cell = trimmed(row.cells[i]);
    if (header.columns[i].meaning != CsvHeader::Meaning::value || cell.empty()) continue;
    has_value = true;
    builder.take(cell, header.columns[i].kind, score);
  }
  if (!has_value) builder.refuse("a row without a value");
}

}  // namespace

Status read_csv(std::string_view text, FeedBuilder& builder) {
  const auto header = find_csv_header(text);
  if (!header)
    return Error{
        Error::Code::invalid_input,
        "no header with a column of values: url, domain, ip, indicator, ja3, sha1, sha256"};
  auto number = header->line + 1;
  for (auto rest = text.substr(header->begin); !rest.empty() && !builder.is_full();) {
    builder.at_line(number);
    const auto row = take_csv_row(rest, header->separator);
    if (!row) {
      builder.refuse("a quote that does not end, or a row of more than 16384 bytes");
      (void)take_line(rest);
      ++number;
      continue;
    }
    if (!is_comment(*row)) take_row(*header, *row, builder);
    number += row->lines;
  }
  return ok();
}

}  // namespace sekisho::rules
