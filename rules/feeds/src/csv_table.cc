#include "csv_table.h"

#include <algorithm>
#include <array>

#include "lines.h"

namespace sekisho::rules {
namespace {

struct Name {
  std::string_view column;
  KindHint kind;
};
using enum IndicatorKind;
constexpr std::array<Name, 28> kNames{{{"indicator", std::nullopt},
                                       {"ioc", std::nullopt},
                                       {"ioc_value", std::nullopt},
                                       {"value", std::nullopt},
                                       {"url", url},
                                       {"domain", domain},
                                       {"domain_name", domain},
                                       {"hostname", domain},
                                       {"host", domain},
                                       {"fqdn", domain},
                                       {"ip", address},
                                       {"ip_address", address},
                                       {"ipaddress", address},
                                       {"dst_ip", address},
                                       {"dstip", address},
                                       {"address", address},
                                       {"network", address},
                                       {"ja3", ja3},
                                       {"ja3_md5", ja3},
                                       {"ja4", ja4},
                                       {"md5", md5},
                                       {"md5_hash", file_md5},
                                       {"sha1", sha1},
                                       {"sha1_hash", file_sha1},
                                       {"sha256", sha256},
                                       {"sha256_hash", file_sha256},
                                       {"certificate_sha1", certificate_sha1},
                                       {"certificate_sha256", certificate_sha256}}};

std::string name_of_cell(std::string_view cell) {
  std::string name;
  for (const char c : trimmed(cell)) name += c == ' ' || c == '-' ? '_' : lower(c);
  return name;
}

CsvHeader::Column column_of(std::string_view cell) {
  const auto name = name_of_cell(cell);
  if (name == "score") return {CsvHeader::Meaning::score, std::nullopt};
  for (const auto& each : kNames)
    if (each.column == name) return {CsvHeader::Meaning::value, each.kind};
  return {};
}

std::optional<CsvHeader> header_in(std::string_view line) {
  while (!line.empty() && (line.front() == '#' || line.front() == ' ')) line.remove_prefix(1);
  for (const char separator : {',', ';', '\t'}) {
    if (line.find(separator) == line.npos) continue;
    auto rest = line;
    const auto row = take_csv_row(rest, separator);
    if (!row || row->cells.size() > kMaxCsvColumns) continue;
    CsvHeader header;
    header.separator = separator;
    for (const auto& cell : row->cells) header.columns.push_back(column_of(cell));
    const auto has_values = [](const auto& c) { return c.meaning == CsvHeader::Meaning::value; };
    if (std::any_of(header.columns.begin(), header.columns.end(), has_values)) return header;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CsvHeader> find_csv_header(std::string_view text) {
  const auto all = text;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = trimmed(take_line(text));
    if (line.empty()) continue;
    if (auto header = header_in(line)) {
      header->line = number;
      header->begin = all.size() - text.size();
      return header;
    }
    if (!line.starts_with('#')) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<CsvRow> take_csv_row(std::string_view& text, char separator) {
  CsvRow row;
  std::string cell;
  bool in_quotes = false, was_quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && at <= kMaxFeedLineBytes; ++at) {
    const char c = text[at];
    if (in_quotes) {
      if (c == '\n') ++row.lines;
      if (c != '"') {
        cell += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        cell += text[++at];
      } else {
        in_quotes = false;
      }
    } else if (c == '"' && trimmed(cell).empty() && !was_quoted) {
      in_quotes = was_quoted = true;
      cell.clear();
    } else if (c == separator) {
      row.cells.push_back(std::exchange(cell, {}));
      was_quoted = false;
    } else if (c == '\n') {
      break;
    } else {
      cell += c;
    }
  }
  if (in_quotes || at > kMaxFeedLineBytes) return std::nullopt;
  row.cells.push_back(std::move(cell));
  text.remove_prefix(std::min(at + 1, text.size()));
  return row;
}

}  // namespace sekisho::rules
