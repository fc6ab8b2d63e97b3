#include "config/log/guarded_main.h"

#include <cstdio>
#include <exception>
#include <string_view>

namespace sekisho {

int guarded_main(int (*run)(int, char**), int argc, char** argv, int cannot_run) {
  try {
    return run(argc, argv);
  } catch (const std::exception& problem) {
    const std::string_view path = argc > 0 ? argv[0] : "";
    const auto name = path.substr(path.rfind('/') + 1);
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(name.size()), name.data(), problem.what());
    return cannot_run;
  }
}

}  // namespace sekisho
