#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "file_view.h"

namespace sekisho::engines::file_features {

/// What a PDF file's bytes say when they are read from front to back (ISO 32000-1 §7): the
/// cross-reference table, which harmful files break, is not asked.
struct PdfScan {
  struct Stream {
    std::uint32_t object = 0;
    std::uint64_t at = 0, bytes = 0;
    bool is_deflated = false;
    bool has_objects = false;  // objects lie in it (§7.5.7)
  };
  static constexpr std::size_t kMostStreams = 16'384;
  static constexpr std::size_t kMostNames = 4096;  // different ones
  static constexpr std::size_t kMostScripts = 64;  // objects that /JS refers to

  std::map<std::string, std::uint64_t, std::less<>> names;
  std::uint64_t objects = 0, escaped_names = 0;
  std::vector<Stream> streams;
  std::string scripts;  // texts behind /JS, at most kMostText
  std::vector<std::uint32_t> script_objects;

  void read(Bytes file) { read(file, true); }
  /// The inside of a stream of objects.
  void read_objects(Bytes objects_of_stream) { read(objects_of_stream, false); }

 private:
  void read(Bytes bytes, bool has_streams);
  std::size_t read_name(std::string_view text, std::size_t at, std::string& name);
  std::size_t read_script(std::string_view text, std::size_t at);
};

}  // namespace sekisho::engines::file_features
