#pragma once

#include "dataplane/loader/database_source.h"
#include "engines/url/url_database.h"

namespace sekisho::dataplane {

/// The installed URL database.
using UrlSource = DatabaseSource<engines::url::UrlDatabase>;

}  // namespace sekisho::dataplane
