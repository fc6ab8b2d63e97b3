#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "json_text.h"
#include "schema.h"

namespace sekisho::console {

inline constexpr std::string_view kApiBase = "/api/v1";

struct ParameterSpec {
  enum class Place { path, query, header };
  std::string name;  // of a header: in lower case
  Place place = Place::query;
  bool required = false;
  const SchemaNode* schema = nullptr;
  Json fallback;  // null: none
};

/// What openapi.yaml says of one operation.
struct Operation {
  std::string id;
  std::string method;
  std::vector<std::string> path;  // segments behind kApiBase; "{tenant}" stands for any text
  std::set<std::string> roles;
  std::vector<ParameterSpec> parameters;
  const SchemaNode* body = nullptr;  // null: it takes none
  std::size_t max_body = 0;
  std::set<int> statuses;  // of its answers

  bool for_anyone() const { return roles.contains("anyone"); }
  bool of_tenant() const { return path.size() > 1 && path[0] == "tenants"; }
};

/// openapi.yaml, read. Immutable.
class Document {
 public:
  /// Throws what tells the mistake in the document: the product's own, so it ends the start.
  Document();

  const std::vector<Operation>& operations() const noexcept { return operations_; }

  struct Match {
    const Operation* operation = nullptr;       // null: no such path, or not with that method
    std::map<std::string, std::string> values;  // of the path's parameters, decoded
    std::set<std::string> methods;              // that the path has
  };
  Match match(const std::string& method, std::string_view path) const;

  /// The document for clients, with the schema of a policy in its place.
  const std::string& served() const noexcept { return served_; }

 private:
  Operation read_operation(const Json& path_item, const Json& operation);
  void read_parameters(const Json& parameters, Operation& operation);
  void read_body(const Json& body, Operation& operation);
  const Json& resolved(const Json& value) const;

  Json json_;
  Schemas schemas_;
  std::vector<Operation> operations_;
  std::string served_;
};

/// Percent-decoded (RFC 3986); with `form`, '+' is a space. Nothing when it is not validly encoded,
/// or holds U+0000 or bytes that are no UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool form);

}  // namespace sekisho::console
