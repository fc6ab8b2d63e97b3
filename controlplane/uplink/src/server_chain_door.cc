#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/base/host_and_port.h"
#include "config/base/message_socket.h"
#include "controlplane/uplink/certificate.h"
#include "openssl_handles.h"

namespace sekisho::controlplane {
namespace {

constexpr timeval kStepTime{5, 0};  // for connecting, and for each message of the handshake
constexpr std::array<unsigned char, 3> kHttp2{2, 'h', '2'};

struct AddressList {
  addrinfo* first = nullptr;
  AddressList() = default;
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;
  ~AddressList() {
    if (first != nullptr) freeaddrinfo(first);
  }
};

Result<FileDescriptor> connect_tcp(const HostAndPort& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  AddressList list;
  if (const int why = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &list.first);
      why != 0)
    return Error{Error::Code::not_found, target.host + ": " + gai_strerror(why)};
  int problem = 0;
  for (const addrinfo* a = list.first; a != nullptr; a = a->ai_next) {
    FileDescriptor connection(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
    if (!connection.valid()) continue;
    for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
      (void)setsockopt(connection.get(), SOL_SOCKET, option, &kStepTime, sizeof kStepTime);
    if (connect(connection.get(), a->ai_addr, a->ai_addrlen) == 0) return connection;
    problem = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return Error{Error::Code::not_found, target.text() + ": " + std::strerror(problem)};
}

std::string der_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

Result<std::vector<std::string>> fetch_server_chain(std::string_view address) {
  const auto target = parse_host_and_port(address);
  if (!target) return Error{target.error()};
  const auto socket = connect_tcp(*target);
  if (!socket) return Error{socket.error()};
  const TlsContextHandle context(SSL_CTX_new(TLS_client_method()));
  const TlsHandle tls(context ? SSL_new(context.get()) : nullptr);
  if (!tls) return openssl_error("TLS", Error::Code::resource);
  // Whether to believe what comes is decided by the activation code, not here.
  SSL_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr);
  SSL_set_alpn_protos(tls.get(), kHttp2.data(), kHttp2.size());
  if (SSL_set_fd(tls.get(), socket->get()) != 1 || SSL_connect(tls.get()) != 1)
    return openssl_error(target->text() + ": it does not speak TLS", Error::Code::io);
  std::vector<std::string> chain;
  const STACK_OF(X509)* shown = SSL_get_peer_cert_chain(tls.get());
  chain.reserve(static_cast<std::size_t>(std::max(0, sk_X509_num(shown))));
  for (int i = 0; i < sk_X509_num(shown); ++i) chain.push_back(der_of(sk_X509_value(shown, i)));
  SSL_shutdown(tls.get());
  ERR_clear_error();
  return chain;
}

}  // namespace sekisho::controlplane
