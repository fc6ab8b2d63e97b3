// Rightly signed bundles whose compressed files are not what the manifest says.
#include <sys/resource.h>

#include <chrono>

#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

namespace {

const std::vector<File> kFiles{{"a", "first\n"}, {"b", ""}, {"c", "second\n"}};
constexpr std::string_view kContent = "first\nsecond\n";

Refusal refusal_of_stream(std::string_view stream, const std::vector<File>& files = kFiles) {
  auto refusal = refusal_of(forge_bundle(manifest_of(kSample, files), stream));
  CHECK(refusal.reason == Reason::bad_content);
  return refusal;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("the files that these tests spoil are good ones") {
  CHECK(bundle::open(forge_bundle(manifest_of(kSample, kFiles), zlib_stream(kContent)),
                     sample_expectation()));
}

TEST_CASE("more or less than the manifest declares is refused") {
  CHECK(refusal_of_stream(zlib_stream("first\nsecond\n!")).message ==
        "bundle content: the compressed data holds more than the manifest declares");
  CHECK(refusal_of_stream(zlib_stream("first\nsecond")).message ==
        "bundle content: file 'c': the compressed data holds less than the manifest declares");
  CHECK(refusal_of_stream(zlib_stream("")).message ==
        "bundle content: file 'a': the compressed data holds less than the manifest declares");
  CHECK(refusal_of_stream("").message ==
        "bundle content: the compressed data holds less than the manifest declares");
}

TEST_CASE("a file with another hash is refused") {
  CHECK(refusal_of_stream(zlib_stream("first\nsecomd\n")).message ==
        "bundle content: file 'c': does not have the declared SHA-256");
  CHECK(refusal_of_stream(zlib_stream("first\nsecond\n"), {{"a", "first"}, {"b", "\nsecond!"}})
            .message == "bundle content: file 'b': does not have the declared SHA-256");
}

TEST_CASE("compressed data that breaks off anywhere is refused") {
  const auto stream = zlib_stream(kContent);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    CAPTURE(size);
    (void)refusal_of_stream(stream.substr(0, size));
  }
  CHECK(refusal_of_stream(stream.substr(0, stream.size() - 1)).message ==
        "bundle content: the compressed data breaks off");
}

TEST_CASE("compressed data with any byte altered is refused") {
  // But for the flags of the compression level, which zlib's header carries for information only.
  const auto stream = zlib_stream(kContent);
  for (std::size_t at = 2; at < stream.size(); ++at) {
    CAPTURE(at);
    auto altered = stream;
    altered[at] = static_cast<char>(altered[at] ^ 0xff);
    (void)refusal_of_stream(altered);
  }
  CHECK(refusal_of_stream("first\nsecond\n").message ==
        "bundle content: file 'a': the compressed data is damaged: incorrect header check");
}

TEST_CASE("bytes behind the compressed data are refused") {
  CHECK(refusal_of_stream(zlib_stream(kContent) + "ab").message ==
        "bundle content: 2 bytes behind the compressed data");
  CHECK(refusal_of_stream(zlib_stream(kContent) + zlib_stream("second"))
            .message.ends_with("bytes behind the compressed data"));
}

TEST_CASE("compressed data that asks for a dictionary is refused") {
  // FDICT set, the header's check bits right, a dictionary's Adler-32.
  CHECK(refusal_of_stream(std::string("\x78\xbb\x01\x02\x03\x04\x03\0", 8)).message ==
        "bundle content: file 'a': the compressed data is damaged: a dictionary is needed");
}

TEST_CASE("a bomb is refused without being unpacked") {
  const auto bomb = zlib_bomb(1024);
  CHECK(bomb.size() > 1'000'000);
  CHECK(bomb.size() < 2'000'000);
  const auto file = forge_bundle(manifest_of(kSample, {{"a", std::string(1000, '\0')}}), bomb);
  const auto peak_before = peak_kib();
  const auto start = std::chrono::steady_clock::now();
  const auto refusal = refusal_of(file);
  const auto spent = std::chrono::steady_clock::now() - start;
  CHECK(refusal.message ==
        "bundle content: the compressed data holds more than the manifest declares");
  CHECK(peak_kib() - peak_before < 16 << 10);
  CHECK(spent < std::chrono::milliseconds(500));  // its signature; unpacking all takes over 1 s
}

TEST_CASE("the bomb is a good stream, and unpacks when it is declared") {
  const std::vector<File> files{{"zeros", std::string(16 << 20, '\0')}};
  CHECK(
      bundle::open(forge_bundle(manifest_of(kSample, files), zlib_bomb(16)), sample_expectation()));
}

TEST_CASE("a few bytes that declare the greatest contents take no memory") {
  auto manifest = manifest_of(kSample, {{"a", ""}});
  for (const std::string_view member : {R"("bytes":0)", R"("size":0)"}) {
    const auto at = manifest.find(member) + member.size() - 1;
    manifest.replace(at, 1, std::to_string(kMaxContentBytes));
  }
  const auto file = forge_bundle(manifest, zlib_stream(std::string(100'000, '\0')));
  const auto peak_before = peak_kib();
  CHECK(refusal_of(file).message ==
        "bundle content: the compressed data holds less than the manifest declares");
  CHECK(peak_kib() - peak_before < 16 << 10);
}
