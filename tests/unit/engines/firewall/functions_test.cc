// Rules that select functions of applications.
#include <catch2/catch.hpp>

#include "compiled.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::firewall {
namespace {

std::uint16_t id_of(std::string_view application) {
  return rules::find_application(application)->id;
}

/// A flow of HTTP in clear, of which no request was read yet.
Facts web_flow() {
  auto flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  flow.application = rules::application_id::kHttp;
  flow.application_known = Knowledge::known;
  return flow;
}

Facts request_of(std::string_view application, std::string_view function) {
  auto flow = web_flow();
  flow.carrier = flow.application;
  flow.application = id_of(application);
  flow.function = function.empty() ? FunctionId{0} : rules::find_function(function)->id;
  flow.url.known = Knowledge::known;
  return flow;
}

policy::Rule about(std::vector<std::string> applications, policy::Action action) {
  auto rule = rule_from("", action);
  rule.content.applications = std::move(applications);
  return rule;
}

Compiled of_rules(std::vector<policy::Rule> rules) {
  policy::Policy policy;
  policy.rules = std::move(rules);
  return compiled(policy);
}

}  // namespace

TEST_CASE("one rule blocks an application's upload and lets it be viewed") {
  const auto firewall = of_rules({about({"youtube/upload"}, policy::Action::block)});
  CHECK(firewall->wants_functions());
  CHECK_FALSE(firewall->wants_urls());
  const auto judge = [&](const Facts& flow) { return firewall->judge(flow, {}); };
  CHECK(judge(request_of("youtube", "upload")).rule == 1);
  for (const auto* other : {"view", "comment", ""}) {
    const auto judgement = judge(request_of("youtube", other));
    CAPTURE(other);
    CHECK(judgement.rule == 0);
    CHECK_FALSE(judgement.tentative);
    CHECK(judgement.by_url);  // the next request may upload
  }
  CHECK(judge(request_of("dropbox", "upload")).rule == 0);
}

TEST_CASE("a rule about a function waits for the request, not for the application") {
  const auto firewall = of_rules({about({"youtube/upload"}, policy::Action::block)});
  auto flow = web_flow();
  CHECK(firewall->judge(flow, {}).tentative);
  flow.application = id_of("youtube");
  flow.carrier = rules::application_id::kTls;
  CHECK(firewall->judge(flow, {}).tentative);
  flow.url.known = Knowledge::never;
  CHECK_FALSE(firewall->judge(flow, {}).tentative);
  CHECK(firewall->judge(flow, {}).rule == 0);
  flow = web_flow();
  flow.application = id_of("ssh");
  CHECK_FALSE(firewall->judge(flow, {}).tentative);
  flow = web_flow();
  flow.protocol = 1;
  CHECK_FALSE(firewall->judge(flow, {}).tentative);
  CHECK_FALSE(firewall->judge(flow, {}).by_url);
}

TEST_CASE("the order of rules decides between a function and its application") {
  const auto view_first = of_rules(
      {about({"youtube/view"}, policy::Action::allow), about({"youtube"}, policy::Action::block)});
  const auto whole_first = of_rules(
      {about({"youtube"}, policy::Action::block), about({"youtube/view"}, policy::Action::allow)});
  CHECK(view_first->judge(request_of("youtube", "view"), {}).rule == 1);
  CHECK(view_first->judge(request_of("youtube", "upload"), {}).rule == 2);
  CHECK(whole_first->judge(request_of("youtube", "view"), {}).rule == 1);
  auto hidden = request_of("youtube", "");
  hidden.url.known = Knowledge::not_yet;
  CHECK(view_first->judge(hidden, {}).tentative);
  const auto both_block = of_rules({about({"youtube/upload"}, policy::Action::block),
                                    about({"youtube"}, policy::Action::block)});
  CHECK(both_block->judge(hidden, {}).rule == 2);  // whatever it comes to, it is blocked
}

TEST_CASE("a function of a whole, or of a category, is that of each part that has it") {
  const auto google = of_rules({about({"google/upload"}, policy::Action::block)});
  CHECK(google->judge(request_of("youtube", "upload"), {}).rule == 1);
  CHECK(google->judge(request_of("google_drive", "upload"), {}).rule == 1);
  CHECK(google->judge(request_of("google_drive", "download"), {}).rule == 0);
  CHECK(google->judge(request_of("box", "upload"), {}).rule == 0);
  const auto storage = of_rules({about({"category:cloud_storage/upload"}, policy::Action::block)});
  CHECK(storage->judge(request_of("box", "upload"), {}).rule == 1);
  CHECK(storage->judge(request_of("youtube", "upload"), {}).rule == 0);
}

TEST_CASE("selecting an application beside its function selects all of it") {
  const auto firewall =
      of_rules({about({"youtube", "youtube/upload", "box/upload"}, policy::Action::block)});
  CHECK(firewall->judge(request_of("youtube", "view"), {}).rule == 1);
  CHECK(firewall->judge(request_of("box", "upload"), {}).rule == 1);
  CHECK(firewall->judge(request_of("box", "view"), {}).rule == 0);
}

TEST_CASE("a function counts whatever the lists say of the URL, as its application does") {
  const auto firewall = of_rules({about({"youtube/upload"}, policy::Action::block)});
  auto flow = request_of("youtube", "upload");
  flow.url.list = ListOutcome::allowed;
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.address_list = ListOutcome::allowed;
  CHECK(firewall->judge(flow, {}).rule == 1);
  CHECK(firewall->judge(flow, {}).by_url);
}

TEST_CASE("a function that no application has is refused with those that it has") {
  policy::Policy policy;
  policy.rules = {about({"youtube/fly"}, policy::Action::block),
                  about({"youtube/fly"}, policy::Action::block)};
  const auto errors = compile_errors(policy);
  REQUIRE(errors.size() == 2);
  CHECK(errors[1].message ==
        "rule 'from ': application 'youtube' has no function 'fly'; it has view, comment, upload, "
        "chat");
}

TEST_CASE("an explanation says which function it is, or when it will be known") {
  const auto firewall = of_rules({about({"youtube/upload"}, policy::Action::block)});
  const auto why = [&](const Facts& flow) { return firewall->explain(flow, {}).front().why; };
  CHECK(why(request_of("youtube", "upload")) == "matches, function youtube/upload");
  CHECK(why(request_of("youtube", "view")) == "function youtube/view is not selected");
  CHECK(why(request_of("youtube", "")) == "function of youtube is none that can be told");
  CHECK(why(web_flow()) ==
        "function is not known before a request in clear, or the server's name, tells it");
  auto flow = web_flow();
  flow.application_known = Knowledge::never;
  flow.url.known = Knowledge::never;
  CHECK(why(flow) == "function is none that can be told");
}

}  // namespace sekisho::engines::firewall
