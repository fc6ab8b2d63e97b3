#pragma once

#include "engines/file_features/file_features.h"
#include "pe_image.h"

namespace sekisho::engines::file_features {

/// What a program asks of the system: the api_ features, pe_libraries, pe_imports, pe_ordinals.
void measure_imports(const PeImage& image, FileFeatures& out);

}  // namespace sekisho::engines::file_features
