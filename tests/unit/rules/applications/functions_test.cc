#include "rules/applications/functions.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "rules/applications/catalogue.h"

using namespace sekisho::rules;

namespace {

class SomeHeaders final : public RequestHeaders {
 public:
  explicit SomeHeaders(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  bool has(std::string_view beginning) const noexcept override {
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const auto& line) { return begins_header(line, beginning); });
  }

 private:
  std::vector<std::string> lines_;
};

/// Name of the function, or nothing.
std::string used_for(std::string_view application, const SeenRequest& request) {
  const auto* const kind = function_kind(function_of(*find_application(application), request));
  return kind == nullptr ? std::string() : std::string(kind->name);
}

}  // namespace

TEST_CASE(
    "functions have ids in order, unique names and both titles, and some application has each") {
  std::set<std::string_view> names;
  FunctionSet used = 0;
  for (const auto& one : applications()) used |= functions_of(one);
  for (std::size_t i = 0; i < kFunctionKinds.size(); ++i) {
    const auto& kind = kFunctionKinds[i];
    CAPTURE(kind.name);
    CHECK(kind.id == i + 1);
    CHECK(names.insert(kind.name).second);
    CHECK_FALSE(kind.title.empty());
    CHECK_FALSE(kind.title_ja.empty());
    CHECK(find_function(kind.name) == &kind);
    CHECK(function_kind(kind.id) == &kind);
    CHECK((used & set_of(kind.id)) != 0);
  }
  CHECK(find_function("") == nullptr);
  CHECK(function_kind(0) == nullptr);
  CHECK(function_kind(kFunctionKinds.size() + 1) == nullptr);
}

TEST_CASE("a pattern is the beginning of a text, with anything for its stars, in any case") {
  struct Case {
    const char *text, *pattern;
    bool expected;
  };
  const auto c =
      GENERATE(Case{"/a/b", "/a", true}, Case{"/a", "/a/b", false}, Case{"/A/b", "/a/B", true},
               Case{"/x/a/b", "/a", false}, Case{"/g/123/Create", "/g/*/create", true},
               Case{"/g//create", "/g/*/create", true}, Case{"/g/create", "/g/*/create", false},
               Case{"/g/1/2/create/3", "/g/*/create", true}, Case{"/aXbXc", "/a*b*c", true},
               Case{"/acb", "/a*b*c", false}, Case{"/a", "/a*", true}, Case{"", "", true},
               Case{"/ab", "/*ab", true}, Case{"/a", "/*b", false});
  CAPTURE(c.text, c.pattern);
  CHECK(begins_like(c.text, c.pattern) == c.expected);
}

TEST_CASE("a header's name counts in any case, the beginning of its value as it is") {
  CHECK(begins_header("x-up: resumable", "X-Up:"));
  CHECK(begins_header("X-Up:resumable", "X-Up: resum"));
  CHECK_FALSE(begins_header("X-Up: Resumable", "X-Up: resum"));
  CHECK_FALSE(begins_header("X-Upper: a", "X-Up:"));
  CHECK_FALSE(begins_header("X-Up", "X-Up:"));
  CHECK_FALSE(begins_header("", "X-Up:"));
}

TEST_CASE("all that a signature says must fit") {
  static constexpr std::string_view kHosts[] = {"up.test"}, kMethods[] = {"POST", "PUT"},
                                    kPaths[] = {"/a/*/b", "/mail?*act=fup"},
                                    kTypes[] = {"multipart/form-data", "video/*"},
                                    kHeaders[] = {"X-Up:"};
  const FunctionSignature signature{kHosts, kMethods, kPaths, kTypes, kHeaders};
  const SomeHeaders headers({"Accept: */*", "x-up: 1"}), others({"Accept: */*"});
  const SeenRequest request{.host = "eu.up.test",
                            .method = "POST",
                            .path = "/a/1/b/2",
                            .content_type = "Multipart/Form-Data; boundary=x",
                            .headers = &headers};
  CHECK(fits(signature, request));
  const auto without = [&](auto change) {
    auto other = request;
    change(other);
    return fits(signature, other);
  };
  CHECK(without([](auto& r) { r.host = "up.test"; }));
  CHECK_FALSE(without([](auto& r) { r.host = "setup.test"; }));
  CHECK_FALSE(without([](auto& r) { r.method = "GET"; }));
  CHECK_FALSE(without([](auto& r) { r.path = "/a/b"; }));
  CHECK(without([](auto& r) { r.path = "/mail/u/0", r.query = "ui=2&act=fup"; }));
  CHECK_FALSE(without([](auto& r) { r.path = "/mail/u/0", r.query = "ui=2"; }));
  CHECK(without([](auto& r) { r.content_type = "video/mp4"; }));
  CHECK_FALSE(without([](auto& r) { r.content_type = "text/plain"; }));
  CHECK_FALSE(without([&](auto& r) { r.headers = &others; }));
  CHECK_FALSE(without([](auto& r) { r.headers = nullptr; }));
}

TEST_CASE("of a hello only signatures of nothing but hosts fit") {
  static constexpr std::string_view kHosts[] = {"up.test"}, kMethods[] = {"GET"}, kPaths[] = {"/"};
  CHECK(fits({.hosts = kHosts, .methods{}, .paths{}, .content_types{}, .headers{}},
             {.host = "up.test"}));
  CHECK_FALSE(fits({.hosts = kHosts, .methods = kMethods, .paths{}, .content_types{}, .headers{}},
                   {.host = "up.test"}));
  CHECK_FALSE(fits({.hosts = kHosts, .methods{}, .paths = kPaths, .content_types{}, .headers{}},
                   {.host = "up.test"}));
}

TEST_CASE("requests of well-known applications are told apart") {
  const auto get = [](std::string_view host, std::string_view path, std::string_view query = {}) {
    return SeenRequest{.host = host, .method = "GET", .path = path, .query = query};
  };
  const auto post = [](std::string_view host, std::string_view path, std::string_view type = {},
                       std::string_view query = {}) {
    return SeenRequest{
        .host = host, .method = "POST", .path = path, .query = query, .content_type = type};
  };
  CHECK(used_for("youtube", {.host = "upload.youtube.com"}) == "upload");
  CHECK(used_for("youtube", {.host = "www.youtube.com"}).empty());
  CHECK(used_for("youtube", get("www.youtube.com", "/watch")) == "view");
  CHECK(used_for("youtube", post("www.youtube.com", "/youtubei/v1/player")) == "view");
  CHECK(used_for("youtube", post("studio.youtube.com", "/youtubei/v1/upload/createvideo")) ==
        "upload");
  CHECK(used_for("youtube", post("www.youtube.com", "/x", "multipart/form-data; boundary=y")) ==
        "upload");
  CHECK(used_for("youtube", post("www.youtube.com", "/youtubei/v1/comment/create_comment")) ==
        "comment");
  CHECK(used_for("twitter", post("x.com", "/i/api/graphql/a1B2/CreateTweet")) == "post");
  CHECK(used_for("twitter", get("x.com", "/i/api/graphql/a1B2/TweetDetail")) == "view");
  CHECK(used_for("twitter", post("x.com", "/i/api/1.1/dm/new2.json")) == "chat");
  CHECK(used_for("dropbox", post("content.dropboxapi.com", "/2/files/upload")) == "upload");
  CHECK(used_for("dropbox", post("content.dropboxapi.com", "/2/files/download")) == "download");
  CHECK(used_for("dropbox", {.host = "content.dropboxapi.com"}).empty());
  CHECK(used_for("slack", get("files.slack.com", "/files-pri/a")) == "download");
  CHECK(used_for("slack", post("files.slack.com", "/upload/v1/a")) == "upload");
  CHECK(used_for("slack", post("a.slack.com", "/api/chat.postMessage")) == "chat");
  CHECK(used_for("gmail", post("mail.google.com", "/mail/u/0/", {}, "ui=2&act=fup")) == "upload");
  CHECK(used_for("niconico", post("public.nvcomment.nicovideo.jp", "/v1/threads/1/comments")) ==
        "comment");
  const SomeHeaders composer({"X-FB-Friendly-Name: ComposerStoryCreateMutation"});
  auto graph = post("www.facebook.com", "/api/graphql/");
  CHECK(used_for("facebook", graph).empty());
  graph.headers = &composer;
  CHECK(used_for("facebook", graph) == "post");
}

TEST_CASE("a rule's text may end in a function, of an application or of all in a category") {
  const auto chosen = [](std::string_view text) {
    std::set<std::string> functions;
    const auto selector = ApplicationSelector::find(text);
    REQUIRE(selector);
    for (const auto& one : applications()) {
      CHECK_FALSE(selector->selects(one));
      for (const auto& kind : kFunctionKinds)
        if ((selector->selected_functions(one) & set_of(kind.id)) != 0)
          functions.insert(std::string(one.name) + "/" + std::string(kind.name));
    }
    return functions;
  };
  CHECK(chosen("youtube/upload") == std::set<std::string>{"youtube/upload"});
  const auto google = chosen("google/upload");
  CHECK(google.contains("youtube/upload"));
  CHECK(google.contains("google_drive/upload"));
  CHECK_FALSE(google.contains("dropbox/upload"));
  const auto storage = chosen("category:cloud_storage/upload");
  CHECK(storage.contains("dropbox/upload"));
  CHECK_FALSE(storage.contains("youtube/upload"));
  const auto* const youtube = find_application("youtube");
  CHECK(ApplicationSelector::find("youtube")->selects(*youtube));
  CHECK(ApplicationSelector::find("youtube")->selected_functions(*youtube) == 0);
}

TEST_CASE("a function that is not there is told with those that are") {
  const auto why = [](std::string_view text) {
    CHECK_FALSE(ApplicationSelector::find(text));
    return ApplicationSelector::why_none(text);
  };
  CHECK(why("youtube/uplod") ==
        "application 'youtube' has no function 'uplod'; it has view, comment, upload, chat");
  CHECK(why("youtube/") ==
        "application 'youtube' has no function ''; it has view, comment, upload, chat");
  CHECK(why("youtube/call") ==
        "application 'youtube' has no function 'call'; it has view, comment, upload, chat");
  CHECK(why("ssh/upload") == "application 'ssh' has no functions that can be told");
  CHECK(why("yutube/upload") == "no application is called 'yutube'");
  CHECK(why("category:cloud_storage/call") ==
        "category 'cloud_storage' has no function 'call'; it has view, upload, download");
  CHECK(why("youtube/upload/x") ==
        "application 'youtube' has no function 'upload/x'; it has view, comment, upload, chat");
}
