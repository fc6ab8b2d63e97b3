#include "controlplane/scan/signature_folder.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engines/antimalware/malware_database.h"

namespace sekisho::controlplane {
namespace {

namespace fs = std::filesystem;

struct Folders {
  fs::path root = fs::temp_directory_path() / ("signatures-" + std::to_string(getpid()));
  Folders() {
    fs::remove_all(root);
    fs::create_directories(root / "shipped");
    fs::create_directories(root / "db");
  }
  ~Folders() { fs::remove_all(root); }
  std::string at(const std::string& name) const { return (root / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(at(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(at(name)).rdbuf();
    return text.str();
  }
  void write_own(const std::vector<std::string>& lines) const {
    std::vector<rules::MalwareSignature> signatures;
    for (const auto& line : lines) signatures.push_back(*rules::parse_malware_signature(line));
    const auto file = *engines::antimalware::compile_malware_database(signatures);
    std::ofstream out(at("own.db"), std::ios::binary);
    for (const auto byte : file) out.put(static_cast<char>(byte));
  }
};

TEST_CASE("clamd gets what is shipped and the own set, and nothing that was there before") {
  const Folders folders;
  folders.write("shipped/a.ndb", "A:0:*:dead\n");
  folders.write("shipped/README.md", "no signature");
  folders.write("db/stale.ndb", "old");
  folders.write_own({std::string(32, 'a') + ":68:M", std::string(64, 'b') + ":*:S", "P:0:*:beef"});
  const SignatureSources sources{.shipped = folders.at("shipped"), .own = folders.at("own.db")};
  const auto gathered = gather_signatures(sources, true, folders.at("db"));
  REQUIRE(gathered);
  CHECK(*gathered == 4);
  CHECK(folders.read("db/a.ndb") == "A:0:*:dead\n");
  CHECK(folders.read("db/own.hdb") == std::string(32, 'a') + ":68:M\n");
  CHECK(folders.read("db/own.hsb") == std::string(64, 'b') + ":*:S:73\n");
  CHECK(folders.read("db/own.ndb") == "P:0:*:beef\n");
  CHECK_FALSE(fs::exists(folders.at("db/stale.ndb")));
  CHECK_FALSE(fs::exists(folders.at("db/README.md")));
  const auto without = gather_signatures(sources, false, folders.at("db"));
  REQUIRE(without);
  CHECK(*without == 1);
}

TEST_CASE(
    "a damaged own set is an error, one that is not there is none, no signature is not_found") {
  const Folders folders;
  const SignatureSources sources{.shipped = folders.at("shipped"), .own = folders.at("own.db")};
  CHECK(gather_signatures(sources, true, folders.at("db")).error().code == Error::Code::not_found);
  folders.write("shipped/a.hdb", "x");
  CHECK(gather_signatures(sources, true, folders.at("db")));
  folders.write("own.db", "damaged");
  CHECK(gather_signatures(sources, true, folders.at("db")).error().code ==
        Error::Code::invalid_input);
}

TEST_CASE("a change of any source is seen") {
  const Folders folders;
  const SignatureSources sources{.shipped = folders.at("shipped"), .own = folders.at("own.db")};
  const auto before = state_of(sources);
  folders.write("shipped/a.yara", "rule A {}");
  const auto after = state_of(sources);
  CHECK(before != after);
  folders.write_own({"P:0:*:beef"});
  CHECK(state_of(sources) != after);
  CHECK(state_of(sources) == state_of(sources));
}

}  // namespace
}  // namespace sekisho::controlplane
