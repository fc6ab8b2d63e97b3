#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "rules/urls/import.h"

namespace sekisho::rules {

/// Puts names of lists into a UrlList, canonical, or into the report.
class EntryTaker {
 public:
  EntryTaker(UrlList& list, ImportReport& report)
      : list_(list), report_(report), scratch_(std::make_unique<UrlScratch>()) {}

  struct Place {
    std::string_view file;
    std::size_t line;
  };
  void take(const Place& place, std::string_view text, UrlScope scope,
            std::span<const std::uint16_t> categories);

 private:
  UrlList& list_;
  ImportReport& report_;
  std::unique_ptr<UrlScratch> scratch_;
};

}  // namespace sekisho::rules
