#include "controlplane/keys/authority_file.h"

#include <openssl/crypto.h>

#include <utility>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{256} * 1024;

}  // namespace

Result<Authority> AuthorityFile::open(std::int64_t now) {
  const std::string path = folder_ + "/authority.pem";
  const std::string witness = folder_ + "/authority.crt";
  auto content = files_.read(path, kMaxFileBytes);
  if (content) {
    auto authority = Authority::parse(as_text(bytes_of(*content)));
    OPENSSL_cleanse(content->data(), content->size());
    if (!authority) return std::move(authority).error().within(path + " is damaged");
    // A kill may have come between the two files.
    const auto written = files_.read(witness, kMaxFileBytes);
    if (!written || as_text(bytes_of(*written)) != authority->certificate_pem())
      if (auto s = replace_file(files_, witness, authority->certificate_pem(), Readers::group); !s)
        return std::move(s).error();
    return authority;
  }
  if (content.error().code != Error::Code::not_found) return std::move(content).error();
  if (const auto left = files_.read(witness, kMaxFileBytes);
      left || left.error().code != Error::Code::not_found)
    return Error{Error::Code::not_found,
                 path + " is missing, while " + witness + " says that there was an authority"};
  auto made = Authority::make({}, now);
  if (!made) return made;
  if (auto saved = save(*made); !saved) return std::move(saved).error();
  return made;
}

Status AuthorityFile::save(const Authority& authority) {
  std::string file = authority.serialize();
  auto saved = replace_file(files_, folder_ + "/authority.pem", file, Readers::nobody);
  OPENSSL_cleanse(file.data(), file.size());
  if (!saved) return saved;
  // Where this fails the next start repeats it: the authority itself is already in its place.
  (void)replace_file(files_, folder_ + "/authority.crt", authority.certificate_pem(),
                     Readers::group);
  return ok();
}

}  // namespace sekisho::controlplane
