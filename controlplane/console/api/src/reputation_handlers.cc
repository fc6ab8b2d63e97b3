// Ratings of URLs that gateways ask for: feeds, and what people rate one by one. Of all tenants.
#include <memory>
#include <span>

#include "controlplane/console/reputation/rating_rows.h"
#include "rows.h"
#include "rules/canonical_url/canonical_url.h"
#include "rules/feeds/ratings.h"
#include "rules/reputation/url_expressions.h"
#include "rules/urls/categories.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kMaxListedRatings = 1'000;
constexpr std::int64_t kSecondMs = 1'000;

/// 0: none is named.
std::uint16_t category_of(const Json& body) {
  const auto name = body.value("category", "");
  if (name.empty()) return 0;
  const auto* category = rules::find_url_category(name);
  if (category == nullptr)
    throw Refusal(422, "invalid_request", "there is no URL category " + name)
        .with("field", "/category");
  return category->id;
}

void add_category(std::uint16_t id, Json& json) {
  if (const auto* category = rules::url_category(id)) json["category"] = category->name;
}

/// The body's own score and category.
rules::Reputation reputation_of(const Json& body) {
  return {static_cast<rules::ReputationScore>(body["score"].get<int>()), category_of(body)};
}

Json feed_json(const RatingFeed& feed) {
  Json json{{"name", feed.name},
            {"format", feed.format},
            {"score", feed.fallback.score},
            {"num_ratings", feed.num_ratings},
            {"num_refused", feed.num_refused},
            {"num_left_out", feed.num_left_out},
            {"mistakes", Json::parse(feed.mistakes, nullptr, false)},
            {"changed_at", feed.changed_at},
            {"changed_by", feed.changed_by}};
  add_category(feed.fallback.category, json);
  return json;
}

Json rating_json(const StoredRating& rating) {
  Json json{{"expression", rating.expression}, {"score", rating.reputation.score}};
  add_category(rating.reputation.category, json);
  return json;
}

// ---- URLs ----

/// A URL of a request, with the room that it needs.
struct GivenUrl {
  std::unique_ptr<rules::UrlScratch> scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
};

GivenUrl given_url(const std::string& text, const char* field) {
  GivenUrl given;
  const auto fault = rules::canonicalise_url(text, *given.scratch, given.url);
  if (fault != rules::UrlFault::none)
    throw Refusal(400, "invalid_request", "the URL " + std::string(rules::describe(fault)))
        .with("field", field);
  return given;
}

std::string text_of(const rules::UrlExpression& expression) {
  return std::string(expression.host).append(expression.path);
}

/// Under which a rating of the URL is kept.
std::string rated_expression(const std::string& text, const char* field) {
  const auto given = given_url(text, field);
  auto expression = text_of(rules::expressions_of(given.url).front());
  if (expression.size() > rules::kMaxExpressionBytes)
    throw Refusal(422, "too_large",
                  "a URL of more than " + std::to_string(rules::kMaxExpressionBytes) +
                      " bytes cannot be rated; its host or a folder can")
        .with("field", field);
  return expression;
}

http::Response rate_url(Services& services, const Call& call) {
  const StoredRating rating{rated_expression(call.body["url"].get<std::string>(), "/url"),
                            reputation_of(call.body)};
  return services.database().write([&](Session& session) {
    store_own_rating(session, rating, services.now(), call.user().login);
    if (count_own_ratings(session) > static_cast<std::int64_t>(kMaxOwnRatings))
      throw Refusal(422, "too_large",
                    "at most " + std::to_string(kMaxOwnRatings) + " URLs can be rated");
    audit(session, services, call, rating.expression,
          "score " + std::to_string(rating.reputation.score));
    return json_response(200, rating_json(rating));
  });
}

http::Response remove_url_rating(Services& services, const Call& call) {
  const auto expression = rated_expression(call.text("url"), "/query/url");
  services.database().write([&](Session& session) {
    if (!remove_own_rating(session, expression, services.now(), call.user().login))
      throw not_found("nobody rated " + expression);
    audit(session, services, call, expression, "");
  });
  return no_content();
}

http::Response look_up_url(Services& services, const Call& call) {
  const auto given = given_url(call.text("url"), "/query/url");
  const auto expressions = rules::expressions_of(given.url);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < expressions.size(); ++i) texts.push_back(text_of(expressions[i]));
  const auto found =
      services.database().read([&](Session& session) { return find_rating(session, texts); });
  Json json{{"url", given.url.text}, {"rated", found.has_value()}};
  if (found) {
    json.update(rating_json(found->rating));
    json["source"] = found->feed == kOwnRatings ? "own" : "feed";
    if (found->feed != kOwnRatings) json["feed"] = found->feed;
  }
  return json_response(200, json);
}

// ---- feeds ----

Json mistakes_json(const rules::Feed& feed, const rules::FeedRatings& made) {
  Json list = Json::array();
  for (const auto* mistakes : {&feed.mistakes, &made.mistakes})
    for (const auto& mistake : *mistakes)
      if (list.size() < rules::kMaxToldMistakes)
        list.push_back({{"place", mistake.place}, {"message", mistake.message}});
  return list;
}

/// `now`: Unix milliseconds.
rules::Feed read_body(const Json& body, std::int64_t now) {
  const auto format = rules::find_feed_format(body.value("format", "auto"));
  auto feed = rules::read_feed(body["text"].get_ref<const std::string&>(),
                               format.value_or(rules::FeedFormat::automatic), now / kSecondMs);
  if (!feed) throw Refusal(422, "invalid_request", feed.error().message).with("field", "/text");
  return std::move(*feed);
}

void check_room(Session& session, const RatingFeed& feed) {
  std::size_t others = 0;
  for (const auto& each : rating_feeds(session)) others += each.name != feed.name ? 1 : 0;
  if (others >= kMaxRatingFeeds)
    throw Refusal(
        422, "too_large",
        "there are " + std::to_string(others) + " feeds already, as many as there can be");
  const auto all = count_ratings(session, feed.name) + feed.num_ratings;
  if (all > static_cast<std::int64_t>(kMaxAllRatings))
    throw Refusal(422, "too_large",
                  "all feeds together would have " + std::to_string(all) + " ratings, at most " +
                      std::to_string(kMaxAllRatings) + " are possible");
}

http::Response import_reputation_feed(Services& services, const Call& call) {
  const auto read = read_body(call.body, services.now());
  RatingFeed feed;
  feed.name = call.body["name"].get<std::string>();
  feed.format = name_of(read.format);
  feed.fallback = reputation_of(call.body);
  const auto made = rules::ratings_of(read, feed.fallback);
  feed.num_ratings = static_cast<std::int64_t>(made.ratings.size());
  feed.num_refused = static_cast<std::int64_t>(read.num_refused + made.num_refused);
  feed.num_left_out = static_cast<std::int64_t>(read.num_left_out + made.num_left_out);
  feed.mistakes = mistakes_json(read, made).dump();
  feed.changed_at = services.now();
  feed.changed_by = call.user().login;
  services.database().write([&](Session& session) {
    check_room(session, feed);
    store_feed(services.database(), session, feed, made.ratings);
    audit(session, services, call, feed.name,
          std::to_string(feed.num_ratings) + " ratings, " + std::to_string(feed.num_refused) +
              " refused");
  });
  return json_response(201, feed_json(feed));
}

http::Response remove_reputation_feed(Services& services, const Call& call) {
  const auto& name = call.path.at("feed");
  services.database().write([&](Session& session) {
    if (!remove_feed(session, name)) throw not_found("there is no such feed");
    audit(session, services, call, name, "");
  });
  return no_content();
}

http::Response get_reputation(Services& services, const Call&) {
  return services.database().read([&](Session& session) {
    Json feeds = Json::array(), ratings = Json::array();
    for (const auto& feed : rating_feeds(session)) feeds.push_back(feed_json(feed));
    for (const auto& rating : own_ratings(session, kMaxListedRatings))
      ratings.push_back(rating_json(rating));
    return json_response(200, {{"feeds", std::move(feeds)},
                               {"num_ratings", count_ratings(session, "-")},
                               {"ratings", std::move(ratings)},
                               {"num_own", count_own_ratings(session)}});
  });
}

}  // namespace

void add_reputation_handlers(Handlers& handlers) {
  handlers["getReputation"] = get_reputation;
  handlers["importReputationFeed"] = import_reputation_feed;
  handlers["removeReputationFeed"] = remove_reputation_feed;
  handlers["rateUrl"] = rate_url;
  handlers["removeUrlRating"] = remove_url_rating;
  handlers["lookUpUrl"] = look_up_url;
}

}  // namespace sekisho::console
