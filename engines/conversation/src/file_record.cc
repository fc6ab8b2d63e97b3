// Files that cross a conversation: digests and `fileinfo` records.
#include <algorithm>

#include "conversation.h"

namespace sekisho::engines {
namespace {

/// Suricata's older parsers write their events in capitals.
constexpr bool has_capital_events(Protocol protocol) noexcept {
  return protocol == Protocol::http1 || protocol == Protocol::smtp || protocol == Protocol::tls;
}

void write_event(std::string_view event, bool capitals, events::BoundedJsonWriter& json) noexcept {
  std::array<char, 96> text;
  const auto size = std::min(event.size(), text.size());
  for (std::size_t i = 0; i < size; ++i) {
    const bool lower = event[i] >= 'a' && event[i] <= 'z';
    text[i] = capitals && lower ? static_cast<char>(event[i] - 'a' + 'A') : event[i];
  }
  json.member("event", std::string_view(text.data(), size));
}

constexpr std::uint64_t kAttachmentBytes = std::uint64_t{32} * 1024;

constexpr bool covers(rules::FieldDirection wanted, Direction direction) noexcept {
  if (wanted == rules::FieldDirection::either) return true;
  return (wanted == rules::FieldDirection::to_server) == (direction == Direction::to_server);
}

}  // namespace

void Conversation::file_grew(Transaction& transaction, const FileView& file) noexcept {
  if (files_wanted_ && core_.files != nullptr) core_.files->file_seen(view_.protocol, file);
  KnownFile* known = files_.grow(transaction, file, core_.file_digests);
  if (known != nullptr && core_.wants_file_magic) known->find_magic(file);
  FileView told = file;
  if (known != nullptr && !file.truncated) told.digests = known->view.digests;
  detect_in_file(transaction, told, known != nullptr ? known->magic : std::string_view{});
  if (known == nullptr) return;
  for (std::size_t i = 0; i < num_stores_; ++i)
    if (const auto& request = seldom_->stores[i];
        request.transaction == nullptr || request.transaction == &transaction)
      want(*known, request);
  store(*known, file.fresh);
  if (!file.complete || !wants_records(ips::ProtocolRecords::files)) return;
  // A listener tells of a file when a packet of its direction comes, as of alerts.
  const bool waits =
      !core_.config.enforce && is_tcp() && turned(file.direction) != packet_direction_;
  known->untold = waits;
  if (!waits) tell_file(transaction, *known);
}

void Conversation::detect_in_file(Transaction& transaction, const FileView& file,
                                  std::string_view magic) noexcept {
  if (core_.detector == nullptr || (files_wanted_ && is_over_depth(file.body) && !file.complete))
    return;
  FileView seen = file;
  // A listener looks at attachments as Suricata does: when there is so much of them, or all.
  if (!core_.config.enforce && view_.protocol == Protocol::smtp) {
    if (file.size < kAttachmentBytes && !file.complete) return;
    if (file.size - file.fresh.size() < kAttachmentBytes) seen.body.fresh = seen.body.window.size();
  }
  ips::FileFacts facts{.magic = magic, .md5 = {}, .sha1 = {}, .sha256 = {}};
  if (file.digests != nullptr && !file.gaps) {
    const auto& known = file.digests->known;
    if (known.md5) facts.md5 = file.digests->md5;
    if (known.sha1) facts.sha1 = file.digests->sha1;
    if (known.sha256) facts.sha256 = file.digests->sha256;
  }
  core_.detector->file_grew(view_, transaction, seen, *packet_, *this, facts);
  // Whether to keep it is to be known now.
  if (file.complete && core_.store != nullptr && core_.rules_store_files) core_.detector->decide();
}

/// Bytes are handed on before a rule wants the file: it may do so at the end only.
void Conversation::store(KnownFile& known, std::span<const std::uint8_t> fresh) noexcept {
  if (core_.store == nullptr || !core_.rules_store_files) return;
  if (!fresh.empty()) core_.store->add(view_.flow_id, known.view.id, fresh);
  if (known.view.complete)
    known.stored = core_.store->finish(view_.flow_id, known.view.id, known.wanted, known.values);
}

void Conversation::want(KnownFile& file, const StoreRequest& request) noexcept {
  if (!covers(request.direction, file.view.direction)) return;
  file.wanted = true;
  const auto last = file.stored_by.begin() + file.num_stored_by;
  if (std::find(file.stored_by.begin(), last, request.signature) == last &&
      file.num_stored_by < file.stored_by.size())
    file.stored_by[file.num_stored_by++] = request.signature;
}

/// A match in a file is about that file, one in a transaction about its files; a match in a packet
/// knows of no file and stands for all of the flow.
void Conversation::request_store(const ips::Alert& alert) noexcept {
  using Scope = rules::Rule::StoreScope;
  const auto& rule = *alert.rule;
  const bool whole_flow = rule.store_scope == Scope::flow || alert.transaction == nullptr;
  const StoreRequest request{.transaction = whole_flow ? nullptr : alert.transaction,
                             .direction = rule.store_direction,
                             .signature = rule.signature};
  const bool one_file = rule.store_scope == Scope::file && alert.file.has_value();
  for (const auto& file : files_.all()) {
    if (one_file ? file->view.id != *alert.file : file->view.complete) continue;
    if (whole_flow || file->transaction == alert.transaction) want(*file, request);
  }
  if (one_file) return;
  starved_ |= seldom() == nullptr;
  if (seldom_ && num_stores_ < kMaxStores) seldom_->stores[num_stores_++] = request;
}

/// `transaction` is at its end: so are its files.
void Conversation::tell_files(const Transaction& transaction) noexcept {
  for (const auto& file : files_.all())
    if (file->transaction == &transaction && file->untold) tell_file(transaction, *file);
  files_.forget(transaction);
  if (num_stores_ == 0) return;
  auto& stores = seldom_->stores;
  const auto last = stores.begin() + num_stores_;
  const auto kept = std::remove_if(stores.begin(), last, [&](const StoreRequest& request) {
    return request.transaction == &transaction;
  });
  num_stores_ = static_cast<std::uint8_t>(kept - stores.begin());
}

void Conversation::tell_files(Direction direction) noexcept {
  for (const auto& file : files_.all())
    if (file->untold && turned(file->view.direction) == direction)
      tell_file(*file->transaction, *file);
}

void Conversation::tell_file(const Transaction& transaction, KnownFile& file) noexcept {
  file.untold = false;
  if (condemned_ || !may_record()) return;
  core_.record_later(origin(turned(file.view.direction)), "fileinfo", [&](auto& json) {
    write_packet_origin(packet_, json);
    transaction.write_record(0, json);
    if (const auto name = name_of(view_.protocol); !name.empty()) json.member("app_proto", name);
    json.begin_object("fileinfo");
    write_file(file, transaction.id(), json);
    json.end_object();
  });
}

/// What is odd about the recognition itself: of no transaction.
void Conversation::tell_recognition(std::string_view event) noexcept {
  view_.application_oddity = event;
  if (!wants_records(ips::ProtocolRecords::all) || !may_record()) return;
  core_.record(origin(packet_direction_), "anomaly", [&](auto& json) {
    write_packet_origin(packet_, json);
    json.begin_object("anomaly");
    json.member("app_proto", name_of(view_.protocol)).member("type", "applayer");
    write_event(event, true, json);
    json.member("layer", "proto_detect");
    json.end_object();
  });
}

void Conversation::tell_oddities(const Transaction& transaction) noexcept {
  for (const auto oddity : transaction.oddities()) {
    if (!may_record()) return;
    core_.record(origin(packet_direction_), "anomaly", [&](auto& json) {
      write_packet_origin(packet_, json);
      json.member("tx_id", transaction.id());
      json.begin_object("anomaly");
      json.member("app_proto", name_of(view_.protocol)).member("type", "applayer");
      write_event(oddity.substr(oddity.find('.') + 1), has_capital_events(view_.protocol), json);
      json.member("layer", "proto_parser");
      json.end_object();
    });
  }
}

}  // namespace sekisho::engines
