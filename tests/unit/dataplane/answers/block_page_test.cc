#include "dataplane/answers/block_page.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace sekisho::dataplane;

namespace {

struct Response {
  std::string status;
  std::map<std::string, std::string> fields;
  std::string body;
};

/// A strict reader of what a page must be.
Response parse(std::string_view text) {
  Response response;
  const auto end = text.find("\r\n\r\n");
  REQUIRE(end != text.npos);
  response.body = text.substr(end + 4);
  auto head = text.substr(0, end + 2);
  bool first = true;
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    if (first) {
      response.status = line;
    } else {
      const auto colon = line.find(": ");
      REQUIRE(colon != line.npos);
      const bool fresh =
          response.fields
              .emplace(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)))
              .second;
      CHECK(fresh);
    }
    first = false;
  }
  return response;
}

bool has(const Response& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

std::string page(const BlockPages& pages, const PageFields& fields) {
  std::array<char, BlockPages::kMaxBytes> room;
  return std::string(pages.write(fields, room));
}

constexpr PageFields kFields{.language = Language::english,
                             .wants_no_body = false,
                             .host = "www.youtube.com",
                             .application = "YouTube",
                             .category = {},
                             .rule = "no videos",
                             .id = "7Q2M-0A1V-000G"};

}  // namespace

TEST_CASE("a page is a complete response that ends the connection and is not kept") {
  const BlockPages pages({.organisation = "Example Works",
                          .message = "Ask first.\nThen browse.",
                          .contact = "ext. 123"});
  const auto response = parse(page(pages, kFields));
  CHECK(response.status == "HTTP/1.1 403 Forbidden");
  CHECK(response.fields.at("Content-Type") == "text/html; charset=utf-8");
  CHECK(response.fields.at("Content-Length") == std::to_string(response.body.size()));
  CHECK(response.fields.at("Content-Language") == "en");
  CHECK(response.fields.at("Cache-Control") == "no-store");
  CHECK(response.fields.at("Connection") == "close");
  CHECK(response.body.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  CHECK(response.body.ends_with("</html>\n"));
  CHECK(has(response, "name=\"viewport\""));
  for (const auto* text : {"Example Works", "Ask first.\nThen browse.", "Contact: ext. 123",
                           "<dd>www.youtube.com</dd>", "<dd>Application: YouTube</dd>",
                           "<dd>no videos</dd>", "<dd>7Q2M-0A1V-000G</dd>"})
    CHECK(has(response, text));
  for (const auto* text : {"src=", "href=", "url(", "<script", "@import"})
    CHECK_FALSE(has(response, text));
}

TEST_CASE("a page in Japanese says so") {
  auto fields = kFields;
  fields.language = Language::japanese;
  const auto response = parse(page(BlockPages({}), fields));
  CHECK(response.fields.at("Content-Language") == "ja");
  CHECK(has(response, "<html lang=\"ja\">"));
  CHECK(has(response, "受付番号"));
  CHECK(has(response, "アプリケーション: YouTube"));
}

TEST_CASE("the category is the reason where it is known, and the policy where nothing is") {
  auto fields = kFields;
  fields.category = "Gambling";
  CHECK(has(parse(page(BlockPages({}), fields)), "<dd>Category: Gambling</dd>"));
  fields.category = fields.application = fields.host = fields.rule = {};
  const auto response = parse(page(BlockPages({}), fields));
  CHECK(has(response, "<dd>Network policy</dd>"));
  CHECK_FALSE(has(response, "Destination"));
  CHECK_FALSE(has(response, "<dt>Rule"));
}

TEST_CASE("a function is told with its application, even where the category is known") {
  auto fields = kFields;
  fields.function = "Upload";
  CHECK(has(parse(page(BlockPages({}), fields)), "<dd>Application: YouTube / Upload</dd>"));
  fields.category = "Video";
  CHECK(has(parse(page(BlockPages({}), fields)),
            "<dd>Category: Video<br>Application: YouTube / Upload</dd>"));
}

TEST_CASE("nothing that a stranger or an administrator wrote becomes markup") {
  const std::string evil = "<img src=x onerror=\"a('b')\">&";
  const std::string escaped = "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;";
  const BlockPages pages({.organisation = evil, .message = evil, .contact = evil});
  auto fields = kFields;
  fields.rule = fields.application = evil;
  fields.host = "<b>\x01\xff\n.example";
  const auto response = parse(page(pages, fields));
  CHECK_FALSE(has(response, "<img"));
  CHECK_FALSE(has(response, "<b>"));
  std::size_t count = 0;
  for (auto at = response.body.find(escaped); at != std::string::npos;
       at = response.body.find(escaped, at + 1))
    ++count;
  CHECK(count == 5);
  CHECK(has(response, "&lt;b&gt;???.example"));
}

TEST_CASE("HEAD gets the head of the page it would have got, and nothing behind it") {
  auto fields = kFields;
  const auto whole = parse(page(BlockPages({}), fields));
  fields.wants_no_body = true;
  const auto head = parse(page(BlockPages({}), fields));
  CHECK(head.body.empty());
  CHECK(head.fields == whole.fields);
}

TEST_CASE("the longest texts that a policy may have fit, and a page that does not is not sent") {
  const auto repeat = [](std::size_t times, std::string_view text) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
  };
  const auto organisation = repeat(80, "関"), message = repeat(400, "\""),
             contact = repeat(120, "&");
  const auto rule = repeat(128, "'"), host = repeat(255, "h");
  const BlockPages pages({.organisation = organisation, .message = message, .contact = contact});
  auto fields = kFields;
  fields.rule = rule;
  fields.host = host;
  const auto whole = page(pages, fields);
  REQUIRE_FALSE(whole.empty());
  CHECK(parse(whole).body.ends_with("</html>\n"));
  std::array<char, BlockPages::kMaxBytes> room;
  for (std::size_t size = 0; size <= whole.size(); size += 97)
    CHECK(pages.write(fields, std::span(room).first(size)).empty());
}
