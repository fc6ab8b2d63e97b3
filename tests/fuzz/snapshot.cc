// A snapshot file into SnapshotView, and whatever its meta section holds into parse_meta. The
// digest stops a fuzzer at the door, so each input is also tried with the digest made right.
#include <cstring>
#include <vector>

#include "config/snapshot/meta.h"
#include "config/snapshot/snapshot.h"

namespace {

using namespace sekisho::snapshot;

constexpr std::size_t kDigestAt = 8, kDigestEnd = 40, kFileBytesAt = 48;

unsigned char from_hex(char c) {
  return static_cast<unsigned char>(c <= '9' ? c - '0' : c - 'a' + 10);
}

void open_and_read(std::span<const std::byte> bytes) {
  const auto view = SnapshotView::open(bytes);
  if (!view) return;
  const auto meta = view->section(kMetaSection);
  if (!meta) return;
  const std::string text(reinterpret_cast<const char*>(meta->data()), meta->size());
  if (const auto parsed = parse_meta(text))
    if (!parse_meta(to_json(*parsed))) __builtin_trap();
}

void forge(std::vector<std::byte>& file) {
  const std::uint64_t size = file.size();
  std::memcpy(file.data() + kFileBytesAt, &size, sizeof size);
  const auto hex = sha256_hex(std::span(file).subspan(kDigestEnd));
  for (std::size_t i = 0; i < kDigestEnd - kDigestAt; ++i)
    file[kDigestAt + i] =
        static_cast<std::byte>(from_hex(hex[2 * i]) << 4 | from_hex(hex[2 * i + 1]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* const start = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> file(start, start + size);
  open_and_read(file);
  if (file.size() >= kFileBytesAt + sizeof(std::uint64_t)) {
    forge(file);
    open_and_read(file);
  }
  (void)!parse_meta({reinterpret_cast<const char*>(data), size});
  return 0;
}
