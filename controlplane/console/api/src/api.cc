#include "controlplane/console/api/api.h"

#include <spdlog/spdlog.h>

#include "call.h"
#include "controlplane/console/secrets/random.h"
#include "sessions.h"
#include "tenants.h"

namespace sekisho::console {
namespace {

using http::Request;
using http::Response;

constexpr std::string_view kApi = "/api";

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Refusal no_route(const Document::Match& match) {
  if (match.methods.empty()) return not_found("there is nothing at this path");
  return Refusal(405, "method_not_allowed", "only " + joined(match.methods))
      .header("Allow", joined(match.methods));
}

void check_csrf(const Request& request, const SessionOfUser& session) {
  if (request.method == "GET") return;
  if (!equal_in_constant_time(request.header("x-csrf-token"), session.csrf_token))
    throw Refusal(403, "csrf", "the header X-CSRF-Token is not the session's");
}

/// Who calls, and whether he may. The one place that does; handlers only look closer.
SessionOfUser authorised(Services& services, const Request& request, const Operation& operation,
                         const std::map<std::string, std::string>& path) {
  if (operation.for_anyone()) return {};
  const auto now = services.now();
  auto session = services.database().read([&](Session& database) {
    auto found = find_session(database, request, now);
    if (!found) throw Refusal(401, "unauthenticated", "nobody is logged in");
    check_csrf(request, *found);
    if (!operation.roles.contains(found->user.role))
      throw forbidden("not for users of the role " + found->user.role);
    if (operation.of_tenant() && !may_see(database, found->user, path.at("tenant")))
      throw not_found("there is no such tenant");
    return *found;
  });
  if (wants_touch(session, now))
    services.database().write(
        [&](Session& database) { touch_session(database, session.token_hash, now); });
  return session;
}

Refusal invalid(const Violation& violation) {
  return Refusal(400, violation.unknown_field ? "unknown_field" : "invalid_request",
                 (violation.pointer.empty() ? "the body" : violation.pointer) + ": " +
                     violation.message)
      .with("field", violation.pointer);
}

std::map<std::string, std::string> read_query(const Request& request) {
  std::map<std::string, std::string> values;
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = percent_decoded(pair.substr(0, equals), true);
    const auto value = percent_decoded(
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) throw invalid({"/query", "not validly percent-encoded UTF-8"});
    if (!values.emplace(*name, *value).second)
      throw invalid({pointer_to("/query", *name), "given twice"});
  }
  return values;
}

std::optional<std::string> parameter_text(const ParameterSpec& spec, const Request& request,
                                          const std::map<std::string, std::string>& path,
                                          std::map<std::string, std::string>& query) {
  if (spec.place == ParameterSpec::Place::path) return path.at(spec.name);
  if (spec.place == ParameterSpec::Place::header) {
    const auto value = request.header(spec.name);
    return value.empty() ? std::nullopt : std::make_optional(std::string(value));
  }
  const auto given = query.extract(spec.name);
  return given.empty() ? std::nullopt : std::make_optional(given.mapped());
}

std::string pointer_of(const ParameterSpec& spec) {
  constexpr std::array<const char*, 3> kPlaces{"/path", "/query", "/header"};
  return pointer_to(kPlaces[static_cast<std::size_t>(spec.place)], spec.name);
}

std::map<std::string, Json> read_parameters(const Request& request, const Operation& operation,
                                            const std::map<std::string, std::string>& path) {
  auto query = read_query(request);
  std::map<std::string, Json> values;
  for (const ParameterSpec& spec : operation.parameters) {
    const auto text = parameter_text(spec, request, path, query);
    if (!text) {
      if (spec.required && spec.place == ParameterSpec::Place::query)
        throw invalid({pointer_of(spec), "missing"});
      if (spec.required)
        throw Refusal(428, "precondition_required", "the header " + spec.name + " is missing");
      if (!spec.fallback.is_null()) values[spec.name] = spec.fallback;
      continue;
    }
    Json value = value_of_parameter(*spec.schema, *text);
    if (auto found = validate(*spec.schema, value, pointer_of(spec))) throw invalid(*found);
    values[spec.name] = std::move(value);
  }
  if (!query.empty())
    throw invalid({pointer_to("/query", query.begin()->first), "there is no such parameter", true});
  return values;
}

bool is_json(std::string_view content_type) {
  auto type = std::string(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  for (char& c : type) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return type == "application/json";
}

Json read_body(const Request& request, const Operation& operation) {
  if (operation.body == nullptr) {
    if (!request.body.empty()) throw invalid({"", "this operation takes none"});
    return nullptr;
  }
  if (!is_json(request.header("content-type")))
    throw Refusal(415, "invalid_request", "the body must be application/json");
  if (request.body.size() > operation.max_body)
    throw Refusal(413, "too_large",
                  "the body has more than " + std::to_string(operation.max_body) + " bytes");
  auto parsed = parse_json(request.body);
  if (const auto* no = std::get_if<NoJson>(&parsed)) throw invalid({"", no->message});
  if (auto found = validate(*operation.body, std::get<Json>(parsed), "")) throw invalid(*found);
  return std::move(std::get<Json>(parsed));
}

bool is_duplicate(const soci::soci_error& problem) {
  const std::string_view message = problem.what();
  return message.find("UNIQUE constraint failed") != std::string_view::npos ||  // SQLite
         message.find("duplicate key value") != std::string_view::npos;         // PostgreSQL
}

Response answer_to_trouble(const soci::soci_error& problem, const std::string& operation) {
  if (is_duplicate(problem)) return conflict("the name is taken").response();
  spdlog::error("{}: database: {}", operation, problem.what());
  return Refusal(503, "unavailable", "the database does not answer")
      .header("Retry-After", "5")
      .response();
}

std::string check_handlers(const Document& document, const Handlers& handlers) {
  std::set<std::string> documented;
  for (const Operation& operation : document.operations()) {
    if (!documented.insert(operation.id).second) return operation.id + " occurs twice";
    if (!handlers.contains(operation.id)) return operation.id + " has no handler";
  }
  for (const auto& [id, handler] : handlers)
    if (!documented.contains(id)) return id + " is not in the document";
  return {};
}

}  // namespace

struct Api::State {
  State(ApiDoors doors, std::optional<http::StaticFiles> static_files)
      : services(std::move(doors)), page(std::move(static_files)) {
    for (const auto add : {add_meta_handlers,      add_session_handlers,    add_tenant_handlers,
                           add_user_handlers,      add_group_handlers,      add_draft_handlers,
                           add_catalogue_handlers, add_ips_rule_handlers,   add_content_handlers,
                           add_database_handlers,  add_reputation_handlers, add_delivery_handlers,
                           add_version_handlers,   add_gateway_handlers,    add_diagnostic_handlers,
                           add_event_handlers,     add_bandwidth_handlers,  add_audit_handlers,
                           add_authority_handlers, add_bypass_handlers})
      add(handlers);
  }

  Response answer(const Request& request) {
    const auto match = services.document.match(request.method, request.path);
    if (match.operation == nullptr) throw no_route(match);
    const Operation& operation = *match.operation;
    try {
      auto session = authorised(services, request, operation, match.values);
      const Call call{.request = request,
                      .operation = operation,
                      .path = match.values,
                      .parameters = read_parameters(request, operation, match.values),
                      .body = read_body(request, operation),
                      .session = std::move(session)};
      return handlers.at(operation.id)(services, call);
    } catch (const soci::soci_error& problem) {
      return answer_to_trouble(problem, operation.id);
    }
  }

  /// `work()`, with whatever it throws as an answer.
  template <class Work>
  Response guarded(const Request& request, Work work) {
    try {
      return work();
    } catch (const Refusal& refusal) {
      return refusal.response();
    } catch (const soci::soci_error& problem) {
      return answer_to_trouble(problem, request.path);
    } catch (const std::exception& problem) {
      spdlog::error("{} {}: {}", request.method, request.path, problem.what());
      return Refusal(500, "internal", "a mistake of the console; its log has more").response();
    }
  }

  Services services;
  Handlers handlers;
  std::optional<http::StaticFiles> page;
};

Api::Api(std::unique_ptr<State> state) : state_(std::move(state)) {}
Api::~Api() = default;

Result<std::unique_ptr<Api>> Api::make(ApiDoors doors, std::optional<http::StaticFiles> page) try {
  auto state = std::make_unique<State>(std::move(doors), std::move(page));
  if (const auto wrong = check_handlers(state->services.document, state->handlers); !wrong.empty())
    return Error{Error::Code::invalid_input, "openapi.yaml: " + wrong};
  return std::unique_ptr<Api>(new Api(std::move(state)));
} catch (const std::exception& problem) {
  return Error{Error::Code::invalid_input, std::string("openapi.yaml: ") + problem.what()};
}

Response Api::handle(const Request& request) {
  const bool api = request.path == kApi || request.path.starts_with(std::string(kApi) + "/");
  if (!api && state_->page) return state_->page->answer(request);
  return state_->guarded(request, [&] { return state_->answer(request); });
}

http::Admission Api::admit(const Request& head) {
  http::Admission admission{http::kSmallBody, std::nullopt};
  const auto match = state_->services.document.match(head.method, head.path);
  if (match.operation == nullptr || match.operation->max_body <= http::kSmallBody) return admission;
  // Whoever may not call the operation is not given its memory.
  bool fine = false;
  auto refusal = state_->guarded(head, [&] {
    authorised(state_->services, head, *match.operation, match.values);
    fine = true;
    return Response();
  });
  if (fine)
    admission.max_body = match.operation->max_body;
  else
    admission.refusal = std::move(refusal);
  return admission;
}

Response Api::failure(int status, std::string_view message) {
  const char* code = status == 413 || status == 431 ? "too_large"
                     : status == 503                ? "busy"
                                                    : "invalid_request";
  Refusal refusal(status, code, std::string(message));
  if (status == 503) return std::move(refusal).header("Retry-After", "1").response();
  return refusal.response();
}

}  // namespace sekisho::console
