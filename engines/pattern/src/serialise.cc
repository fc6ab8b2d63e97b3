#include "serialise.h"

#include <cstdlib>
#include <string>
#include <utility>

namespace sekisho::engines::pattern {

Error compile_failure(hs_compile_error_t* error) {
  std::string message = "pattern database: ";
  message += error != nullptr && error->message != nullptr ? error->message : "no memory";
  if (error != nullptr) hs_free_compile_error(error);
  return Error{Error::Code::invalid_input, std::move(message)};
}

Result<std::vector<std::byte>> serialise(hs_database_t* database) {
  char* bytes = nullptr;
  std::size_t count = 0;
  const auto status = hs_serialize_database(database, &bytes, &count);
  hs_free_database(database);
  if (status != HS_SUCCESS)
    return Error{Error::Code::resource, "pattern database: no memory to write it down"};
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  std::vector<std::byte> out(begin, begin + count);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): Hyperscan's default allocator
  return out;
}

}  // namespace sekisho::engines::pattern
