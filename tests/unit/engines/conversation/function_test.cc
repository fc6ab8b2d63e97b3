// What requests are said to use an application for.
#include <catch2/catch.hpp>

#include "harness.h"
#include "rules/applications/catalogue.h"

namespace sekisho::tests {
namespace {

/// "youtube/view" for each URL, "youtube/" where the function is none.
class UsesHeard final : public engines::UrlWatch {
 public:
  void url_seen(const engines::SeenUrl& seen) noexcept override {
    const auto* const application = rules::application(seen.application);
    const auto* const kind = rules::function_kind(seen.function);
    std::string use(application == nullptr ? "" : application->name);
    use.append("/").append(kind == nullptr ? "" : kind->name);
    uses.push_back(std::move(use));
  }
  std::vector<std::string> uses;
};

/// What is heard of these requests, one after the other on one connection.
std::vector<std::string> heard_of(const std::vector<std::string>& requests) {
  UsesHeard heard;
  auto config = ConversationHarness::listener();
  config.tcp.delivery = {};
  ConversationHarness harness({}, config);
  harness.watch_urls(heard);
  harness.open();
  std::uint32_t sent = 101;
  for (const auto& request : requests) {
    harness.client(sent, 501, request);
    sent += static_cast<std::uint32_t>(request.size());
  }
  return heard.uses;
}

std::string line(const std::string& start, const std::string& host,
                 const std::string& headers = {}) {
  return start + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n";
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
std::string frame_of(char type, char flags, char stream, const std::string& payload) {
  return std::string{0,
                     static_cast<char>(payload.size() >> 8),
                     static_cast<char>(payload.size()),
                     type,
                     flags,
                     0,
                     0,
                     0,
                     stream} +
         payload;
}

/// A request's HEADERS, the whole of it, as literals without indexing (RFC 7541, section 6.2.2).
std::string headers_of(char stream,
                       const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string block;
  for (const auto& [name, value] : fields)
    block += std::string{0, static_cast<char>(name.size())} + name +
             static_cast<char>(value.size()) + value;
  return frame_of(1, 5, stream, block);
}

using Uses = std::vector<std::string>;

}  // namespace

TEST_CASE("Each request has a function of its own, of the application whose host it is sent to") {
  CHECK(heard_of({line("GET /watch?v=1", "www.youtube.com"),
                  line("POST /x", "www.youtube.com",
                       "Content-Type: Multipart/Form-Data; boundary=y\r\nContent-Length: 0\r\n"),
                  line("DELETE /x", "www.youtube.com"), line("GET /", "unknown.test"),
                  line("GET /", "upload.box.com")}) ==
        Uses{"youtube/view", "youtube/upload", "youtube/", "youtube/", "box/upload"});
}

TEST_CASE("Headers, queries and disguised paths tell a function") {
  CHECK(heard_of({line("POST /api/graphql/", "www.facebook.com",
                       "Content-Length: 0\r\nx-fb-friendly-name: ComposerStoryCreateMutation\r\n"),
                  line("POST /api/graphql/", "www.facebook.com", "Content-Length: 0\r\n")}) ==
        Uses{"facebook/post", "facebook/"});
  CHECK(heard_of({line("POST /mail/u/0/?ui=2&act=fup", "mail.google.com",
                       "Content-Length: 0\r\n")}) == Uses{"gmail/upload"});
  CHECK(heard_of({line("POST /i/api/graphql/a/x/../Create%54weet", "X.com",
                       "Content-Length: 0\r\n")}) == Uses{"twitter/post"});
  CHECK(heard_of({line("POST http://x.com/2/tweets", "other.test", "Content-Length: 0\r\n")}) ==
        Uses{"twitter/", "twitter/post"});
}

TEST_CASE("Requests of HTTP/2 have functions, each of its own stream") {
  const auto request = [](char stream, const std::string& method, const std::string& path,
                          const std::string& type) {
    return headers_of(stream, {{":method", method},
                               {":scheme", "http"},
                               {":authority", "www.youtube.com"},
                               {":path", path},
                               {"content-type", type}});
  };
  const auto preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame_of(4, 0, 0, "");
  CHECK(heard_of({preface + request(1, "GET", "/watch", "text/plain"),
                  request(3, "POST", "/x", "multipart/form-data; boundary=y"),
                  request(5, "POST", "/youtubei/v1/comment/create_comment", "application/json")}) ==
        Uses{"youtube/view", "youtube/upload", "youtube/comment"});
}

TEST_CASE("Of CONNECT only the host tells, as of TLS") {
  CHECK(heard_of({line("CONNECT upload.box.com:443", "upload.box.com:443")}) == Uses{"box/upload"});
  CHECK(heard_of({line("CONNECT www.youtube.com:443", "www.youtube.com:443")}) == Uses{"youtube/"});
}

}  // namespace sekisho::tests
