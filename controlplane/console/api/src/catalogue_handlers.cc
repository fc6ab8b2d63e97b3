// What rules can name of that the product knows: applications and URL categories. It changes only
// with the program, so a reader keeps what he has and asks whether it is still that.
#include "call.h"
#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::console {
namespace {

struct Catalogue {
  explicit Catalogue(const Json& json)
      : text(json.dump()), etag('"' + policy_hash(text).substr(0, 32) + '"') {}

  std::string text;
  std::string etag;
};

template <class Titled>
Json title_json(const Titled& titled) {
  return {{"name", titled.name}, {"title", titled.title}, {"title_ja", titled.title_ja}};
}

/// Names, in the order of all functions.
Json functions_json(const rules::Application& application) {
  const auto functions = rules::functions_of(application);
  auto names = Json::array();
  for (const auto& kind : rules::kFunctionKinds)
    if ((functions & rules::set_of(kind.id)) != 0) names.push_back(kind.name);
  return names;
}

Json application_json(const rules::Application& application) {
  auto json = title_json(application);
  json["id"] = application.id;
  json["category"] = application.category;
  if (const auto* whole = rules::application(application.parent)) json["parent"] = whole->name;
  json["risk"] = application.risk;
  json["japanese"] = application.japanese;
  json["tags"] = application.tags;
  if (!application.functions.empty()) json["functions"] = functions_json(application);
  return json;
}

Json url_category_json(const rules::UrlCategory& category) {
  auto json = title_json(category);
  json["id"] = category.id;
  json["group"] = category.group;
  return json;
}

template <class Values, class ToJson>
Json array_of(const Values& values, ToJson to_json) {
  auto array = Json::array();
  for (const auto& value : values) array.push_back(to_json(value));
  return array;
}

http::Response answer(const Call& call, const Catalogue& catalogue) {
  http::Response response;
  response.headers = {{"Cache-Control", "private, no-cache"}, {"ETag", catalogue.etag}};
  if (call.text("if-none-match").find(catalogue.etag) != std::string::npos) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = catalogue.text;
  return response;
}

http::Response list_applications(Services&, const Call& call) {
  static const Catalogue kCatalogue(
      {{"categories",
        array_of(rules::application_categories(), title_json<rules::ApplicationCategory>)},
       {"functions", array_of(rules::kFunctionKinds, title_json<rules::FunctionKind>)},
       {"applications", array_of(rules::applications(), application_json)}});
  return answer(call, kCatalogue);
}

http::Response list_url_categories(Services&, const Call& call) {
  static const Catalogue kCatalogue(
      {{"groups", array_of(rules::url_groups(), title_json<rules::UrlGroup>)},
       {"categories", array_of(rules::url_categories(), url_category_json)}});
  return answer(call, kCatalogue);
}

}  // namespace

void add_catalogue_handlers(Handlers& handlers) {
  handlers["listApplications"] = list_applications;
  handlers["listUrlCategories"] = list_url_categories;
}

}  // namespace sekisho::console
