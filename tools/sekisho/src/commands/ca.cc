#include <fmt/format.h>
#include <fmt/ostream.h>

#include <fstream>

#include "../whole_file.h"
#include "commands.h"
#include "config/base/hex.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kTimeout{40};  // an RSA key takes its time
constexpr std::string_view kLoss =
    "every client must install the new certificate; until then it refuses what this box decrypts, "
    "and the authority before is lost";

/// "AB:CD:...", as browsers show it.
std::string with_colons(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i != 0 && i % 2 == 0) text += ':';
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(hex[i])));
  }
  return text;
}

void print_authority(Context& context, const json& reply) {
  const View view(reply, "ca");
  for (const auto& [what, text] :
       {std::pair("subject", view.text("subject")), std::pair("issuer", view.text("issuer")),
        std::pair("valid from", view.when("not_before")),
        std::pair("valid until", view.when("not_after")), std::pair("key", view.text("key")),
        std::pair("origin", view.text("origin")),
        std::pair("SHA-256", with_colons(view.text("fingerprint")))})
    fmt::print(context.out, "{:<12} {}\n", what, text);
}

/// What --json shows: the certificate once, as people handle it.
ExitCode print(Context& context, json reply) {
  reply.erase("certificate_der");
  if (context.json)
    print_json(context, std::move(reply));
  else
    print_authority(context, reply);
  return ExitCode::done;
}

ExitCode show_authority(Context& context) {
  return print(context, ask(context, Peer::control, {{"op", "ca.show"}}));
}

struct ExportOptions {
  std::string file;
  bool der = false;
};

ExitCode export_certificate(Context& context, const ExportOptions& options) {
  const auto reply = ask(context, Peer::control, {{"op", "ca.show"}});
  const View view(reply, "ca.show");
  std::string content;
  if (options.der) {
    const auto bytes = from_hex(view.text("certificate_der"));
    if (!bytes) throw CommandError(ExitCode::unreachable, "ca.show: 'certificate_der' is no hex");
    content = *bytes;
  } else if (const auto pem = reply.find("certificate"); pem != reply.end() && pem->is_string()) {
    content = pem->get<std::string>();
  }
  if (options.file.empty() || options.file == "-") {
    context.out << content;
    return ExitCode::done;
  }
  replace_file(options.file, std::as_bytes(std::span(content)));
  fmt::print(context.out, "{}: the certificate, without the key\n", options.file);
  return ExitCode::done;
}

struct RegenerateOptions {
  std::string organization, common_name, key;
  bool yes = false;
};

void confirm(Context& context, bool yes) {
  if (yes) return;
  print_authority(context, ask(context, Peer::control, {{"op", "ca.show"}}));
  throw CommandError(ExitCode::usage, fmt::format("{}; say --yes to do it", kLoss));
}

ExitCode regenerate(Context& context, const RegenerateOptions& options) {
  confirm(context, options.yes);
  json request{{"op", "ca.regenerate"}};
  if (!options.organization.empty()) request["organization"] = options.organization;
  if (!options.common_name.empty()) request["common_name"] = options.common_name;
  if (!options.key.empty()) request["key_type"] = options.key;
  return print(context, ask(context, Peer::control, request, kTimeout));
}

struct ImportOptions {
  std::string certificate, key;
  bool yes = false;
};

ExitCode import(Context& context, const ImportOptions& options) {
  const json request{{"op", "ca.import"},
                     {"certificate", read_whole_file(options.certificate)},
                     {"key", read_whole_file(options.key)}};
  confirm(context, options.yes);
  return print(context, ask(context, Peer::control, request, kTimeout));
}

Action declare_show(Options& /*options*/) { return show_authority; }

Action declare_export(Options& options) {
  const auto parsed = std::make_shared<ExportOptions>();
  options.flag("--der", "binary (DER) instead of text (PEM)", parsed->der);
  options.operand("FILE", "where to (default: standard output)", parsed->file, false);
  return [parsed](Context& context) { return export_certificate(context, *parsed); };
}

Action declare_regenerate(Options& options) {
  const auto parsed = std::make_shared<RegenerateOptions>();
  options.text("--organization", "NAME", "of the subject (default: as it was)",
               parsed->organization);
  options.text("--common-name", "NAME", "of the subject (default: as it was)", parsed->common_name);
  options.choice("--key", "its key (ecdsa-p256)", parsed->key, {"ecdsa-p256", "rsa-3072"});
  options.flag("--yes", "the authority before may be lost", parsed->yes);
  return [parsed](Context& context) { return regenerate(context, *parsed); };
}

Action declare_import(Options& options) {
  const auto parsed = std::make_shared<ImportOptions>();
  options.operand("CERT", "PEM file of the authority's certificate, then its issuers'",
                  parsed->certificate, true);
  options.operand("KEY", "PEM file of its private key, without pass phrase", parsed->key, true);
  options.flag("--yes", "the authority before may be lost", parsed->yes);
  return [parsed](Context& context) { return import(context, *parsed); };
}

}  // namespace

Command ca_show() {
  return {"ca show",
          "the certificate authority that signs for decrypted connections",
          {{"sekisho ca show", "subject, validity and fingerprint, to compare with a client's"}},
          declare_show};
}

Command ca_export() {
  return {"ca export",
          "the authority's certificate, for clients to install; without its key",
          {{"sekisho ca export Sekisho.crt", "as text"},
           {"sekisho ca export --der Sekisho.cer", "binary"}},
          declare_export};
}

Command ca_regenerate() {
  return {"ca regenerate",
          "make a new authority in the place of the one before",
          {{"sekisho ca regenerate --yes", "with the same name"},
           {"sekisho ca regenerate --organization 'Example Works' --common-name Gateway --yes",
            "with another one"}},
          declare_regenerate};
}

Command ca_import() {
  return {"ca import",
          "put an authority of your own in the place of the one before",
          {{"sekisho ca import company.crt company.key --yes", "a subordinate of the company's"}},
          declare_import};
}

}  // namespace sekisho::tools::commands
