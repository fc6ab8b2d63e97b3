// Issues a certificate of a console with what a thief of its state folder and database has: for
// tests in which somebody stands between console and gateway. Writes certificate chain and key as
// one PEM file.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

#include "controlplane/console/secrets/authority.h"
#include "controlplane/console/secrets/master_key.h"
#include "controlplane/console/store/database.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "console-certificate: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "console-certificate MASTER_KEY DATABASE NAME OUTPUT\n");
    return 2;
  }
  auto master_key = MasterKey::open(argv[1]);
  if (!master_key) return complain(master_key.error());
  auto database = Database::open(argv[2]);
  if (!database) return complain(database.error());
  const auto authority = Authority::open(**database, *master_key);
  if (!authority) return complain(authority.error());
  const auto issued =
      (*authority)->issue_server({argv[3]}, static_cast<std::int64_t>(std::time(nullptr)) * 1000);
  if (!issued) return complain(issued.error());
  std::ofstream(argv[4]) << issued->chain_pem << issued->key_pem;
  return 0;
}
