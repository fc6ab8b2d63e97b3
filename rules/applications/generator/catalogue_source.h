#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::rules {

/// The catalogue as its YAML files say it.
struct CatalogueSource {
  struct Place {
    std::string file;
    int line = 0;  // from 1
  };
  struct Signature {  // of a function; what is empty says nothing
    std::vector<std::string> hosts{}, methods{}, paths{}, types{}, headers{};
  };
  struct Function {
    std::string name;
    std::vector<Signature> signatures;
  };
  struct Payload {
    std::uint8_t protocol = 0;
    std::string from = "either";
    std::uint16_t port = 0, least = 0, most = 65535;
    std::string value, mask;
  };
  struct Network {
    std::string range{};          // as written
    std::string first{}, last{};  // 16 bytes each
    std::uint16_t port = 0;
  };
  struct Certificate {
    std::string subject{};
    std::uint16_t port = 0;
  };
  struct Pattern {
    std::string expression{};  // a regular expression
    bool nocase = false;
    std::uint16_t within = 0;    // first bytes of the payload that it must be in; 0: any
    std::size_t fixed_bits = 0;  // at least so many are no chance
  };
  /// What must be seen in one payload of an end, or of either; of both ends where both have some.
  struct Patterns {
    Place place;
    std::uint8_t protocol = 0;
    std::uint16_t port = 0;
    std::vector<Pattern> client{}, server{}, either{};
  };
  struct Application {
    Place place;
    std::uint16_t id = 0;
    std::string name, title, title_ja, category, parent;
    std::uint8_t protocol = 0, risk = 1;
    std::uint16_t port = 0;
    bool japanese = false;
    std::vector<std::string> tags, hosts;
    std::vector<Function> functions;
    std::vector<Payload> payloads;
    std::vector<std::string> content_types, agents;
    std::vector<Network> networks;
    std::vector<Certificate> certificates;
    std::vector<Patterns> patterns;
    std::vector<std::string> ja4;
  };
  struct Category {
    Place place;
    std::string name, title, title_ja;
  };
  struct Mistake {
    Place place;
    std::string message;
  };

  std::vector<Category> categories;
  std::vector<Application> applications;
  std::vector<Mistake> mistakes;

  /// Adds one file; what is wrong in it goes to `mistakes`, with its place.
  void read(const std::string& file, const std::string& yaml);
  /// When all files are read: what contradicts across them. Sorts applications by id and categories
  /// by name.
  void check();
};

/// Lower-case labels of letters, digits and hyphens, at least two of them.
bool is_host_suffix(std::string_view text) noexcept;

/// What is wrong with a signature, a sentence each: texts that no request can have, or nothing that
/// tells requests apart.
std::vector<std::string> mistakes_in(const CatalogueSource::Signature& signature);

/// "5a 42 .. 0.": bytes and a mask of them, a dot being any digit. False: that is none, or has more
/// than 32 bytes.
bool read_hex(std::string_view digits, std::string& value, std::string& mask);

/// "BEGIN |00 4. ..| END", bytes between bars as read_hex() has them, as a regular expression that
/// adds to `pattern`. Empty: done; otherwise what is wrong.
std::string read_pattern_text(std::string_view text, CatalogueSource::Pattern& pattern);

/// Likewise of a regular expression. Whether it is one at all the build finds out later
/// (engines/appid/checker).
std::string read_pattern_regex(std::string_view regex, CatalogueSource::Pattern& pattern);

/// What is wrong with all of them together; empty: nothing.
std::string mistake_in(const CatalogueSource::Patterns& patterns);

/// A JA4 fingerprint or its first parts: "t13d880900", "t13d880900_fcb5b95cb75a".
bool is_ja4(std::string_view text) noexcept;

/// C++ that defines what src/catalogue_data.h declares. Only of a source without mistakes.
std::string to_cpp(const CatalogueSource& source);

}  // namespace sekisho::rules
