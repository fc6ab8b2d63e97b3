#include "tools/sekisho/tar_gz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace sekisho::tools {
namespace {

constexpr std::size_t kBlockBytes = 512;
constexpr std::uint64_t kMaxFileBytes = (std::uint64_t{1} << 33) - 1;  // 11 octal digits

/// The header block; every field is text, numbers in octal.
struct Header {
  char name[100];
  char mode[8];
  char owner[8];
  char group[8];
  char size[12];
  char modified[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char rest[247];
};
static_assert(sizeof(Header) == kBlockBytes);

template <std::size_t N>
void put(char (&field)[N], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), N));
}

}  // namespace

Status TarGz::add(std::string_view name, std::string_view content) {
  if (name.empty() || name.size() > sizeof(Header::name) || content.size() > kMaxFileBytes)
    return Error{Error::Code::invalid_input,
                 fmt::format("'{}' does not fit into a ustar archive", name)};
  Header header{};
  put(header.name, name);
  put(header.mode, "0000600");
  put(header.owner, "0000000");
  put(header.group, "0000000");
  put(header.size, fmt::format("{:011o}", content.size()));
  put(header.modified, fmt::format("{:011o}", static_cast<std::uint64_t>(modified_)));
  put(header.checksum, "        ");  // counts as spaces in its own sum
  header.type = '0';
  put(header.magic, "ustar");
  put(header.version, "00");
  std::string block(sizeof(header), '\0');
  std::memcpy(block.data(), &header, sizeof(header));
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  const auto digits = fmt::format("{:06o}", sum);
  std::memcpy(block.data() + offsetof(Header, checksum), digits.c_str(), digits.size() + 1);
  tar_ += block;
  tar_ += content;
  tar_.append((kBlockBytes - content.size() % kBlockBytes) % kBlockBytes, '\0');
  return ok();
}

Result<std::string> TarGz::finish() {
  tar_.append(2 * kBlockBytes, '\0');  // the end of an archive
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return Error{Error::Code::resource, "no memory to compress"};
  std::string packed(deflateBound(&stream, tar_.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(tar_.data());
  stream.avail_in = static_cast<uInt>(tar_.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = tar_.size() > 0xffffffffU ? Z_BUF_ERROR : deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return Error{Error::Code::resource, "the archive is too large"};
  return packed;
}

}  // namespace sekisho::tools
