#include "engines/file_model/file_model.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <thread>

#include "models.h"

namespace sekisho::engines::file_model::test {
namespace {

using file_features::Feature;
using file_features::FileFeatures;
using file_features::Kind;

FileFeatures file_with(float writable, float entropy) {
  FileFeatures file;
  file.kind = Kind::pe;
  file[Feature::pe_writable_code] = writable;
  file[Feature::pe_code_entropy] = entropy;
  return file;
}

float logistic(float sum) { return 1 / (1 + std::exp(-sum)); }

TEST_CASE("a score is the logistic function of the leaves' sum") {
  const auto model = FileModel::load(write_model(small_model()));
  REQUIRE(model);
  constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
  struct Case {
    float writable, entropy, sum;
  };
  for (const auto& one :
       {Case{0, 8, -1}, Case{1, 6, 0.75F}, Case{1, 7.5F, 2.5F}, Case{kNothing, 8, -1},
        Case{1, kNothing, 2.5F}, Case{1, 7, 2.5F}}) {  // less than the value goes left
    const auto score = (*model)->score(file_with(one.writable, one.entropy));
    REQUIRE(score);
    CHECK(*score == Approx(logistic(one.sum)).epsilon(0.0001));
  }
  CHECK((*model)->threshold(Kind::pe, Sensitivity::low) == 0.9F);
  CHECK((*model)->threshold(Kind::pdf, Sensitivity::high) == 0.3F);
  CHECK((*model)->num_trees() == 2);
  CHECK((*model)->built() == "test");
}

TEST_CASE("the measures that raised a score are named, the greatest first") {
  const auto model = FileModel::load(write_model(small_model()));
  REQUIRE(model);
  const auto reasons = (*model)->reasons(file_with(1, 7.5F), 8);
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0].feature == Feature::pe_writable_code);
  CHECK(reasons[1].feature == Feature::pe_code_entropy);
  CHECK(reasons[1].value == 7.5F);
  CHECK(reasons[0].logit > reasons[1].logit);
  CHECK((*model)->reasons(file_with(1, 7.5F), 1).size() == 1);
  CHECK((*model)->reasons(file_with(0, 6), 8).empty());
}

TEST_CASE("several threads may ask at a time") {
  const auto model = FileModel::load(write_model(small_model()));
  REQUIRE(model);
  std::vector<std::thread> threads;
  std::array<bool, 4> right{};
  for (std::size_t t = 0; t < right.size(); ++t)
    threads.emplace_back([&, t] {
      right[t] = true;
      for (int i = 0; i < 200; ++i) {
        const bool is_high = (i + static_cast<int>(t)) % 2 == 0;
        const auto score = (*model)->score(file_with(is_high ? 1 : 0, 8));
        right[t] = right[t] && score && (*score > 0.5F) == is_high;
      }
    });
  for (auto& thread : threads) thread.join();
  for (const bool is_right : right) CHECK(is_right);
}

}  // namespace
}  // namespace sekisho::engines::file_model::test
