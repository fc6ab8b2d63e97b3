#pragma once

#include <string_view>
#include <vector>

#include "config/policy/policy.h"

namespace sekisho::rules {

/// A name of contents that is none.
struct NameMistake {
  policy::Diagnostic diagnostic;
  /// Where below what is at the diagnostic's position: of a rule "content/applications" or
  /// "content/url_categories", of a profile "https_decryption/exempt_categories"; empty: there
  /// itself.
  std::string_view field;
};

/// The policy's names of contents against the catalogues, which config/policy does not know: what
/// enabled rules select and profiles exempt from decryption must be an application, a URL category
/// or a group of either; the policy's own categories and applications may not be named like
/// built-in ones, those be in a category that is none, or two have one host. Mistakes with the
/// position of what they are about: those in applications, categories, profiles, then rules.
std::vector<NameMistake> check_content_names(const policy::Policy& policy);

}  // namespace sekisho::rules
