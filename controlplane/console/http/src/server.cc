// The only file that includes Beast: it costs ten seconds and half a gigabyte to compile.
#include "controlplane/console/http/server.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <ctime>
#include <optional>
#include <thread>
#include <vector>

#include "connection_limits.h"
#include "controlplane/console/http/customer.h"
#include "worker_pool.h"

namespace sekisho::console::http {
namespace {

namespace beast = boost::beast;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kLinger{2};  // for a refused request's rest to arrive
constexpr std::size_t kLingerBytes = std::size_t{1} << 20;
// What was received and not taken by the parser yet: a header, or a piece of a body. What is around
// the pieces of a chunked body, its trailer too, has to fit.
constexpr std::size_t kMaxUnread = kMaxHeader + (std::size_t{64} << 10);
constexpr std::size_t kBytesPerSecond = std::size_t{64} << 10;  // a slower transfer is given up
constexpr std::chrono::milliseconds kAcceptPause{100};          // when there are no descriptors

// What a page may do: Mantine, the page's component library, sets styles from its code.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action "
    "'self'; "
    "frame-ancestors 'none'";

/// What all connections share.
struct Shared {
  const ServerSettings settings;
  Service& service;
  std::shared_ptr<ConnectionLimits> limits;
  WorkerPool workers;
  std::atomic<bool> stopping{false};

  Shared(const ServerSettings& s, Service& served)
      : settings(s),
        service(served),
        limits(std::make_shared<ConnectionLimits>(
            s.connections, s.behind_proxy ? s.connections : s.connections_per_address)),
        workers(s.workers, s.waiting_requests) {}
};

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

std::string lower_case(beast::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string address_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

/// The last element of X-Forwarded-For: the one that our own proxy has written.
std::string forwarded_for(const Request& request, const std::string& otherwise) {
  std::string_view list;
  for (const auto& [name, value] : request.headers)
    if (name == "x-forwarded-for") list = value;
  list = list.substr(list.rfind(',') + 1);
  while (list.starts_with(' ')) list.remove_prefix(1);
  error_code invalid;
  const auto address = net::ip::make_address(std::string(list), invalid);
  return invalid ? otherwise : address.to_string();
}

/// What is said to a request that Beast could not read; 0: nothing, the peer went away or was too
/// slow, after which its socket is closed already.
int status_of(error_code problem) {
  namespace http = beast::http;
  if (problem == http::error::header_limit) return 431;
  if (problem == http::error::body_limit) return 413;
  if (problem == http::error::end_of_stream || problem == http::error::partial_message) return 0;
  return problem.category() == http::make_error_code(http::error::end_of_stream).category() ? 400
                                                                                            : 0;
}

const char* reason_for(int status) {
  switch (status) {
    case 413:
      return "the body is longer than this request's may be";
    case 431:
      return "the header is longer than 16 KiB";
    case 503:
      return "too many requests at once";
    default:
      return "not a valid HTTP/1.1 request";
  }
}

/// One connection. All members are touched on its strand alone, but for what a worker was given.
template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;

  template <class... Arguments>
  Connection(Shared& shared, std::unique_ptr<ConnectionLimits::Place> place, std::string address,
             tcp::socket socket, Arguments&... arguments)
      : shared_(shared),
        place_(std::move(place)),
        address_(std::move(address)),
        stream_(std::move(socket), arguments...) {}

  void start() {
    net::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->greet(); });
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  beast::tcp_stream& transport() { return beast::get_lowest_layer(stream_); }

  template <class Function>
  auto then(Function function) {
    return [self = this->shared_from_this(), function](error_code problem, std::size_t = 0) {
      ((*self).*function)(problem);
    };
  }

  void greet() {
    if constexpr (kTls) {
      transport().expires_after(shared_.settings.handshake_time);
      stream_.async_handshake(net::ssl::stream_base::server, then(&Connection::greeted));
    } else {
      await_request();
    }
  }

  void greeted(error_code problem) {
    if (!problem) await_request();
  }

  /// A request's first byte may take long, its header may not.
  void await_request() {
    request_ = {};
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(kMaxHeader));
    parser_->body_limit(kMaxBody);
    if (buffer_.size() > 0) return read_header();
    transport().expires_after(shared_.settings.idle_time);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = this->shared_from_this()](error_code problem, std::size_t n) {
                              self->buffer_.commit(n);
                              if (problem)
                                self->close();
                              else
                                self->read_header();
                            });
  }

  void read_header() {
    transport().expires_after(shared_.settings.header_time);
    beast::http::async_read_header(stream_, buffer_, *parser_, then(&Connection::header_read));
  }

  void header_read(error_code problem) {
    if (problem) return refuse(status_of(problem));
    const auto& message = parser_->get();
    version_ = message.version();
    keep_alive_ = message.keep_alive();
    take_head(message);
    if (const bool host = message.count(beast::http::field::host) == 1;
        !request_.path.starts_with('/') || (version_ == 11 && !host))
      return refuse(400);
    const auto length = parser_->content_length();
    if (!parser_->chunked() && length.value_or(0) <= kSmallBody) return read_body(kSmallBody);
    on_worker([this] { admission_ = shared_.service.admit(request_); }, [this] { admitted(); });
  }

  void admitted() {
    if (admission_.refusal)
      refuse(std::move(*admission_.refusal));
    else
      read_body(std::min(admission_.max_body, kMaxBody));
  }

  void take_head(const Parser::value_type& message) {
    const auto method = message.method_string();
    head_only_ = method == "HEAD";
    request_.method = head_only_ ? "GET" : std::string(method);
    const std::string_view target(message.target().data(), message.target().size());
    const auto path = target.substr(0, target.find('#'));
    request_.path = path.substr(0, path.find('?'));
    if (request_.path.size() < path.size()) request_.query = path.substr(request_.path.size() + 1);
    for (const auto& field : message)
      request_.headers.emplace_back(lower_case(field.name_string()), std::string(field.value()));
    const bool proxied = shared_.settings.behind_proxy;
    request_.client = proxied ? forwarded_for(request_, address_) : address_;
    request_.secure = kTls || (proxied && request_.header("x-forwarded-proto") == "https");
  }

  void read_body(std::size_t limit) {
    parser_->body_limit(limit);
    const auto length = parser_->content_length();
    if (length && *length > limit) return refuse(413);
    if (parser_->is_done()) return handle();
    const auto expected = static_cast<std::size_t>(length.value_or(limit));
    transport().expires_after(shared_.settings.transfer_time +
                              std::chrono::seconds(expected / kBytesPerSecond));
    if (lower_case(parser_->get()[beast::http::field::expect]) == "100-continue") {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      return net::async_write(stream_, net::buffer(kContinue), then(&Connection::continued));
    }
    continued({});
  }

  void continued(error_code problem) {
    if (problem) return close();
    beast::http::async_read(stream_, buffer_, *parser_, then(&Connection::body_read));
  }

  void body_read(error_code problem) {
    if (problem) return refuse(status_of(problem));
    handle();
  }

  void handle() {
    request_.body = std::move(parser_->get().body());
    on_worker([this] { response_ = shared_.service.handle(request_); }, [this] { respond(); });
  }

  /// `work` on a worker, then `after` back here; 503 when there is no place in the queue. The
  /// connection waits for both, so nothing else touches it.
  template <class Work, class After>
  void on_worker(Work work, After after) {
    transport().expires_never();
    const bool posted = shared_.workers.post([self = this->shared_from_this(), work, after] {
      work();
      net::post(self->stream_.get_executor(), [self, after] { after(); });
    });
    if (!posted) refuse(503);
  }

  /// An answer after which nothing of the connection is read any more.
  void refuse(int status) {
    if (status == 0) return close();
    refuse(shared_.service.failure(status, reason_for(status)));
  }

  void refuse(Response response) {
    response_ = std::move(response);
    keep_alive_ = false;
    respond();
  }

  void respond() {
    if (shared_.stopping) keep_alive_ = false;
    const auto content = response_.content();
    transport().expires_after(shared_.settings.transfer_time +
                              std::chrono::seconds(content.size() / kBytesPerSecond));
    if (head_only_) return send(beast::http::response<beast::http::empty_body>());
    beast::http::response<beast::http::span_body<const char>> message;
    message.body() = beast::span<const char>(content.data(), content.size());
    send(std::move(message));
  }

  template <class Message>
  void send(Message message) {
    const auto sent = std::make_shared<Message>(std::move(message));
    sent->version(version_);
    sent->result(static_cast<unsigned>(response_.status));
    sent->keep_alive(keep_alive_);
    for (const auto& [name, value] : response_.headers) sent->insert(name, value);
    add_general_headers(*sent);
    if (response_.status != 204 && response_.status != 304)
      sent->content_length(response_.content().size());
    beast::http::async_write(
        stream_, *sent, [self = this->shared_from_this(), sent](error_code problem, std::size_t) {
          self->responded(problem);
        });
  }

  template <class Message>
  void add_general_headers(Message& message) const {
    message.set("Date", http_date());
    message.set("X-Content-Type-Options", "nosniff");
    message.set("X-Frame-Options", "DENY");
    message.set("Referrer-Policy", "no-referrer");
    message.set("Cross-Origin-Opener-Policy", "same-origin");
    message.set("Cross-Origin-Resource-Policy", "same-origin");
    message.set("Content-Security-Policy", kContentPolicy);
    if (kTls || request_.secure)
      message.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  }

  void responded(error_code problem) {
    response_ = {};
    if (problem) return close();
    if (keep_alive_) return await_request();
    linger();
  }

  /// Closing while bytes of the peer are under way would take the answer from it (a reset): we end
  /// our direction and read on for a moment.
  void linger() {
    transport().expires_after(kLinger);
    if constexpr (kTls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    } else {
      error_code ignored;
      transport().socket().shutdown(tcp::socket::shutdown_send, ignored);
      discard({});
    }
  }

  void discard(error_code problem) {
    if (problem || discarded_ > kLingerBytes) return close();
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(16384),
                            [self = this->shared_from_this()](error_code failed, std::size_t n) {
                              self->discarded_ += n;
                              self->discard(failed);
                            });
  }

  void close() { transport().close(); }

  Shared& shared_;
  std::unique_ptr<ConnectionLimits::Place> place_;
  const std::string address_;
  Stream stream_;
  beast::flat_buffer buffer_{kMaxUnread};
  std::optional<Parser> parser_;
  Request request_;
  Response response_;
  Admission admission_;
  std::size_t discarded_ = 0;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_only_ = false;
};

class BeastServer : public Server {
 public:
  BeastServer(const ServerSettings& settings, Service& service)
      : context_(static_cast<int>(settings.io_threads)),
        shared_(settings, service),
        acceptor_(net::make_strand(context_)),
        pause_(acceptor_.get_executor()) {}

  ~BeastServer() override { BeastServer::stop(); }

  Status open() {
    const auto& settings = shared_.settings;
    if (!settings.certificate_file.empty())
      if (auto ready = use_certificate(); !ready) return ready;
    return settings.listener >= 0 ? take_over(settings.listener) : listen();
  }

 private:
  Status take_over(int listener) {
    int family = 0;
    int listens = 0;
    socklen_t bytes = sizeof family;
    socklen_t flag_bytes = sizeof listens;
    const bool fits = getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &family, &bytes) == 0 &&
                      (family == AF_INET || family == AF_INET6) &&
                      getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listens, &flag_bytes) == 0 &&
                      listens != 0;
    error_code problem;
    if (fits) acceptor_.assign(family == AF_INET ? tcp::v4() : tcp::v6(), listener, problem);
    if (!fits || problem)
      return Error{Error::Code::invalid_input,
                   "descriptor " + std::to_string(listener) + " is no TCP socket that listens"};
    port_ = acceptor_.local_endpoint().port();
    return ok();
  }

  Status listen() {
    const auto& settings = shared_.settings;
    error_code problem;
    const auto address = net::ip::make_address(settings.address, problem);
    if (problem)
      return Error{Error::Code::invalid_input, "'" + settings.address + "' is no IP address"};
    if (!address.is_loopback() && !tls_ && !settings.behind_proxy)
      return Error{Error::Code::invalid_input,
                   settings.address +
                       ": without a certificate only on a loopback address, or "
                       "behind a proxy"};
    const tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), problem);
    if (!problem) acceptor_.set_option(net::socket_base::reuse_address(true), problem);
    if (!problem) acceptor_.bind(endpoint, problem);
    if (!problem) acceptor_.listen(net::socket_base::max_listen_connections, problem);
    if (problem)
      return Error{Error::Code::io, settings.address + " port " + std::to_string(settings.port) +
                                        ": " + problem.message()};
    port_ = acceptor_.local_endpoint().port();
    return ok();
  }

 public:
  void run() {
    accept();
    for (std::size_t i = 0; i < shared_.settings.io_threads; ++i)
      threads_.emplace_back([this] { context_.run(); });
  }

  std::uint16_t port() const override { return port_; }

  void stop() override {
    if (shared_.stopping.exchange(true)) return;
    net::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
    shared_.workers.stop();  // what runs there ends
    // Then its answers go out; whoever does not read them is not waited for.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (shared_.limits->open() > 0 && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    context_.stop();
    for (auto& thread : threads_) thread.join();
  }

 private:
  Status use_certificate() {
    error_code problem;
    tls_.emplace(net::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(tls_->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(tls_->native_handle(), SSL_OP_NO_RENEGOTIATION);
    tls_->use_certificate_chain_file(shared_.settings.certificate_file, problem);
    if (problem)
      return Error{Error::Code::io, shared_.settings.certificate_file + ": " + problem.message()};
    tls_->use_private_key_file(shared_.settings.key_file, net::ssl::context::pem, problem);
    if (problem)
      return Error{Error::Code::io, shared_.settings.key_file + ": " + problem.message()};
    return ok();
  }

  void accept() {
    acceptor_.async_accept(net::make_strand(context_),
                           [this](error_code problem, tcp::socket socket) {
                             if (!acceptor_.is_open()) return;
                             if (problem) return pause_accepting(problem);
                             serve(std::move(socket));
                             accept();
                           });
  }

  void pause_accepting(error_code problem) {
    spdlog::warn("no connection can be taken for now: {}", problem.message());
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
  }

  void serve(tcp::socket socket) {
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;
    std::string address = address_of(peer);
    auto place = shared_.limits->enter(customer_of(address));
    if (!place) return;  // closed, unanswered
    socket.set_option(tcp::no_delay(true), gone);
    if (tls_)
      std::make_shared<Connection<beast::ssl_stream<beast::tcp_stream>>>(
          shared_, std::move(place), std::move(address), std::move(socket), *tls_)
          ->start();
    else
      std::make_shared<Connection<beast::tcp_stream>>(shared_, std::move(place), std::move(address),
                                                      std::move(socket))
          ->start();
  }

  net::io_context context_;  // first: it holds the connections, which refer to the rest
  // A connection that waits for a worker is no work in the context's own eyes.
  net::executor_work_guard<net::io_context::executor_type> work_{context_.get_executor()};
  std::optional<net::ssl::context> tls_;
  Shared shared_;
  tcp::acceptor acceptor_;
  net::steady_timer pause_;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings, Service& service) {
  if (settings.certificate_file.empty() != settings.key_file.empty())
    return Error{Error::Code::invalid_input, "a certificate and its key come together"};
  auto server = std::make_unique<BeastServer>(settings, service);
  if (auto opened = server->open(); !opened) return std::move(opened).error();
  server->run();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace sekisho::console::http
