#include "files.h"

#include <algorithm>

namespace sekisho::engines {
namespace {

template <std::size_t N>
void write_hex(std::string_view key, const std::array<std::uint8_t, N>& bytes,
               events::BoundedJsonWriter& json) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * N> text;
  for (std::size_t i = 0; i < N; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  json.member(key, std::string_view(text.data(), text.size()));
}

}  // namespace

void KnownFile::find_magic(const FileView& file) noexcept {
  const auto& body = file.body;
  const bool is_there = body.window.size() >= kFileMagicBytes || file.complete;
  if (magic.empty() && is_there && body.window_offset == 0)
    magic = file_magic(body.window, magic_room);
}

KnownFile* Files::grow(const Transaction& transaction, const FileView& file,
                       FileDigests::Kinds digests) noexcept {
  auto* known = find(transaction, file.id);
  if (known == nullptr) known = open(transaction, file, digests);
  if (known == nullptr) return nullptr;
  if (known->name.size() != file.name.size()) {
    known->name.clear();
    known->name.append_some(file.name);
  }
  known->view = file;
  known->view.name = known->name.view();
  known->view.fresh = {};
  known->view.body = {};
  if (!known->wants_digests) return known;
  known->digests.add(file.fresh);
  if (!file.complete) return known;
  known->values = known->digests.values();
  known->view.digests = &known->values;
  return known;
}

KnownFile* Files::find(const Transaction& transaction, std::uint32_t id) noexcept {
  for (std::size_t i = 0; i < num_files_; ++i)
    if (files_[i]->view.id == id && files_[i]->transaction == &transaction && !files_[i]->untold &&
        !files_[i]->view.complete)
      return files_[i].get();
  return nullptr;
}

/// A transaction with many files: the oldest whose record is written gives way.
KnownFile* Files::open(const Transaction& transaction, const FileView& file,
                       FileDigests::Kinds digests) noexcept {
  if (num_files_ == kMax) {
    const auto last = files_.begin() + static_cast<std::ptrdiff_t>(num_files_);
    const auto done = std::find_if(files_.begin(), last, [](const auto& known) {
      return known->view.complete && !known->untold;
    });
    if (done == last) return nullptr;
    forget(**done);
  }
  auto opened = make_pooled<KnownFile>(pool_, pool_, transaction, digests);
  if (!opened) return nullptr;
  opened->view.id = file.id;
  files_[num_files_] = std::move(opened);
  return files_[num_files_++].get();
}

void Files::forget(const Transaction& transaction) noexcept {
  const auto last = files_.begin() + static_cast<std::ptrdiff_t>(num_files_);
  const auto kept = std::remove_if(
      files_.begin(), last, [&](const auto& known) { return known->transaction == &transaction; });
  num_files_ = static_cast<std::size_t>(kept - files_.begin());
  std::for_each(kept, last, [](auto& known) { known.reset(); });
}

void Files::forget(const KnownFile& file) noexcept {
  const auto last = files_.begin() + static_cast<std::ptrdiff_t>(num_files_);
  const auto kept =
      std::remove_if(files_.begin(), last, [&](const auto& known) { return known.get() == &file; });
  num_files_ = static_cast<std::size_t>(kept - files_.begin());
  std::for_each(kept, last, [](auto& known) { known.reset(); });
}

void write_file(const KnownFile& file, std::uint64_t transaction_id,
                events::BoundedJsonWriter& json) noexcept {
  const auto& view = file.view;
  if (!view.name.empty()) json.member("filename", view.name);
  if (!file.magic.empty()) json.member("magic", file.magic);
  if (file.num_stored_by != 0) {
    json.begin_array("sid");
    for (std::size_t i = 0; i < file.num_stored_by; ++i) json.value(file.stored_by[i]);
    json.end_array();
  }
  json.member("gaps", view.gaps);
  json.member("state", !view.complete ? "UNKNOWN" : view.truncated ? "TRUNCATED" : "CLOSED");
  if (view.digests != nullptr) {
    // Of a file with gaps there is one digest, of the bytes that came: it tells two apart, while
    // MD5 and SHA-1 are compared with lists of whole files.
    const auto& known = view.digests->known;
    if (known.md5 && !view.gaps) write_hex("md5", view.digests->md5, json);
    if (known.sha1 && !view.gaps) write_hex("sha1", view.digests->sha1, json);
    if (known.sha256) write_hex("sha256", view.digests->sha256, json);
  }
  json.member("stored", file.stored);
  if (file.wanted && !file.stored) json.member("storing", true);
  json.member("size", view.size).member("tx_id", transaction_id);
}

}  // namespace sekisho::engines
