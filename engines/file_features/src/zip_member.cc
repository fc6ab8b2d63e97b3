#include "zip_member.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace sekisho::engines::file_features {
namespace {

constexpr std::uint32_t kEndMagic = 0x06054b50, kMemberMagic = 0x02014b50, kLocalMagic = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kMaxComment = 65535, kMostName = 1024;

std::optional<std::uint64_t> find_end(const FileView& zip) noexcept {
  if (zip.size() < kEndBytes) return std::nullopt;
  const auto first = zip.size() - std::min<std::uint64_t>(zip.size(), kEndBytes + kMaxComment);
  for (auto at = zip.size() - kEndBytes + 1; at-- > first;)
    if (zip.le32(at) == kEndMagic) return at;
  return std::nullopt;
}

/// Calls `look(name, place of the entry)` for members of the central directory (APPNOTE 4.3.12)
/// until it says true.
template <class Look>
void for_each_member(const FileView& zip, Look look) {
  const auto end = find_end(zip);
  if (!end) return;
  std::uint64_t at = *zip.le32(*end + 16);
  for (std::size_t n = 0; n < kMostMembers && zip.le32(at) == kMemberMagic; ++n) {
    const auto name_bytes = zip.le16(at + 28), extra = zip.le16(at + 30),
               comment = zip.le16(at + 32);
    if (!name_bytes || !extra || !comment) return;
    if (look(as_text(zip.part(at + 46, std::min<std::size_t>(*name_bytes, kMostName))), at)) return;
    at += std::uint64_t{46} + *name_bytes + *extra + *comment;
  }
}

bool is_equal(char a, char b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return lower(a) == lower(b);
}

std::string unpack_member(const FileView& zip, std::uint64_t entry, std::size_t most) {
  constexpr std::uint16_t kStored = 0, kDeflated = 8;
  const auto method = zip.le16(entry + 10);
  const auto packed_bytes = zip.le32(entry + 20), local = zip.le32(entry + 42);
  if (!method || !packed_bytes || !local || zip.le32(*local) != kLocalMagic) return {};
  const auto name = zip.le16(*local + std::uint64_t{26}),
             extra = zip.le16(*local + std::uint64_t{28});
  if (!name || !extra) return {};
  const auto packed = zip.part(std::uint64_t{*local} + 30 + *name + *extra, *packed_bytes);
  if (method == kStored) return std::string(as_text(packed).substr(0, most));
  return method == kDeflated ? inflate_some(packed, false, most) : std::string();
}

}  // namespace

std::string inflate_some(Bytes packed, bool has_zlib_header, std::size_t most) {
  constexpr std::size_t kPiece = 65536;
  std::string out;
  z_stream stream{};
  if (inflateInit2(&stream, has_zlib_header ? MAX_WBITS : -MAX_WBITS) != Z_OK) return out;
  stream.next_in = const_cast<Bytef*>(packed.data());  // zlib does not write there
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(packed.size(), std::size_t{1} << 30));
  std::vector<std::uint8_t> piece(std::min(kPiece, most));
  for (int state = Z_OK; state == Z_OK && out.size() < most;) {
    const auto room = std::min(piece.size(), most - out.size());
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(room);
    state = inflate(&stream, Z_NO_FLUSH);
    const auto got = room - stream.avail_out;
    if (got == 0) break;
    out += as_text(Bytes(piece).first(got));
  }
  inflateEnd(&stream);
  return out;
}

std::string read_zip_member(Bytes zip, std::string_view ending, std::size_t most) {
  const FileView view(zip);
  std::string found;
  for_each_member(view, [&](std::string_view name, std::uint64_t entry) {
    if (name.size() < ending.size() ||
        !std::equal(ending.begin(), ending.end(),
                    name.end() - static_cast<std::ptrdiff_t>(ending.size()), is_equal))
      return false;
    found = unpack_member(view, entry, most);
    return !found.empty();
  });
  return found;
}

std::size_t count_zip_members(Bytes zip, std::string_view part) {
  std::size_t count = 0;
  for_each_member(FileView(zip), [&](std::string_view name, std::uint64_t) {
    count +=
        std::search(name.begin(), name.end(), part.begin(), part.end(), is_equal) != name.end();
    return false;
  });
  return count;
}

}  // namespace sekisho::engines::file_features
