#pragma once

#include <string>
#include <vector>

#include "engines/callback/indicators.h"
#include "rules/feeds/ratings.h"
#include "rules/urls/url_list.h"

namespace sekisho::controlplane {

/// Entry lists (config/content/entry_list.h) of what was imported, in the form that
/// compile_database() reads: fields with a tab between them.

/// "example.com/casino", "+" (and what is below) or "=" (that host alone), "gambling".
std::string entry_list_of(const rules::UrlList& urls);
/// "example.com/", "0" to "100", "phishing" or "-". Of one expression the worst score stays.
std::string entry_list_of(const std::vector<rules::ExpressionRating>& ratings);
/// "domain", "c2.example", "100", and the feed that says so. What holds a tab or a line feed is
/// left out.
std::string entry_list_of(const std::vector<engines::callback::Indicator>& indicators);

}  // namespace sekisho::controlplane
