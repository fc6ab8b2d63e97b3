// make-application-catalogue OUTPUT.cc FILE.yaml...: checks the catalogue and writes it as C++.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "catalogue_source.h"

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::cerr << "usage: make-application-catalogue OUTPUT.cc FILE.yaml...\n";
    return 2;
  }
  sekisho::rules::CatalogueSource source;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i]);
    if (!file) {
      std::cerr << argv[i] << ": cannot be read\n";
      return 1;
    }
    source.read(argv[i], std::string(std::istreambuf_iterator<char>(file), {}));
  }
  source.check();
  for (const auto& mistake : source.mistakes)
    std::cerr << mistake.place.file << ':' << mistake.place.line << ": " << mistake.message << '\n';
  if (!source.mistakes.empty()) return 1;
  std::ofstream output(argv[1], std::ios::trunc);
  output << sekisho::rules::to_cpp(source);
  output.flush();
  if (output) return 0;
  std::cerr << argv[1] << ": cannot be written\n";
  return 1;
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
