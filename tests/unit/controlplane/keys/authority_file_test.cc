#include "controlplane/keys/authority_file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "dying_files.h"
#include "scratch_folder.h"
#include "test_certificates.h"

namespace sekisho::controlplane {
namespace {

using test::kNow;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

TEST_CASE("the first start makes an authority that nobody else can read, later ones keep it") {
  const ScratchFolder folder;
  DiskFiles disk;
  AuthorityFile file(folder.path(), disk);
  const auto made = file.open(kNow);
  REQUIRE(made);
  CHECK(mode_of(folder.file("authority.pem")) == 0600);
  CHECK(folder.read("authority.crt") == made->certificate_pem());
  CHECK(folder.read("authority.crt").find("PRIVATE") == std::string::npos);
  const auto again = file.open(kNow + 1);
  REQUIRE(again);
  CHECK(again->fingerprint() == made->fingerprint());
  CHECK(folder.count("") == 2);
}

TEST_CASE("a damaged, half-written or empty file is told, and stays as it is") {
  const ScratchFolder folder;
  DiskFiles disk;
  AuthorityFile file(folder.path(), disk);
  REQUIRE(file.open(kNow));
  const std::string whole = folder.read("authority.pem");
  // Told by what is missing: every round makes an authority of its own, not all of one length.
  const auto missing_thousandths =
      GENERATE(std::size_t{1000}, std::size_t{990}, std::size_t{500}, std::size_t{1});
  const std::size_t part =
      whole.size() - std::max<std::size_t>(1, whole.size() * missing_thousandths / 1000);
  folder.write("authority.pem", whole.substr(0, part));
  const auto refused = file.open(kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::invalid_input);
  CHECK(refused.error().message.find(folder.file("authority.pem") + " is damaged: ") == 0);
  CHECK(folder.read("authority.pem") == whole.substr(0, part));
}

TEST_CASE("a lost key is told: no new authority takes its place by itself") {
  const ScratchFolder folder;
  DiskFiles disk;
  AuthorityFile file(folder.path(), disk);
  REQUIRE(file.open(kNow));
  unlink(folder.file("authority.pem").c_str());
  const auto refused = file.open(kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == folder.file("authority.pem") + " is missing, while " +
                                       folder.file("authority.crt") +
                                       " says that there was an authority");
  CHECK(folder.count("") == 1);
  // Put there by somebody who means it, one is taken up.
  const auto other = Authority::make({}, kNow);
  REQUIRE(file.save(*other));
  CHECK(file.open(kNow)->fingerprint() == other->fingerprint());
}

TEST_CASE("whenever it is killed, the authority is the old one or the new one") {
  for (int lives = 0;; ++lives) {
    const ScratchFolder folder;
    DiskFiles disk;
    const auto before = AuthorityFile(folder.path(), disk).open(kNow);
    REQUIRE(before);
    const auto after = Authority::make({}, kNow);
    DyingFiles dying(lives);
    bool killed = false;
    try {
      const auto saved = AuthorityFile(folder.path(), dying).save(*after);
      CHECK(saved);
    } catch (const Killed&) {
      killed = true;
    }
    const auto found = AuthorityFile(folder.path(), disk).open(kNow);
    REQUIRE(found);
    const bool is_new = found->fingerprint() == after->fingerprint();
    CHECK((is_new || found->fingerprint() == before->fingerprint()));
    CHECK(folder.read("authority.crt") == found->certificate_pem());
    if (killed) continue;
    CHECK(is_new);
    CHECK(lives >= 4);
    break;
  }
}

TEST_CASE("a first start that is killed leaves nothing that a second one cannot go on from") {
  for (int lives = 0; lives < 4; ++lives) {
    const ScratchFolder folder;
    DyingFiles dying(lives);
    CHECK_THROWS_AS((void)AuthorityFile(folder.path(), dying).open(kNow), Killed);
    DiskFiles disk;
    CHECK(AuthorityFile(folder.path(), disk).open(kNow));
  }
}

TEST_CASE("SIGKILL in the middle of writing leaves a whole authority, every time") {
  const ScratchFolder folder;
  DiskFiles disk;
  REQUIRE(AuthorityFile(folder.path(), disk).open(kNow));
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const auto one = Authority::make({.common_name = "one"}, kNow);
      const auto other = Authority::make({.common_name = "other"}, kNow);
      AuthorityFile file(folder.path(), disk);
      for (;;) {
        (void)file.save(*one);
        (void)file.save(*other);
      }
    }
    usleep(static_cast<useconds_t>(3'000 + round * 700));
    kill(child, SIGKILL);
    REQUIRE(waitpid(child, nullptr, 0) == child);
    CHECK(AuthorityFile(folder.path(), disk).open(kNow));
  }
}

}  // namespace
}  // namespace sekisho::controlplane
