// The file of a model: what is taken up scores anything without complaint.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "config/base/byte_reader.h"
#include "engines/file_model/file_model.h"

using namespace sekisho;
using namespace sekisho::engines;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  const auto parts = file_model::read_model(text);
  if (!parts) return 0;
  const auto again = file_model::read_model(write_model(*parts));
  if (!again || *again != *parts) std::abort();
  const auto model = file_model::FileModel::load(text);
  if (!model) std::abort();
  file_features::FileFeatures file;
  for (const float value : {0.0F, 1.0F, -1e30F, 1e30F}) {
    const auto score = (*model)->score(file);
    if (!score || !(*score >= 0 && *score <= 1)) std::abort();
    (void)(*model)->reasons(file, 8);
    file.values.fill(value);
  }
  return 0;
}
