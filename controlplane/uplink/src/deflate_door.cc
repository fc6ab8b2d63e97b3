#include "deflate_door.h"

#include <zlib.h>

#include <cstdlib>

namespace sekisho::controlplane {

std::string deflate_fast(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                Z_BEST_SPEED) != Z_OK)
    std::abort();  // no memory: the room was enough
  out.resize(size);
  return out;
}

}  // namespace sekisho::controlplane
