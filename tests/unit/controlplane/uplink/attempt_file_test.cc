#include "controlplane/uplink/attempt_file.h"

#include <catch2/catch.hpp>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

TEST_CASE("the last delivery is remembered as it was") {
  const ScratchFolder folder;
  DiskFiles disk;
  AttemptFile file(folder.file("attempt.json"), disk);
  CHECK(file.load() == DeliveryMemory{});
  const DeliveryMemory memory{.attempt = {.version = 7,
                                          .state = DeliveryState::refused,
                                          .reason_code = "invalid_policy",
                                          .reason = "\u30dd\u30ea\u30b7\u30fc",
                                          .mistakes = {{3, 4, "no such zone"}},
                                          .apply_ms = 12,
                                          .verified = true},
                              .highest_version = ~0ULL};
  REQUIRE(file.save(memory));
  CHECK(file.load() == memory);
  file.forget();
  CHECK(file.load() == DeliveryMemory{});
}

TEST_CASE("a damaged memory is none") {
  const ScratchFolder folder;
  DiskFiles disk;
  const std::string damage = GENERATE("", "[", "[]", "7", R"({"version": -1, "mistakes": [1]})",
                                      R"({"state": 7, "mistakes": {}, "verified": "yes"})");
  folder.write("attempt.json", damage);
  const auto memory = AttemptFile(folder.file("attempt.json"), disk).load();
  CHECK(memory.attempt.version == 0);
  CHECK(memory.attempt.state == DeliveryState::none);
  CHECK_FALSE(memory.attempt.verified);
}

}  // namespace
}  // namespace sekisho::controlplane
