#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "rules/urls/category_map.h"
#include "rules/urls/url_list.h"

namespace sekisho::rules {

/// What an import did, and what it could not take. A line that is wrong is never fatal.
struct ImportReport {
  struct Refused {
    std::string file;
    std::size_t line;  // from 1
    std::string why;   // "a..b has nothing between two dots of its host"
  };
  static constexpr std::size_t kMaxTold = 1000;

  std::size_t num_taken = 0;                   // lines, before those that say the same are joined
  std::size_t num_refused = 0;                 // all of them
  std::vector<Refused> refused;                // the first kMaxTold
  std::map<std::string, std::size_t> reasons;  // of all that were refused
  std::vector<std::string> left_out;  // lists that have no line in the map: "UT1: exceptions"

  void refuse(std::string_view file, std::size_t line, std::string_view text, std::string_view why);
};

/// A list of hosts and URLs, one a line, with comments behind '#' or '!': example.com and
/// *.example.com (with all below), example.com/path, http://example.com/, ||example.com^; lines of
/// hosts files (0.0.0.0 example.com, for that host alone). [category] begins another category;
/// lines before the first are of `categories`, and refused when there are none.
void parse_url_lines(std::string_view text, std::string_view file,
                     const std::vector<std::uint16_t>& categories, UrlList& list,
                     ImportReport& report);

/// What `path` holds: a folder of UT1 (folders with domains and urls), of domain-list-community
/// (data/), of files *.urls in the format of parse_url_lines(), or one such file of any name.
/// `categories`: as in parse_url_lines(). `own`: stands before the shipped maps. An error is about
/// `path` itself, not about what stands in lists.
Status import_urls(const std::string& path, const std::vector<std::uint16_t>& categories,
                   const CategoryMap& own, UrlList& list, ImportReport& report);

}  // namespace sekisho::rules
