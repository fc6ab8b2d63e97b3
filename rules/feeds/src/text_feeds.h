#pragma once

#include <string_view>

#include "config/base/result.h"
#include "feed_builder.h"

namespace sekisho::rules {

/// One entry a line; lines of hosts files among them.
void read_plain(std::string_view text, FeedBuilder& builder);
/// Each line an address and names.
void read_hosts(std::string_view text, FeedBuilder& builder);
/// RFC 4180, also with ';' or tabs, and with the header in a comment. invalid_input: no header that
/// names a column of values.
Status read_csv(std::string_view text, FeedBuilder& builder);

/// What a text that is no JSON looks like: by its first line with an entry, or its header.
FeedFormat text_format(std::string_view text);

}  // namespace sekisho::rules
