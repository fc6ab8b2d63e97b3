// Files that cross a conversation: digests and `fileinfo` records.
#include <algorithm>

#include "conversation.h"

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

/// Suricata's older parsers write their events in capitals.
void Conversation::write_event(std::string_view event,
                               events::BoundedJsonWriter& json) const noexcept {
  const bool capitals = view_.protocol == Protocol::http1 || view_.protocol == Protocol::smtp ||
                        view_.protocol == Protocol::tls;
  std::array<char, 96> text;
  const auto size = std::min(event.size(), text.size());
  for (std::size_t i = 0; i < size; ++i) {
    const bool lower = event[i] >= 'a' && event[i] <= 'z';
    text[i] = capitals && lower ? static_cast<char>(event[i] - 'a' + 'A') : event[i];
  }
  json.member("event", std::string_view(text.data(), size));
}

/// Null when too many files are under way, or without memory: those have no digests.
FileDigests* Conversation::digests_of(std::uint32_t file) noexcept {
  const auto last = files_.begin() + num_files_;
  const auto known =
      std::find_if(files_.begin(), last, [file](const auto& open) { return open->id == file; });
  if (known != last) return &(*known)->digests;
  if (num_files_ == kMaxFiles) return nullptr;
  auto opened = make_pooled<OpenFile>(*core_.pool);
  if (!opened) return nullptr;
  opened->id = file;
  files_[num_files_] = std::move(opened);
  return &files_[num_files_++]->digests;
}

void Conversation::file_grew(Transaction& transaction, const FileView& file) noexcept {
  FileView told = file;
  FileDigests::Values values;
  if (core_.config.file_digests) {
    if (FileDigests* digests = digests_of(file.id)) {
      digests->add(file.fresh);
      if (file.complete) {
        values = digests->values();
        if (!file.gaps && !file.truncated) told.digests = &values;
        const auto last = files_.begin() + num_files_;
        const auto done = std::find_if(files_.begin(), last,
                                       [&](const auto& open) { return open->id == file.id; });
        std::iter_swap(done, last - 1);
        files_[--num_files_] = {};
      }
    }
  }
  if (core_.detector != nullptr) {
    ips::FileFacts facts;
    if (told.digests != nullptr)
      facts = {.magic = {}, .md5 = values.md5, .sha1 = values.sha1, .sha256 = values.sha256};
    core_.detector->file_grew(view_, transaction, told, *packet_, *this, facts);
  }
  if (file.complete && core_.config.record_protocols) tell_file(transaction, told);
}

void Conversation::tell_file(Transaction& transaction, const FileView& file) noexcept {
  core_.record(origin(turned(file.direction)), "fileinfo", [&](auto& json) {
    transaction.write_record(0, json);
    if (const auto name = name_of(view_.protocol); !name.empty()) json.member("app_proto", name);
    json.begin_object("fileinfo");
    if (!file.name.empty()) json.member("filename", file.name);
    json.member("gaps", file.gaps).member("state", file.truncated ? "TRUNCATED" : "CLOSED");
    if (file.digests != nullptr) {
      write_hex("md5", file.digests->md5, json);
      write_hex("sha1", file.digests->sha1, json);
      write_hex("sha256", file.digests->sha256, json);
    }
    json.member("stored", false).member("size", file.size).member("tx_id", transaction.id());
    json.end_object();
  });
}

void Conversation::tell_oddities(const Transaction& transaction) noexcept {
  for (const auto oddity : transaction.oddities())
    core_.record(origin(packet_direction_), "anomaly", [&](auto& json) {
      json.member("tx_id", transaction.id());
      json.begin_object("anomaly");
      json.member("app_proto", name_of(view_.protocol)).member("type", "applayer");
      write_event(oddity.substr(oddity.find('.') + 1), json);
      json.member("layer", "proto_parser");
      json.end_object();
    });
}

}  // namespace sekisho::engines
