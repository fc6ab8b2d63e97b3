#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sekisho::console::http {

/// Names of requests are in lower case; those of responses as they are sent.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// One HTTP request, read completely. HEAD comes as GET: the server leaves the body out.
struct Request {
  std::string method;  // as sent: "GET"
  std::string path;    // percent-encoded, begins with '/', without the query
  std::string query;   // percent-encoded, without '?'
  Headers headers;     // several of one name are several entries
  std::string body;
  std::string client;   // the client's address; of the one before the proxy, when there is one
  bool secure = false;  // the client's connection is TLS

  /// The value of the first header of that name (lower case); empty when there is none.
  std::string_view header(std::string_view name) const noexcept;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Instead of `body`, for what is sent more than once.
  std::shared_ptr<const std::string> shared_body;

  std::string_view content() const noexcept {
    return shared_body ? std::string_view(*shared_body) : std::string_view(body);
  }
};

struct Admission {
  std::size_t max_body = 0;
  std::optional<Response> refusal;  // the answer instead
};

/// What answers requests. Called by several threads at once; must not throw.
class Service {
 public:
  virtual ~Service() = default;

  /// Takes its time: runs on a worker.
  virtual Response handle(const Request& request) = 0;

  /// Whether this request's body may come, and how many bytes of it: asked before it is read, only
  /// for one that may be longer than kSmallBody; `head.body` is empty. Runs on a worker.
  virtual Admission admit(const Request& head) = 0;

  /// The answer to what never became a request that could be handled: 400, 413, 431, 503.
  virtual Response failure(int status, std::string_view message) = 0;
};

inline constexpr std::size_t kMaxHeader = std::size_t{16} << 10;
inline constexpr std::size_t kSmallBody = std::size_t{256} << 10;
inline constexpr std::size_t kMaxBody = std::size_t{20} << 20;

}  // namespace sekisho::console::http
