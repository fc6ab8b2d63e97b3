#include "controlplane/console/secrets/sealed_arguments.h"

namespace sekisho::console {
namespace {

std::string name_of_arguments(std::string_view id) {
  return std::string("arguments of question ").append(id);
}

}  // namespace

bool has_sealed_arguments(std::string_view op) noexcept { return op == "ca.import"; }

std::string seal_arguments(const MasterKey& key, std::string_view id, std::string_view arguments) {
  return key.seal(arguments, name_of_arguments(id));
}

Result<std::string> unseal_arguments(const MasterKey& key, std::string_view id,
                                     std::string_view sealed) {
  return key.unseal(sealed, name_of_arguments(id));
}

}  // namespace sekisho::console
