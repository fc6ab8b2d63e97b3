#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "json_text.h"

namespace sekisho::console {

/// What is wrong with a value, and where.
struct Violation {
  std::string pointer;
  std::string message;
  bool unknown_field = false;
};

struct SchemaNode;

/// The schemas of one OpenAPI document, compiled. It knows the keywords that the document uses; an
/// unknown one throws std::invalid_argument, so that nothing is written there and not enforced.
class Schemas {
 public:
  /// `document` must outlive it.
  explicit Schemas(const Json& document);
  ~Schemas();

  /// A schema, or a reference to one; the node lives as long as this.
  const SchemaNode* compile(const Json& schema);

 private:
  const SchemaNode* reference(const std::string& pointer);
  void fill(SchemaNode& node, const Json& schema);

  const Json& document_;
  std::vector<std::unique_ptr<SchemaNode>> nodes_;
  std::map<std::string, const SchemaNode*> references_;
};

/// The first violation, if there is one. `pointer` is where `value` stands.
std::optional<Violation> validate(const SchemaNode& schema, const Json& value,
                                  const std::string& pointer);

/// Reads a parameter's text as the type that the schema wants; a text when that does not work,
/// which validate() then refuses.
Json value_of_parameter(const SchemaNode& schema, const std::string& text);

}  // namespace sekisho::console
