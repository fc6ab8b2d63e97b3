#include "controlplane/agent/databases.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "config/content/entry_list.h"
#include "config/content/installed.h"
#include "config/content/packing.h"
#include "json_at.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using content::DatabaseKind;
using nlohmann::json;

constexpr std::size_t kMaxStateFileBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxPackedBytes = content::kMaxListBytes + (std::size_t{1} << 20);
constexpr std::size_t kMaxPieceBytes = std::size_t{2} << 20;
constexpr std::string_view kPieceEnding = ".piece";

std::string path_in(std::string folder, std::string_view name) {
  return std::move(folder.append("/").append(name));
}

json to_json(const Databases::Kept& kept) {
  const auto& d = kept.description;
  return {{"version", d.version}, {"built", d.built},   {"entries", d.entries},
          {"bytes", d.bytes},     {"sha256", d.sha256}, {"file_bytes", kept.file_bytes}};
}

/// Nothing where there is none, or the file is damaged.
std::optional<Databases::Kept> kept_in(const json& state, const char* key) {
  const auto it = state.find(key);
  if (it == state.end() || !it->is_object()) return std::nullopt;
  content::Description d{.version = number_at(*it, "version"),
                         .built = static_cast<std::int64_t>(number_at(*it, "built")),
                         .entries = number_at(*it, "entries"),
                         .bytes = number_at(*it, "bytes"),
                         .sha256 = text_at(*it, "sha256")};
  const bool is_digest =
      d.sha256.size() == 64 && d.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_digest || d.bytes > content::kMaxListBytes) return std::nullopt;
  return Databases::Kept{std::move(d), number_at(*it, "file_bytes")};
}

ContentOutcome outcome_of(std::string_view name) {
  using enum ContentOutcome;
  for (const auto outcome : {accepted, refused, rolled_back})
    if (name_of(outcome) == name) return outcome;
  return none;
}

std::string piece_name(const DatabaseArrival& arrival, std::uint32_t piece) {
  return arrival.sha256 + "-" + std::to_string(arrival.base) + "." + std::to_string(piece) +
         std::string(kPieceEnding);
}

std::string named(DatabaseKind kind) { return "database of " + std::string(name_of(kind)); }

}  // namespace

Databases::Databases(const std::string& state_dir, Compile compile, TakeUp take_up, FileDoor& files)
    : compile_(std::move(compile)), take_up_(std::move(take_up)), files_(files) {
  for (const auto kind : content::kDatabaseKinds) {
    auto& one = shelf(kind);
    one.folder = content::databases_folder(state_dir, kind);
    one.row.kind = kind;
    load(one);
  }
}

/// The list is read again where it is used, and the processes check the file that they map.
bool Databases::is_sound(const Shelf& shelf, const Kept& kept) {
  const auto names = files_.list(shelf.folder);
  return std::find(names.begin(), names.end(), kept.description.sha256 + ".db") != names.end();
}

void Databases::load(Shelf& shelf) {
  const auto bytes = files_.read(shelf.folder + "/state.json", kMaxStateFileBytes);
  if (bytes) {
    const json state = json::parse(text_of(*bytes), nullptr, false);
    if (!state.is_object()) {
      spdlog::error("{}: state.json is damaged", named(shelf.row.kind));
    } else {
      shelf.row.current = kept_in(state, "current");
      shelf.row.former = kept_in(state, "former");
      shelf.row.highest_version = number_at(state, "highest_version");
      if (const auto it = state.find("attempt"); it != state.end() && it->is_object())
        shelf.row.attempt = {number_at(*it, "version"), outcome_of(text_at(*it, "outcome")),
                             text_at(*it, "reason_code"), text_at(*it, "reason")};
    }
  }
  if (shelf.row.former && !is_sound(shelf, *shelf.row.former)) shelf.row.former.reset();
  // As without any: the console delivers again what it has delivered to a box that lost it.
  if (shelf.row.current && !is_sound(shelf, *shelf.row.current)) {
    spdlog::error("{}: its file is gone; it is fetched again", named(shelf.row.kind));
    shelf.row = {.kind = shelf.row.kind,
                 .current = {},
                 .former = std::move(shelf.row.former),
                 .attempt = {},
                 .highest_version = 0};
  }
  remove_unused(shelf);  // what a kill left half-way
}

Status Databases::save(const Shelf& shelf, const Row& row) {
  json state{{"highest_version", row.highest_version},
             {"attempt",
              {{"version", row.attempt.version},
               {"outcome", name_of(row.attempt.outcome)},
               {"reason_code", row.attempt.reason_code},
               {"reason", row.attempt.reason}}}};
  if (row.current) state["current"] = to_json(*row.current);
  if (row.former) state["former"] = to_json(*row.former);
  return replace_file(files_, shelf.folder + "/state.json",
                      state.dump(1, ' ', false, json::error_handler_t::replace), Readers::group);
}

std::vector<Databases::Row> Databases::rows() const {
  const std::lock_guard lock(rows_mutex_);
  std::vector<Row> rows;
  for (const auto& one : shelves_) rows.push_back(one.row);
  return rows;
}

void Databases::set_stale(Kind kind, bool is_stale) {
  const std::lock_guard lock(rows_mutex_);
  shelf(kind).is_stale = is_stale;
}

std::vector<DatabaseReport> Databases::reports() const {
  const std::lock_guard lock(rows_mutex_);
  std::vector<DatabaseReport> reports;
  for (const auto& one : shelves_)
    reports.push_back(
        {.kind = one.row.kind,
         .in_force = one.row.current ? one.row.current->description : content::Description{},
         .attempt = one.row.attempt,
         .highest_version = one.row.highest_version,
         .is_stale = one.is_stale});
  return reports;
}

void Databases::publish(Shelf& shelf, Row row) {
  const std::lock_guard lock(rows_mutex_);
  shelf.row = std::move(row);
}

Result<std::string> Databases::read_list(const Shelf& shelf, const Kept& kept) {
  const auto path = shelf.folder + "/" + kept.description.sha256 + ".list";
  const auto bytes = files_.read(path, kMaxPackedBytes);
  if (!bytes) return Error{bytes.error()};
  auto list = content::unpack(text_of(*bytes), kept.description.bytes);
  if (!list || content::digest_of(*list) != kept.description.sha256)
    return Error{Error::Code::io, path + ": damaged"};
  return *std::move(list);
}

std::string Databases::list_in_force(Kind kind) {
  const std::lock_guard change(change_mutex_);
  const auto& one = shelf(kind);
  if (!one.row.current || one.row.current->description.version == 0) return {};
  auto list = read_list(one, *one.row.current);
  return list ? *std::move(list) : std::string();
}

Status Databases::write_version(const Shelf& shelf, const content::Description& description,
                                std::string_view list, std::span<const std::byte> file) {
  const auto stem = shelf.folder + "/" + description.sha256;
  if (auto s = replace_file(files_, stem + ".list", content::pack(list), Readers::group); !s)
    return s;
  return replace_file(files_, stem + ".db", file, Readers::group);
}

/// `row` counts, and where the processes cannot use it, the one before again.
Status Databases::bring_into_force(Shelf& shelf, Row row) {
  const auto before = shelf.row;
  if (auto saved = save(shelf, row); !saved) return saved;
  publish(shelf, std::move(row));
  auto taken = take_up_(before.kind);
  if (taken) return taken;
  publish(shelf, before);
  if (auto saved = save(shelf, before); !saved)
    spdlog::error("{}: {}", named(before.kind), saved.error().message);
  (void)take_up_(before.kind);
  return taken;
}

void Databases::refuse(Shelf& shelf, std::uint64_t version, std::string_view code,
                       std::string_view reason) {
  auto row = shelf.row;
  spdlog::error("{}, version {}: {}", named(row.kind), version, reason);
  row.attempt = {version, ContentOutcome::refused, std::string(code),
                 std::string(reason.substr(0, kMaxReasonBytes))};
  (void)save(shelf, row);  // told all the same
  publish(shelf, std::move(row));
  remove_unused(shelf);
}

void Databases::enforce(Kind kind, const content::Description& description, std::string_view list) {
  const std::lock_guard change(change_mutex_);
  auto& one = shelf(kind);
  auto compiled = compile_(kind, list);
  if (const auto* refusal = std::get_if<Refusal>(&compiled))
    return refuse(one, description.version, "compiler", refusal->error.message);
  const auto& output = *std::get_if<CompilerOutput>(&compiled);
  if (auto s = write_version(one, description, list, output.snapshot); !s)
    return refuse(one, description.version, "disk", s.error().message);
  auto row = one.row;
  Kept next{description, output.snapshot.size()};
  // The same list once more is no way back.
  if (!row.current || row.current->description.sha256 != description.sha256)
    row.former = std::move(row.current);
  row.current = std::move(next);
  row.highest_version = std::max(row.highest_version, description.version);
  row.attempt = {description.version, ContentOutcome::accepted, "", ""};
  if (auto s = bring_into_force(one, std::move(row)); !s)
    return refuse(one, description.version, "dataplane", s.error().message);
  spdlog::info("{}, version {}: in force, {} entries", named(kind), description.version,
               description.entries);
  remove_unused(one);
}

Status Databases::rollback(Kind kind) {
  const std::lock_guard change(change_mutex_);
  auto& one = shelf(kind);
  if (!one.row.current && !one.row.former)
    return Error{Error::Code::not_found,
                 "no " + named(kind) + " of the console was in force before"};
  auto row = one.row;
  row.attempt = {row.current ? row.current->description.version : 0, ContentOutcome::rolled_back,
                 "", ""};
  std::swap(row.current, row.former);
  if (auto s = bring_into_force(one, std::move(row)); !s) return s;
  spdlog::info("{}: rolled back to {}", named(kind),
               one.row.current ? "version " + std::to_string(one.row.current->description.version)
                               : std::string("the box's own"));
  return ok();
}

void Databases::forget() {
  const std::lock_guard change(change_mutex_);
  for (auto& one : shelves_) {
    auto row = one.row;
    if (row.current) row.current->description.version = 0;
    row.former.reset();
    row.attempt = {};
    row.highest_version = 0;
    if (auto saved = save(one, row); !saved)
      spdlog::error("{}: {}", named(row.kind), saved.error().message);
    publish(one, std::move(row));
    remove_unused(one);
  }
}

void Databases::remove_unused(const Shelf& shelf) {
  for (const auto& name : files_.list(shelf.folder)) {
    const auto is_of = [&](const std::optional<Kept>& kept) {
      return kept && (name == kept->description.sha256 + ".db" ||
                      name == kept->description.sha256 + ".list");
    };
    if (name == "state.json" || name.ends_with(kPieceEnding) || is_of(shelf.row.current) ||
        is_of(shelf.row.former))
      continue;
    files_.remove(path_in(shelf.folder, name));
  }
}

// ---- what arrives ----

std::uint32_t Databases::begin(const DatabaseArrival& arrival) {
  const auto& folder = shelf(arrival.kind).folder;
  const auto names = files_.list(folder);
  std::uint32_t here = 0;
  while (std::find(names.begin(), names.end(), piece_name(arrival, here)) != names.end()) ++here;
  const auto begin = arrival.sha256 + "-" + std::to_string(arrival.base) + ".";
  for (const auto& name : names)
    if (name.ends_with(kPieceEnding) && !name.starts_with(begin))
      files_.remove(path_in(folder, name));
  return here;
}

Status Databases::keep(const DatabaseArrival& arrival, std::uint32_t piece,
                       std::string_view bytes) {
  return replace_file(files_, shelf(arrival.kind).folder + "/" + piece_name(arrival, piece), bytes,
                      Readers::nobody);
}

Result<std::string> Databases::take(const DatabaseArrival& arrival, std::uint32_t pieces) {
  std::string all;
  for (std::uint32_t piece = 0; piece < pieces; ++piece) {
    const auto bytes =
        files_.read(shelf(arrival.kind).folder + "/" + piece_name(arrival, piece), kMaxPieceBytes);
    if (!bytes) return Error{bytes.error()};
    all += text_of(*bytes);
    if (all.size() > kMaxPackedBytes)
      return Error{Error::Code::resource, "more than a list may have arrived"};
  }
  return all;
}

void Databases::drop(Kind kind) {
  const auto& folder = shelf(kind).folder;
  for (const auto& name : files_.list(folder))
    if (name.ends_with(kPieceEnding)) files_.remove(path_in(folder, name));
}

}  // namespace sekisho::controlplane
