// sekisho-compile: the sandboxed compiler. Policy text on standard input, the snapshot on standard
// output; with --rules the texts of IPS rules, and their compiled form: --known is one that was
// made before, of which what they have in common is taken; with --database the entries of one, and
// the file that processes map. One JSON object with warnings and
// mistakes on --diagnostics-fd (default: standard error). Exit codes: 0 compiled; 1 the policy has
// mistakes; 2 wrong usage; 3 cannot run here (the reason on standard error). A death by signal is a
// limit or the system-call filter.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/content/entry_list.h"
#include "config/snapshot/snapshot.h"
#include "confine.h"
#include "controlplane/compiler/compile_policy.h"
#include "controlplane/compiler/compile_rules.h"
#include "controlplane/databases/compile_database.h"
#include "diagnostics_json.h"

namespace {

using namespace sekisho;

enum ExitCode { kCompiled = 0, kMistakes = 1, kBadUsage = 2, kCannotRun = 3 };

struct Options {
  std::string geo;
  std::string rule_packs;
  std::string known;
  std::string database;
  bool rules = false;
  int diagnostics_fd = STDERR_FILENO;
  uid_t user = 0;
  gid_t group = 0;
};

int complain(std::string_view message) {
  std::cerr << "sekisho-compile: " << message << '\n';
  return kCannotRun;
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// Reads to the end, or one byte more than `most`: whoever takes it then says so.
bool read_input(std::string& out, std::size_t most) {
  out.resize(most + 1);
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = read(STDIN_FILENO, out.data() + done, out.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return true;
}

int report(const Options& options, std::uint32_t num_rules,
           const std::vector<policy::Diagnostic>& warnings,
           const std::vector<policy::Diagnostic>& mistakes,
           const std::vector<controlplane::RuleCount>& counts = {}) {
  const std::string json =
      controlplane::diagnostics_json(num_rules, warnings, mistakes, counts) + "\n";
  if (!write_all(options.diagnostics_fd, std::as_bytes(std::span(json))))
    return complain("diagnostics: " + std::string(std::strerror(errno)));
  return mistakes.empty() ? kCompiled : kMistakes;
}

/// All of a file, or nothing: what is known saves time, that is all.
std::vector<std::byte> read_known(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto end = static_cast<std::streamoff>(file.tellg());
  if (!file || end <= 0 || static_cast<std::uint64_t>(end) > snapshot::kMaxSnapshotBytes) return {};
  std::string bytes(static_cast<std::size_t>(end), '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), end)) return {};
  const auto raw = std::as_bytes(std::span(bytes));
  return {raw.begin(), raw.end()};
}

/// The country database of --geo, and why there is none.
struct Geo {
  std::optional<rules::GeoDatabase> database;
  std::optional<policy::Diagnostic> problem;
  const rules::GeoDatabase* get() const { return database ? &*database : nullptr; }
};

Geo open_geo(const Options& options) {
  Geo geo;
  if (options.geo.empty()) return geo;
  auto opened = rules::GeoDatabase::open(options.geo);
  if (opened)
    geo.database.emplace(std::move(*opened));
  else
    geo.problem = {{}, "no country data: " + opened.error().message};
  return geo;
}

int run_rules(const Options& options) {
  const auto geo = open_geo(options);
  const auto known = options.known.empty() ? std::vector<std::byte>() : read_known(options.known);
  if (auto confined = controlplane::confine(options.user, options.group); !confined)
    return complain(confined.error().message);
  std::string texts;
  if (!read_input(texts, controlplane::kMaxRulesBytes))
    return complain("input: " + std::string(std::strerror(errno)));
  const auto compiled = controlplane::compile_rules(texts, known, geo.get());
  if (!compiled) return report(options, 0, {}, {{{}, compiled.error().message}});
  if (!write_all(STDOUT_FILENO, compiled->file))
    return complain("rules: " + std::string(std::strerror(errno)));
  return report(options, compiled->num_rules, compiled->refused, {}, compiled->counts);
}

int run_database(const Options& options, content::DatabaseKind kind) {
  if (auto confined = controlplane::confine(options.user, options.group); !confined)
    return complain(confined.error().message);
  std::string list;
  if (!read_input(list, content::kMaxListBytes))
    return complain("input: " + std::string(std::strerror(errno)));
  const auto compiled = controlplane::compile_database(kind, list);
  if (!compiled) return report(options, 0, {}, {{{}, compiled.error().message}});
  if (!write_all(STDOUT_FILENO, compiled->file))
    return complain("database: " + std::string(std::strerror(errno)));
  return report(options, 0, {}, {});
}

int run(const Options& options) {
  if (const auto kind = content::find_database_kind(options.database))
    return run_database(options, *kind);
  if (options.rules) return run_rules(options);
  // Everything that needs a path is opened before the first byte of input is read.
  const auto geo = open_geo(options);
  if (auto confined = controlplane::confine(options.user, options.group); !confined)
    return complain(confined.error().message);

  std::string yaml;
  if (!read_input(yaml, policy::kMaxPolicyBytes))
    return complain("input: " + std::string(std::strerror(errno)));
  auto outcome = controlplane::compile_policy(yaml, geo.get(), options.rule_packs);
  if (auto* mistakes = std::get_if<std::vector<policy::Diagnostic>>(&outcome)) {
    if (geo.problem) mistakes->push_back(*geo.problem);
    return report(options, 0, {}, *mistakes);
  }
  auto& compiled = *std::get_if<controlplane::CompiledPolicy>(&outcome);
  if (geo.problem) compiled.warnings.push_back(*geo.problem);
  if (!write_all(STDOUT_FILENO, compiled.snapshot))
    return complain("snapshot: " + std::string(std::strerror(errno)));
  return report(options, compiled.num_rules, compiled.warnings, {});
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{"Compiles a policy (standard input) into a snapshot (standard output)"};
  Options options;
  app.add_option("--geo", options.geo, "country database: an MMDB file or a folder of them");
  app.add_option("--rule-packs", options.rule_packs, "digest of the packs of IPS rules");
  app.add_flag("--rules", options.rules, "compile IPS rules, not a policy");
  app.add_option("--database", options.database, "compile a database's entries, not a policy")
      ->check(CLI::IsMember({"urls", "reputation", "indicators"}));
  app.add_option("--known", options.known, "compiled IPS rules to take over from");
  app.add_option("--diagnostics-fd", options.diagnostics_fd, "descriptor for the JSON report");
  app.add_option("--user", options.user, "user number to become when started by root");
  app.add_option("--group", options.group, "group number to become when started by root");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  return run(options);
}

}  // namespace

int main(int argc, char** argv) {
  int code = kCannotRun;
  try {
    code = parse_and_run(argc, argv);
    std::cerr.flush();
  } catch (const std::bad_alloc&) {
    std::fputs("sekisho-compile: the policy needs more memory than the compiler may have\n",
               stderr);
  } catch (const std::exception& e) {
    std::fputs(e.what(), stderr);
  }
  std::fflush(stdout);
  _exit(code);  // no destructor has anything to add, and the filter lets little else happen
}
