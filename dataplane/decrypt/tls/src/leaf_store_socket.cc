#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "dataplane/decrypt/tls/leaf_store.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kLengthBytes = 4;  // little-endian, before each message

std::string public_der(evp_pkey_st* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

Certificate parse_certificate(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return Certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

std::string framed(const std::string& body) {
  std::string frame(kLengthBytes, '\0');
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    frame[i] = static_cast<char>(body.size() >> (8 * i) & 0xff);
  return frame.append(body);
}

}  // namespace

void OpensslFree::operator()(evp_pkey_st* part) const noexcept { EVP_PKEY_free(part); }

std::size_t LeafStore::Hash::operator()(const LeafName& name) const noexcept {
  return DigestHash()(name.origin) ^ static_cast<std::size_t>(name.issuer) << 1 ^
         static_cast<std::size_t>(name.key);
}

Result<LeafStore> LeafStore::make(std::string socket_path) {
  constexpr unsigned int kRsaBits = 2048;
  LeafStore store(std::move(socket_path));
  store.p256_.reset(EVP_EC_gen("P-256"));
  store.rsa2048_.reset(EVP_RSA_gen(kRsaBits));
  if (store.p256_ == nullptr || store.rsa2048_ == nullptr)
    return Error{Error::Code::resource, "leafs: no key could be made"};
  store.public_keys_ = {public_der(store.p256_.get()), public_der(store.rsa2048_.get())};
  return store;
}

evp_pkey_st* LeafStore::key_of(LeafKey key) const noexcept {
  return key == LeafKey::p256 ? p256_.get() : rsa2048_.get();
}

std::shared_ptr<const Leaf> LeafStore::find(const LeafName& name) {
  const auto* const leaf = leafs_.find(name);
  return leaf == nullptr ? nullptr : *leaf;
}

bool LeafStore::ask_for(const LeafName& name, keys::SignRequest request, std::uint32_t waiter) {
  if (const auto waiting = waiters_.find(name); waiting != waiters_.end()) {
    waiting->second.push_back(waiter);
    return true;
  }
  if (asked_.size() >= kMaxAsked || !connect()) {
    ++refused_;
    return false;
  }
  request.public_key = public_keys_[static_cast<std::size_t>(name.key)];
  waiters_[name].push_back(waiter);
  ask(request, {.name = name});
  return true;
}

/// A connection begins with the authority's own description: what is sent behind leafs.
bool LeafStore::connect() {
  if (socket_.valid()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now < not_before_) return false;
  not_before_ = now + kConnectAgain;
  auto opened = connect_unix(path_);
  if (!opened) return false;
  socket_ = *std::move(opened);
  ask(keys::DescribeRequest{}, {.name = {}, .describes = true});
  return true;
}

void LeafStore::ask(const keys::Request& request, Asked asked) {
  out_.append(framed(keys::encode(request)));
  asked_.push_back(asked);
  write_some();
}

void LeafStore::write_some() {
  while (!out_.empty()) {
    const auto sent = send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;  // later; what is broken shows when it is read
    out_.erase(0, static_cast<std::size_t>(sent));
  }
}

void LeafStore::take_answers(std::vector<Told>& told) {
  constexpr std::size_t kRoom = std::size_t{16} << 10;
  while (socket_.valid()) {
    const auto before = in_.size();
    in_.resize(before + kRoom);
    const auto got = recv(socket_.get(), in_.data() + before, kRoom, MSG_DONTWAIT);
    in_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (got <= 0) return break_off(told);
    while (in_.size() >= kLengthBytes) {
      std::size_t size = 0;
      for (std::size_t i = 0; i < kLengthBytes; ++i)
        size |= std::size_t{static_cast<std::uint8_t>(in_[i])} << (8 * i);
      if (size > keys::kMaxMessageBytes || asked_.empty()) return break_off(told);
      if (in_.size() < kLengthBytes + size) break;
      const auto* const body = reinterpret_cast<const std::uint8_t*>(in_.data()) + kLengthBytes;
      take_reply({body, size}, told);
      in_.erase(0, kLengthBytes + size);
    }
  }
  if (socket_.valid()) write_some();
}

/// sekisho-keys is gone, or says what nobody asked: who waits goes without.
void LeafStore::break_off(std::vector<Told>& told) {
  socket_.reset();
  in_.clear();
  out_.clear();
  for (const auto& asked : std::exchange(asked_, {}))
    if (!asked.describes) finish(asked.name, false, told);
}

void LeafStore::take_reply(std::span<const std::uint8_t> body, std::vector<Told>& told) {
  const auto asked = asked_.front();
  asked_.pop_front();
  const auto reply = keys::parse_reply(body);
  if (asked.describes) {
    if (reply)
      if (const auto* described = std::get_if<keys::DescribeReply>(&*reply)) {
        chain_ = described->chain;
        authority_ = described->fingerprint;
      }
    return;
  }
  const auto* signed_leaf = reply ? std::get_if<keys::SignReply>(&*reply) : nullptr;
  finish(asked.name, signed_leaf != nullptr && take_leaf(asked.name, *signed_leaf), told);
}

bool LeafStore::take_leaf(const LeafName& name, const keys::SignReply& reply) {
  auto leaf = std::make_shared<Leaf>();
  leaf->certificate = parse_certificate(reply.certificate);
  leaf->key = key_of(name.key);
  if (leaf->certificate == nullptr ||
      X509_check_private_key(leaf->certificate.get(), leaf->key) != 1)
    return false;
  if (name.issuer == keys::Issuer::trusted) {
    if (reply.issuer != authority_) {  // a new authority: nothing of the old one's is good
      leafs_.clear();
      authority_ = reply.issuer;
      chain_.clear();
      ask(keys::DescribeRequest{}, {.name = {}, .describes = true});
    }
    leaf->issuers.reset(sk_X509_new_null());
    for (const auto& der : chain_)
      if (auto issuer = parse_certificate(der);
          issuer != nullptr && sk_X509_push(leaf->issuers.get(), issuer.get()) > 0)
        static_cast<void>(issuer.release());
  }
  leafs_.put(name, std::move(leaf));
  ++made_;
  return true;
}

void LeafStore::finish(const LeafName& name, bool is_there, std::vector<Told>& told) {
  const auto waiting = waiters_.find(name);
  if (waiting == waiters_.end()) return;
  for (const auto waiter : waiting->second) told.push_back({waiter, is_there});
  waiters_.erase(waiting);
}

}  // namespace sekisho::decrypt
