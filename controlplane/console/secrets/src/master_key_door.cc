#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "config/base/hex.h"
#include "controlplane/console/secrets/master_key.h"
#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Error trouble(const std::filesystem::path& file, const std::string& doing) {
  return {Error::Code::io, "master key " + file.string() + ": " + doing + ": " + strerror(errno)};
}

/// The file appears with all its bytes or not at all, also when two consoles start at once.
Status make(const std::filesystem::path& file) {
  const std::string draft = file.string() + ".new-" + to_hex(random_bytes(8));
  const OpenFile out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.get() < 0) return trouble(file, "create");
  std::string key = random_bytes(MasterKey::kBytes);
  const bool written =
      ::write(out.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
      fsync(out.get()) == 0;
  OPENSSL_cleanse(key.data(), key.size());
  const bool linked = written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int problem = errno;
  ::unlink(draft.c_str());
  errno = problem;
  if (!linked) return trouble(file, "write");
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const OpenFile directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) return trouble(file, "sync folder");
  return ok();
}

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void check(bool worked) {
  if (!worked) std::abort();  // the library has no AES-256-GCM, or memory ran out
}

}  // namespace

Result<MasterKey> MasterKey::open(const std::filesystem::path& file) {
  if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT)
    if (auto made = make(file); !made) return std::move(made).error();
  const OpenFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (in.get() < 0) return trouble(file, "open");
  struct stat facts {};
  if (fstat(in.get(), &facts) != 0) return trouble(file, "stat");
  if (!S_ISREG(facts.st_mode) || (facts.st_mode & 077) != 0)
    return Error{Error::Code::invalid_input,
                 "master key " + file.string() + ": must be a file of mode 0600"};
  if (facts.st_size != static_cast<off_t>(kBytes))
    return Error{Error::Code::invalid_input, "master key " + file.string() + ": has " +
                                                 std::to_string(facts.st_size) +
                                                 " bytes instead of 32"};
  MasterKey key;
  if (::read(in.get(), key.key_.data(), kBytes) != static_cast<ssize_t>(kBytes))
    return trouble(file, "read");
  return key;
}

MasterKey::MasterKey(MasterKey&& other) noexcept : key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), other.key_.size());
}

MasterKey::~MasterKey() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string MasterKey::seal(std::string_view secret, std::string_view what) const {
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const std::string nonce = random_bytes(kNonceBytes);
  std::string sealed(secret.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const std::string_view key(key_.data(), key_.size());
  int length = 0;
  check(cipher != nullptr);
  check(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                           bytes_of(nonce)) == 1);
  check(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(what),
                          static_cast<int>(what.size())) == 1);
  check(EVP_EncryptUpdate(cipher.get(), bytes_of(sealed), &length, bytes_of(secret),
                          static_cast<int>(secret.size())) == 1);
  check(EVP_EncryptFinal_ex(cipher.get(), bytes_of(tag), &length) == 1);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return to_hex(nonce + sealed + tag);
}

Result<std::string> MasterKey::unseal(std::string_view sealed, std::string_view what) const {
  const Error refused{Error::Code::signature,
                      std::string(what) + ": does not open under this master key"};
  const auto bytes = from_hex(sealed);
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return Error{refused};
  const std::string_view all = *bytes;
  const auto secret_bytes = all.size() - kNonceBytes - kTagBytes;
  std::string secret(secret_bytes, '\0');
  std::string tag(all.substr(kNonceBytes + secret_bytes));
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const std::string_view key(key_.data(), key_.size());
  int length = 0;
  check(cipher != nullptr);
  check(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                           bytes_of(all)) == 1);
  check(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(what),
                          static_cast<int>(what.size())) == 1);
  check(EVP_DecryptUpdate(cipher.get(), bytes_of(secret), &length,
                          bytes_of(all.substr(kNonceBytes)), static_cast<int>(secret_bytes)) == 1);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(tag), &length) != 1) return Error{refused};
  return secret;
}

}  // namespace sekisho::console
