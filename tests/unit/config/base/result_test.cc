#include "config/base/result.h"

#include <catch2/catch.hpp>
#include <memory>

namespace sekisho {
namespace {

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = 7;
  REQUIRE(good);
  CHECK(*good == 7);
  const Result<int> bad = Error{Error::Code::io, "disk full"};
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == Error::Code::io);
  CHECK(ok());
}

TEST_CASE("values that only move pass through a result") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = *std::move(result);
  CHECK(*value == 7);
}

TEST_CASE("an error keeps its code while the way up adds what was being done") {
  const auto error =
      Error{Error::Code::not_found, "no such file"}.within("policy.yaml").within("apply");
  CHECK(error.message == "apply: policy.yaml: no such file");
  CHECK(error.code == Error::Code::not_found);
}

TEST_CASE("every code has its name") {
  CHECK(name_of(Error::Code::invalid_input) == "invalid_input");
  CHECK(name_of(Error::Code::not_found) == "not_found");
  CHECK(name_of(Error::Code::signature) == "signature");
  CHECK(name_of(Error::Code::version) == "version");
  CHECK(name_of(Error::Code::resource) == "resource");
  CHECK(name_of(Error::Code::io) == "io");
}

}  // namespace
}  // namespace sekisho
