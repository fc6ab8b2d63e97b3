#include "console_support/scratch.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace sekisho::tests {

Scratch::Scratch() {
  std::string name = std::filesystem::temp_directory_path() / "sekisho_console_XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace sekisho::tests
