#include "controlplane/scan/learned_model.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "config/base/text_bytes.h"
#include "config/scan/memory_file.h"
#include "controlplane/scan/file_judge.h"

namespace sekisho::controlplane {
namespace {

using engines::file_features::Feature;
using engines::file_model::ModelParts;
using scan::Suspicion;
using scan::Verdict;

constexpr const char* kScript = "#!/bin/sh\neval \"$(echo $code | base64 -d)\"\n";

/// One that gives scripts with eval the logit `weight`, others -5.
ModelParts model_of(float weight, const char* built) {
  ModelParts model{.built = built, .base = 0.5F, .thresholds = {}, .trees = {}};
  model.thresholds.fill({0.99F, 0.9F, 0.6F});
  const auto leaf = [](float value) {
    return engines::file_model::Node{
        .left = 0, .right = 0, .feature = 0, .missing_left = false, .value = value, .cover = 5};
  };
  model.trees.push_back({{.left = 1,
                          .right = 2,
                          .feature = static_cast<std::uint16_t>(Feature::word_evaluate),
                          .missing_left = true,
                          .value = 0.1F,
                          .cover = 10},
                         leaf(-5),
                         leaf(weight)});
  return model;
}

/// A file of a model that goes with the test.
class ModelFile {
 public:
  ModelFile() : path_("/tmp/learned-model-" + std::to_string(getpid())) {}
  ~ModelFile() { unlink(path_.c_str()); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  void write(std::string_view text) const {
    std::ofstream(path_ + ".new", std::ios::trunc) << text;
    REQUIRE(rename((path_ + ".new").c_str(), path_.c_str()) == 0);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

scan::ScanAnswer judged(FileJudge& judge, std::string_view text) {
  auto file = scan::MemoryFile::create();
  REQUIRE(file);
  REQUIRE(file->append(bytes_of(text)));
  return judge.judge(*std::move(*file).seal());
}

FileJudge::Settings only(const ModelFile& file) {
  return {.own_signatures = {}, .clamd_socket = {}, .model = file.path()};
}

TEST_CASE(
    "a clean file of a kind that is measured is scored, suspected by thresholds, with reasons") {
  struct Case {
    float weight;
    std::uint16_t score;
    Suspicion suspicion;
  };
  const auto one = GENERATE(Case{5, 993, Suspicion::strong}, Case{3, 953, Suspicion::fair},
                            Case{1, 731, Suspicion::weak}, Case{0, 500, Suspicion::none});
  const ModelFile file;
  file.write(write_model(model_of(one.weight, "test")));
  FileJudge judge(only(file));
  const auto answer = judged(judge, kScript);
  CHECK(answer.verdict == Verdict::clean);
  CHECK(answer.is_scored);
  CHECK(answer.score == one.score);
  CHECK(answer.suspicion == one.suspicion);
  const bool is_suspected = one.suspicion != Suspicion::none;
  CHECK(answer.engine == (is_suspected ? "ml" : ""));
  CHECK(answer.threat == (is_suspected ? "ML.Script" : ""));
  if (!is_suspected) return;
  REQUIRE(answer.measures.size() == 1);
  CHECK(answer.measures[0].name == "word_evaluate");
  CHECK_FALSE(answer.measures[0].meaning.empty());
  CHECK(answer.reason == "word_evaluate 0.693");
  CHECK(judge.counts().scored == 1);
}

TEST_CASE("what is of no such kind is not scored, and without a model nothing is") {
  const ModelFile file;
  file.write(write_model(model_of(5, "test")));
  FileJudge judge(only(file));
  CHECK_FALSE(judged(judge, "Dear customer").is_scored);
  CHECK(judge.counts().scored == 0);
  FileJudge without({.own_signatures = {}, .clamd_socket = {}});
  CHECK_FALSE(judged(without, kScript).is_scored);
}

TEST_CASE(
    "another model is taken up, and known files are judged anew; a damaged one leaves the one "
    "before") {
  const ModelFile file;
  file.write(write_model(model_of(5, "first")));
  FileJudge judge(only(file));
  CHECK(judged(judge, kScript).suspicion == Suspicion::strong);
  const auto becomes = [&](Suspicion wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (judged(judge, kScript).suspicion != wanted)
      if (std::chrono::steady_clock::now() >= until) return false;
    return true;
  };
  file.write(write_model(model_of(0, "second")));
  CHECK(becomes(Suspicion::none));
  file.write("{}");
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  while (std::chrono::steady_clock::now() < until)
    CHECK(judged(judge, kScript).suspicion == Suspicion::none);
  CHECK(judge.model().in_force().model->built() == "second");
}

}  // namespace
}  // namespace sekisho::controlplane
