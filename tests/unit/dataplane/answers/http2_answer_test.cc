#include "dataplane/answers/http2_answer.h"

#include <nghttp2/nghttp2.h>

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/answers/block_page.h"

using namespace sekisho::dataplane;

namespace {

/// What a client of HTTP/2 that is not ours makes of an answer.
struct Client {
  std::map<std::string, std::string> fields;
  std::string body;
  bool is_ended = false;
  bool was_sent_away = false;
  std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)> session{nullptr,
                                                                           &nghttp2_session_del};

  /// Asks on stream 1.
  explicit Client(const std::string& method = "GET") {
    nghttp2_session_callbacks* made = nullptr;
    REQUIRE(nghttp2_session_callbacks_new(&made) == 0);
    const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>
        callbacks(made, &nghttp2_session_callbacks_del);
    nghttp2_session_callbacks_set_on_header_callback(
        made,
        [](nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_bytes,
           const std::uint8_t* value, std::size_t value_bytes, std::uint8_t, void* self) {
          static_cast<Client*>(self)->fields[std::string(name, name + name_bytes)] =
              std::string(value, value + value_bytes);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        made, [](nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* data,
                 std::size_t bytes, void* self) {
          static_cast<Client*>(self)->body.append(data, data + bytes);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          auto& client = *static_cast<Client*>(self);
          client.is_ended |= (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
          client.was_sent_away |= frame->hd.type == NGHTTP2_GOAWAY;
          return 0;
        });
    nghttp2_session* begun = nullptr;
    REQUIRE(nghttp2_session_client_new(&begun, made, this) == 0);
    session.reset(begun);
    nghttp2_submit_settings(begun, NGHTTP2_FLAG_NONE, nullptr, 0);
    std::string names[] = {":method", ":scheme", ":authority", ":path"};
    std::string values[] = {method, "https", "www.example.com", "/"};
    std::vector<nghttp2_nv> request;
    for (std::size_t i = 0; i < 4; ++i)
      request.push_back({reinterpret_cast<std::uint8_t*>(names[i].data()),
                         reinterpret_cast<std::uint8_t*>(values[i].data()), names[i].size(),
                         values[i].size(), NGHTTP2_NV_FLAG_NONE});
    REQUIRE(nghttp2_submit_request(begun, nullptr, request.data(), request.size(), nullptr,
                                   nullptr) == 1);
    const std::uint8_t* sent = nullptr;
    while (nghttp2_session_mem_send(begun, &sent) > 0) {
    }
  }
  bool reads(std::span<const std::uint8_t> bytes) {
    return nghttp2_session_mem_recv(session.get(), bytes.data(), bytes.size()) ==
           static_cast<ssize_t>(bytes.size());
  }
};

std::string page(std::size_t message_bytes, bool wants_no_body = false) {
  const BlockPages pages({.organisation = "Example", .message = "m", .contact = "c"});
  std::array<char, BlockPages::kMaxBytes> room;
  return std::string(pages.write({.language = Language::english,
                                  .wants_no_body = wants_no_body,
                                  .host = "www.example.com",
                                  .application = {},
                                  .category = {},
                                  .rule = std::string(message_bytes, 'r'),
                                  .id = "0000-0000-0000"},
                                 room));
}

}  // namespace

TEST_CASE("a client of HTTP/2 reads the page, and that nothing comes behind it") {
  const auto response = page(10);
  std::vector<std::uint8_t> out(response.size() + kHttp2AnswerOverhead);
  const auto size = write_http2_answer(response, 1, true, out);
  REQUIRE(size != 0);
  Client client;
  REQUIRE(client.reads(std::span(out).first(size)));
  CHECK(client.fields[":status"] == "403");
  CHECK(client.fields["content-type"] == "text/html; charset=utf-8");
  CHECK(client.fields.count("connection") == 0);
  CHECK(client.fields["content-length"] == std::to_string(client.body.size()));
  CHECK(client.body == response.substr(response.find("\r\n\r\n") + 4));
  CHECK(client.is_ended);
  CHECK(client.was_sent_away);
}

TEST_CASE("a page without a body ends with its head") {
  const auto response = page(1, true);
  std::vector<std::uint8_t> out(response.size() + kHttp2AnswerOverhead);
  const auto size = write_http2_answer(response, 1, true, out);
  Client client("HEAD");
  REQUIRE(client.reads(std::span(out).first(size)));
  CHECK(client.body.empty());
  CHECK(client.is_ended);
}

TEST_CASE("a long page goes in frames that every client takes") {
  const std::string response = "HTTP/1.1 403 Forbidden\r\nA: b\r\n\r\n" + std::string(40'000, 'x');
  std::vector<std::uint8_t> out(response.size() + kHttp2AnswerOverhead);
  const auto size = write_http2_answer(response, 1, true, out);
  REQUIRE(size != 0);
  Client client;
  REQUIRE(client.reads(std::span(out).first(size)));
  CHECK(client.body.size() == 40'000);
}

TEST_CASE("settings come first only where the server has said nothing") {
  const auto response = page(1);
  std::vector<std::uint8_t> out(response.size() + kHttp2AnswerOverhead);
  REQUIRE(write_http2_answer(response, 1, false, out) != 0);
  CHECK(out[3] == 1);
  REQUIRE(write_http2_answer(response, 1, true, out) != 0);
  CHECK(out[3] == 4);
}

TEST_CASE("what is no response, or does not fit, is not written") {
  std::vector<std::uint8_t> out(10'000);
  CHECK(write_http2_answer("", 1, true, out) == 0);
  CHECK(write_http2_answer("HTTP/1.1 403\r\n", 1, true, out) == 0);
  CHECK(write_http2_answer("HTTP/1.0 403 No\r\n\r\n", 1, true, out) == 0);
  CHECK(write_http2_answer("HTTP/1.1 403 No\r\nno field\r\n\r\n", 1, true, out) == 0);
  CHECK(write_http2_answer("HTTP/1.1 403 No\r\nA: " + std::string(200, 'a') + "\r\n\r\n", 1, true,
                           out) == 0);
  CHECK(write_http2_answer(page(1), 0, true, out) == 0);
  CHECK(write_http2_answer(page(1), 0x80000000, true, out) == 0);
  CHECK(write_http2_answer(page(1), 1, true, std::span(out).first(300)) == 0);
}
