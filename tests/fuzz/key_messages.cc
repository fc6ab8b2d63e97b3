// Bytes as any peer of keys.sock could write them: the first one says who he is, the rest is the
// body of a frame. What is read is written again as it was; what is answered can be read.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "config/base/text_bytes.h"
#include "controlplane/keys/key_service.h"

namespace {

using namespace sekisho;

constexpr uid_t kSigner = 1, kAdministrator = 2;
constexpr std::int64_t kNow = 1'800'000'000;

class MemoryFiles final : public controlplane::FileDoor {
 public:
  Status write(const std::string& path, std::span<const std::byte> content,
               controlplane::Readers) override {
    files_[path].assign(content.begin(), content.end());
    return ok();
  }
  Status rename(const std::string& from, const std::string& to) override {
    files_[to] = std::move(files_[from]);
    files_.erase(from);
    return ok();
  }
  void remove(const std::string& path) override { files_.erase(path); }
  Result<std::vector<std::byte>> read(const std::string& path, std::size_t) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return Error{Error::Code::not_found, path};
    return found->second;
  }
  std::vector<std::string> list(const std::string&) override { return {}; }

 private:
  std::map<std::string, std::vector<std::byte>> files_;
};

controlplane::KeyService& service() {
  static MemoryFiles files;
  static controlplane::KeyService service(controlplane::AuthorityFile("", files),
                                          {.signs = kSigner, .administers = kAdministrator},
                                          [] { return kNow; });
  return service;
}

/// Half a second each: no fuzzer gets anywhere with that.
bool makes_rsa_key(const Result<keys::Request>& request) {
  const auto* plan = request ? std::get_if<keys::RegenerateRequest>(&*request) : nullptr;
  return plan != nullptr && plan->key_type == keys::KeyType::rsa_3072;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> body(data + 1, size - 1);
  const auto request = keys::parse_request(body);
  if (request && keys::encode(*request) != std::string(body.begin(), body.end())) std::abort();
  const auto reply = keys::parse_reply(body);
  if (reply && keys::encode(*reply) != std::string(body.begin(), body.end())) std::abort();
  if (makes_rsa_key(request)) return 0;
  const std::string answer = service().answer(data[0] % 3, body);
  const auto read = keys::parse_reply(bytes_of(answer));
  if (!read || answer.size() > keys::kMaxMessageBytes) std::abort();
  if (!request && !std::holds_alternative<Error>(*read)) std::abort();
  return 0;
}
