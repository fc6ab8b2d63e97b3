#pragma once

#include <unistd.h>

#include <filesystem>
#include <future>
#include <string>

#include "decrypted.h"

namespace sekisho::decrypt::test {

using tests::Party;

inline const std::string kHost = "www.example.com";
inline const std::string kBothProtocols = std::string("\x02h2") + "\x08http/1.1";

class Folder {
 public:
  Folder() { std::filesystem::create_directories(path_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("sekisho-tls." + std::to_string(::getpid()));
};

/// Everything around a session, with an origin whose certificate is good.
struct Bench {
  Folder folder;
  Keys keys{folder.path()};
  Party root = Party::root("public root");
  Party between = Party::authority(root);
  Party server = Party::server(between, "DNS:www.example.com,DNS:*.example.net,IP:192.0.2.7");
  TlsParts parts{*TlsContexts::make(),
                 Judgements(*engines::origin::TrustStore::from_pem(root.pem())),
                 *LeafStore::make(keys.path())};

  End::Wish client() const { return {.host = kHost, .trusted = {&keys.authority()}}; }
  End::Wish origin() const { return {.is_server = true, .party = &server, .issuers = {&between}}; }
};

/// An origin at work beside the test; what it returns is get()'s.
template <class Work>
auto beside(Work work) {
  return std::async(std::launch::async, std::move(work));
}

}  // namespace sekisho::decrypt::test
