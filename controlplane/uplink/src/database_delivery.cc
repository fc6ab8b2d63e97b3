#include "controlplane/uplink/database_delivery.h"

#include <utility>

#include "config/content/entry_list.h"
#include "config/content/packing.h"

namespace sekisho::controlplane {
namespace {

std::string what(content::DatabaseKind kind, std::uint64_t version) {
  return "database of " + std::string(name_of(kind)) + ", version " + std::to_string(version);
}

}  // namespace

DatabaseDelivery::DatabaseDelivery(DatabaseDoor& databases, Link link)
    : databases_(databases), link_(std::move(link)), reported_(databases.reports()) {}

std::vector<DatabaseReport> DatabaseDelivery::reports() const {
  auto reports = databases_.reports();
  for (auto& report : reports)
    if (const auto& refused = refused_[content::index_of(report.kind)]) report.attempt = *refused;
  return reports;
}

DatabaseReport DatabaseDelivery::report_of(content::DatabaseKind kind) const {
  for (auto& report : databases_.reports())
    if (report.kind == kind) return report;
  return {};
}

void DatabaseDelivery::offer(content::DatabaseKind kind, std::uint64_t version,
                             std::string_view description, bundle::Expectation expected) {
  const auto now = report_of(kind);
  // Of a version that was tried the outcome is known.
  if (now.in_force.version == version || now.attempt.version == version) return link_.report();
  expected.kind = content::bundle_kind(kind);
  expected.version_in_force = now.highest_version;
  auto opened = content::open_description(description, expected);
  if (!opened)
    return refuse(kind, version, std::string(bundle::name_of(opened.refusal().reason)),
                  opened.refusal().message);
  if (opened->version != version)
    return refuse(kind, version, "bad_manifest",
                  "it describes version " + std::to_string(opened->version));
  refused_[content::index_of(kind)].reset();
  begin({.description = *std::move(opened),
         .arrival = {.kind = kind, .sha256 = {}, .base = 0},
         .next = 0},
        databases_.list_in_force(kind).empty() ? 0 : now.in_force.version);
}

void DatabaseDelivery::begin(Fetch fetch, std::uint64_t base) {
  fetch.arrival.sha256 = fetch.description.sha256;
  fetch.arrival.base = base;
  fetch.next = databases_.begin(fetch.arrival);
  // The last one is asked for again: only the console knows how many there are.
  if (fetch.next > 0) --fetch.next;
  link_.ask({.kind = fetch.arrival.kind,
             .version = fetch.description.version,
             .base = base,
             .piece = fetch.next});
  const auto kind = fetch.arrival.kind;
  fetch_of(kind) = std::move(fetch);
}

void DatabaseDelivery::begin_whole(content::DatabaseKind kind, const std::string& why) {
  auto fetch = *std::exchange(fetch_of(kind), std::nullopt);
  link_.complain(what(kind, fetch.description.version) + ": " + why +
                 "; the whole list is fetched");
  begin(std::move(fetch), 0);
}

void DatabaseDelivery::piece(const DatabasePiece& piece) {
  auto& fetch = fetch_of(piece.kind);
  // Of a stream, or a version, that was left.
  if (!fetch || fetch->description.version != piece.version || fetch->arrival.base != piece.base)
    return;
  if (piece.pieces == 0 && piece.base != 0)
    return begin_whole(piece.kind, "the console has no difference to what is here");
  if (piece.piece != fetch->next) return;
  const bool is_last = piece.piece + 1 == piece.pieces;
  if (piece.pieces > kMaxPieces || piece.piece >= piece.pieces ||
      piece.bytes.size() > kPieceBytes || (!is_last && piece.bytes.size() != kPieceBytes))
    return refuse(piece.kind, piece.version, "bad_content", "a piece is not what was asked for");
  if (auto kept = databases_.keep(fetch->arrival, piece.piece, piece.bytes); !kept)
    return refuse(piece.kind, piece.version, "disk", kept.error().message);
  ++fetch->next;
  if (is_last) return finish(piece.kind, piece.pieces);
  link_.ask(
      {.kind = piece.kind, .version = piece.version, .base = piece.base, .piece = fetch->next});
}

Result<std::string> DatabaseDelivery::list_of(const Fetch& fetch, std::uint32_t pieces) {
  const auto packed = databases_.take(fetch.arrival, pieces);
  if (!packed) return Error{packed.error()};
  const bool is_whole = fetch.arrival.base == 0;
  // A difference names what goes and what comes.
  const auto most = is_whole ? fetch.description.bytes : 2 * content::kMaxListBytes;
  auto list = content::unpack(*packed, most);
  link_.note(what(fetch.arrival.kind, fetch.description.version) + ": " +
             std::to_string(packed->size()) + " bytes came, " +
             (is_whole ? "the whole list"
                       : "the difference to version " + std::to_string(fetch.arrival.base)));
  if (!list)
    return Error{Error::Code::invalid_input, "the compressed data is damaged or longer than said"};
  if (!is_whole) {
    auto applied = content::apply_difference(databases_.list_in_force(fetch.arrival.kind), *list,
                                             fetch.description.bytes);
    if (!applied) return std::move(applied).error().within("the difference");
    *list = *std::move(applied);
  }
  if (auto checked = content::check_against(fetch.description, *list); !checked)
    return std::move(checked).error();
  return *std::move(list);
}

void DatabaseDelivery::finish(content::DatabaseKind kind, std::uint32_t pieces) {
  const auto list = list_of(*fetch_of(kind), pieces);
  if (!list && fetch_of(kind)->arrival.base != 0) return begin_whole(kind, list.error().message);
  const auto fetch = *std::exchange(fetch_of(kind), std::nullopt);
  databases_.drop(kind);
  if (!list) return refuse(kind, fetch.description.version, "bad_content", list.error().message);
  databases_.enforce(kind, fetch.description, *list);
  tick();
}

/// Only told: nobody has vouched for what it says, so it is not remembered.
void DatabaseDelivery::refuse(content::DatabaseKind kind, std::uint64_t version, std::string code,
                              std::string reason) {
  fetch_of(kind).reset();
  link_.complain(what(kind, version) + ": " + reason);
  if (reason.size() > kMaxReasonBytes) reason.resize(kMaxReasonBytes);
  refused_[content::index_of(kind)] =
      ContentAttempt{version, ContentOutcome::refused, std::move(code), std::move(reason)};
  link_.report();
}

void DatabaseDelivery::tick() {
  auto now = reports();
  if (now == reported_) return;
  reported_ = std::move(now);
  link_.report();
}

void DatabaseDelivery::forget() {
  fetches_ = {};
  refused_ = {};
  databases_.forget();
}

}  // namespace sekisho::controlplane
