#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feed_builder.h"

namespace sekisho::rules {

inline constexpr std::size_t kMaxCsvColumns = 100;

/// The header of a table, and where its rows begin.
struct CsvHeader {
  enum class Meaning : std::uint8_t { other, value, score };
  struct Column {
    Meaning meaning = Meaning::other;
    KindHint kind;  // of a value
  };
  char separator = ',';
  std::vector<Column> columns;
  std::size_t line = 0;   // from 1
  std::size_t begin = 0;  // of the rows, in the text
};

/// The first line that is no comment, or one of the comments before it: several columns, one of
/// which has values ("url", "domain", "ip", "sha256", ...).
std::optional<CsvHeader> find_csv_header(std::string_view text);

/// Takes a row off `text`: cells as they are meant, quotes around them resolved. A quoted cell may
/// have line ends in it. Nothing: a quote that never ends, or over kMaxFeedLineBytes.
struct CsvRow {
  std::vector<std::string> cells;
  std::size_t lines = 1;
};
std::optional<CsvRow> take_csv_row(std::string_view& text, char separator);

}  // namespace sekisho::rules
