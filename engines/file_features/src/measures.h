#pragma once

#include <string_view>

#include "engines/file_features/file_features.h"
#include "file_view.h"

namespace sekisho::engines::file_features {

// Each fills its own features of `out`, and the text_ and word_ ones where the file has such text.

/// How a program's text is written: the text_ features.
void measure_text(std::string_view text, FileFeatures& out);
/// Which words a text has: the word_ features; number of words that say what a program does.
std::size_t measure_words(std::string_view text, FileFeatures& out);

/// False: it is none that can be read.
bool measure_pe(Bytes file, FileFeatures& out);
/// Of an OLE file, or an OOXML one (a ZIP). False: it has no macros.
bool measure_macros(Bytes file, bool is_zip, FileFeatures& out);
void measure_pdf(Bytes file, FileFeatures& out);

}  // namespace sekisho::engines::file_features
