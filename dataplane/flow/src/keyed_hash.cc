#include "dataplane/flow/keyed_hash.h"

#include <sys/random.h>

#include <cerrno>

namespace sekisho::dataplane {

Result<KeyedHash> KeyedHash::create() {
  std::array<std::uint64_t, 2> random{};
  ssize_t got = 0;
  do {
    got = ::getrandom(random.data(), sizeof random, 0);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof random))
    return Error{Error::Code::resource,
                 std::string("no random secret from the kernel: ") + std::strerror(errno)};
  KeyedHash hash;
  std::uint64_t state = random[0];
  for (std::uint64_t& word : hash.secret_) {
    state = fold(state ^ 0x9e3779b97f4a7c15, random[1] ^ 0xd1342543de82ef95) + random[0];
    word = state ^ random[1];
    random[1] += 0xda942042e4dd58b5;
  }
  return hash;
}

}  // namespace sekisho::dataplane
