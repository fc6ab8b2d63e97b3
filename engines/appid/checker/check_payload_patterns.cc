// check-payload-patterns FILE.yaml...: whether Hyperscan takes every pattern of the catalogue.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "catalogue_source.h"
#include "engines/pattern/exact_expressions.h"

namespace {

using sekisho::rules::CatalogueSource;

/// Tells each that is none, with its place; whether there was none.
bool check(const CatalogueSource& source) {
  bool right = true;
  for (const auto& one : source.applications)
    for (const auto& patterns : one.patterns)
      for (const auto* list : {&patterns.client, &patterns.server, &patterns.either})
        for (const auto& part : *list) {
          const sekisho::engines::pattern::ExactExpression expression{
              .text = part.expression, .nocase = part.nocase, .within = part.within};
          const auto made = sekisho::engines::pattern::compile_exact_expressions({&expression, 1});
          if (made) continue;
          right = false;
          std::cerr << patterns.place.file << ':' << patterns.place.line << ": " << one.name
                    << ": '" << part.expression << "': " << made.error().message << '\n';
        }
  return right;
}

}  // namespace

int main(int argc, char** argv) try {
  CatalogueSource source;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i]);
    if (!file) {
      std::cerr << argv[i] << ": cannot be read\n";
      return 1;
    }
    source.read(argv[i], std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return check(source) ? 0 : 1;
} catch (const std::exception& problem) {
  std::cerr << problem.what() << '\n';
  return 1;
}
