#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>

#include "catalogue_source.h"
#include "rules/applications/functions.h"

namespace sekisho::rules {
namespace {

/// A text of the catalogue as a C++ literal: UTF-8 goes through as it is.
std::string quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    literal += c;
  }
  return literal + '"';
}

/// The many short lists of texts, all in one array.
class Texts {
 public:
  std::string span(const std::vector<std::string>& texts) {
    if (texts.empty()) return "{}";
    const auto first = count_;
    for (const auto& text : texts) body_ += "  " + quoted(text) + ",\n";
    count_ += texts.size();
    return "texts(" + std::to_string(first) + ", " + std::to_string(texts.size()) + ")";
  }
  std::string definition() const {
    return "constexpr std::string_view kTexts[] = {\n" + body_ + "  \"\"};\n" +
           "constexpr std::span<const std::string_view> texts(std::size_t first, std::size_t "
           "count) {\n  return std::span(kTexts).subspan(first, count);\n}\n";
  }

 private:
  std::string body_;
  std::size_t count_ = 0;
};

/// FNV-1a of 64 bits: it tells one edition from another, and keeps nobody from anything.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325, kPrime = 0x100000001b3;
  std::uint64_t hash = kBasis;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

/// Bytes as a std::string_view.
std::string bytes(std::string_view raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string literal = "{\"";
  for (const char c : raw) {  // octal escapes end by themselves, unlike hexadecimal ones
    const auto byte = static_cast<unsigned char>(c);
    literal += '\\';
    for (const int shift : {6, 3, 0}) literal += kDigits[byte >> shift & 7U];
  }
  return literal + "\", " + std::to_string(raw.size()) + "}";
}

std::string payload_row(const CatalogueSource::Payload& one) {
  return "  {" + std::to_string(one.protocol) + ", ApplicationPayload::From::" + one.from + ", " +
         std::to_string(one.port) + ", " + std::to_string(one.least) + ", " +
         std::to_string(one.most) + ", " + bytes(one.value) + ", " + bytes(one.mask) + "},\n";
}

/// `count` rows of the array that `name` gives, from `first` on.
std::string rows_of(const char* name, std::size_t first, std::size_t count) {
  if (count == 0) return "{}";
  return std::string(name) + "(" + std::to_string(first) + ", " + std::to_string(count) + ")";
}

std::string array_of(const std::string& type, const std::string& name, const std::string& span,
                     const std::string& rows) {
  return "constexpr " + type + " " + name + "[] = {\n" + rows +
         "  {}};\nconstexpr std::span<const " + type + "> " + span +
         "(std::size_t first, std::size_t count) {\n  return std::span(" + name +
         ").subspan(first, count);\n}\n";
}

std::string network_row(const CatalogueSource::Network& one) {
  return "  {" + bytes(one.first) + ", " + bytes(one.last) + ", " + std::to_string(one.port) +
         "},\n";
}

std::string certificate_row(const CatalogueSource::Certificate& one) {
  return "  {" + quoted(one.subject) + ", " + std::to_string(one.port) + "},\n";
}

std::string pattern_row(const CatalogueSource::Pattern& one) {
  return "  {" + quoted(one.expression) + ", " + (one.nocase ? "true" : "false") + ", " +
         std::to_string(one.within) + "},\n";
}

/// The rows of one application's patterns, and of their parts in an array of all.
struct PatternRows {
  std::string patterns, parts;
  std::size_t num_patterns = 0, num_parts = 0;

  void add(const CatalogueSource::Patterns& one) {
    patterns += "  {" + std::to_string(one.protocol) + ", " + std::to_string(one.port);
    for (const auto* list : {&one.client, &one.server, &one.either}) {
      patterns += ", " + rows_of("parts", num_parts, list->size());
      num_parts += list->size();
      for (const auto& part : *list) parts += pattern_row(part);
    }
    patterns += "},\n";
    ++num_patterns;
  }
};

/// Where an application's rows stand in the arrays of all applications' rows.
struct Parts {
  std::string functions, payloads, networks, certificates, patterns;
};

std::string row(const CatalogueSource::Application& one, std::uint16_t parent, const Parts& parts,
                Texts& texts) {
  return "  {" + std::to_string(one.id) + ", " + quoted(one.name) + ", " + quoted(one.title) +
         ", " + quoted(one.title_ja) + ", " + quoted(one.category) + ", " +
         std::to_string(one.protocol) + ", " + std::to_string(one.port) + ", " +
         std::to_string(parent) + ", " + std::to_string(one.risk) + ", " +
         (one.japanese ? "true" : "false") + ", " + texts.span(one.tags) + ", " +
         texts.span(one.hosts) + ", " + parts.functions + ", " + parts.payloads + ", " +
         texts.span(one.content_types) + ", " + texts.span(one.agents) + ", " + parts.networks +
         ", " + parts.certificates + ", " + parts.patterns + ", " + texts.span(one.ja4) + "},\n";
}

/// The rows of one application's functions, and of their signatures in an array of all.
struct FunctionRows {
  std::string functions, signatures;
  std::size_t num_signatures = 0;

  void add(const CatalogueSource::Function& function, Texts& texts) {
    functions += "  {" + std::to_string(find_function(function.name)->id) + ", " +
                 rows_of("signatures", num_signatures, function.signatures.size()) + "},\n";
    num_signatures += function.signatures.size();
    for (const auto& one : function.signatures)
      signatures += "  {" + texts.span(one.hosts) + ", " + texts.span(one.methods) + ", " +
                    texts.span(one.paths) + ", " + texts.span(one.types) + ", " +
                    texts.span(one.headers) + "},\n";
  }
};

std::string names_in_order(const CatalogueSource& source) {
  std::vector<std::size_t> order(source.applications.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return source.applications[x].name < source.applications[y].name;
  });
  std::string list;
  for (const auto index : order) list += "  " + std::to_string(index) + ",\n";
  return list;
}

}  // namespace

std::string to_cpp(const CatalogueSource& source) {
  std::map<std::string, std::uint16_t> ids;
  for (const auto& one : source.applications) ids[one.name] = one.id;
  Texts texts;
  FunctionRows functions;
  PatternRows patterns;
  std::string rows, payloads, networks, certificates, categories;
  std::size_t num_functions = 0, num_payloads = 0, num_networks = 0, num_certificates = 0;
  for (const auto& one : source.applications) {
    for (const auto& function : one.functions) functions.add(function, texts);
    const auto first_patterns = patterns.num_patterns;
    for (const auto& pattern : one.patterns) patterns.add(pattern);
    for (const auto& payload : one.payloads) payloads += payload_row(payload);
    for (const auto& network : one.networks) networks += network_row(network);
    for (const auto& certificate : one.certificates) certificates += certificate_row(certificate);
    rows += row(one, one.parent.empty() ? std::uint16_t{0} : ids.at(one.parent),
                {rows_of("functions", num_functions, one.functions.size()),
                 rows_of("payloads", num_payloads, one.payloads.size()),
                 rows_of("networks", num_networks, one.networks.size()),
                 rows_of("certificates", num_certificates, one.certificates.size()),
                 rows_of("patterns", first_patterns, one.patterns.size())},
                texts);
    num_functions += one.functions.size();
    num_payloads += one.payloads.size();
    num_networks += one.networks.size();
    num_certificates += one.certificates.size();
  }
  for (const auto& one : source.categories)
    categories +=
        "  {" + quoted(one.name) + ", " + quoted(one.title) + ", " + quoted(one.title_ja) + "},\n";
  const auto data =
      texts.definition() +
      array_of("FunctionSignature", "kSignatures", "signatures", functions.signatures) +
      array_of("ApplicationFunction", "kFunctions", "functions", functions.functions) +
      array_of("ApplicationPayload", "kPayloads", "payloads", payloads) +
      array_of("ApplicationNetwork", "kNetworks", "networks", networks) +
      array_of("ApplicationCertificate", "kCertificates", "certificates", certificates) +
      array_of("PayloadPattern", "kParts", "parts", patterns.parts) +
      array_of("ApplicationPatterns", "kPatterns", "patterns", patterns.patterns) +
      "constexpr Application kRows[] = {\n" + rows +
      "};\nconstexpr ApplicationCategory kCategoryRows[] = {\n" + categories +
      "};\nconstexpr std::uint16_t kByName[] = {\n" + names_in_order(source) + "};\n";
  return "// Made from rules/applications/catalogue.\n#include \"catalogue_data.h\"\n"
         "namespace sekisho::rules {\nnamespace {\n" +
         data +
         "}  // namespace\n"
         "constinit const std::span<const Application> kApplications{kRows};\n"
         "constinit const std::span<const ApplicationCategory> "
         "kApplicationCategories{kCategoryRows};\n"
         "constinit const std::span<const std::uint16_t> kApplicationsByName{kByName};\n"
         "constinit const std::uint64_t kCatalogueEdition = " +
         std::to_string(hash_of(data)) +
         "U;\n"
         "}  // namespace sekisho::rules\n";
}

}  // namespace sekisho::rules
