#include "nfs/nfs_transaction.h"

#include <algorithm>
#include <cstdio>

#include "nfs/nfs_names.h"

namespace sekisho::engines::nfs {
namespace {

std::uint32_t crc32_of(Bytes bytes) noexcept {
  constexpr std::uint32_t kPolynomial = 0xedb88320;
  std::uint32_t rest = UINT32_MAX;
  for (const auto byte : bytes) {
    rest ^= byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ ((rest & 1) != 0 ? kPolynomial : 0);
  }
  return ~rest;
}

}  // namespace

FileHandle::FileHandle(Bytes handle) noexcept
    : size(static_cast<std::uint8_t>(std::min(handle.size(), kMaxBytes))) {
  std::copy_n(handle.begin(), size, bytes.begin());
  hash = crc32_of(Bytes(bytes).first(size));
}

bool FileHandle::operator==(const FileHandle& other) const noexcept {
  return hash == other.hash && size == other.size &&
         std::equal(bytes.begin(), bytes.begin() + size, other.bytes.begin());
}

std::optional<std::uint64_t> NfsTransaction::number(rules::Field field, Direction direction,
                                                    std::uint32_t instance) const noexcept {
  using enum rules::Field;
  constexpr unsigned kVersionShift = 32;
  if (instance != 0 || direction != Direction::to_server) return std::nullopt;
  switch (field) {
    case nfs_version:
      return version;
    case nfs_procedure:
      return procedure;
    case nfs_versioned_procedure:
      return std::uint64_t{version} << kVersionShift | procedure;
    default:
      return std::nullopt;
  }
}

/// Questions for attributes say nothing worth a record.
void NfsTransaction::log(ProtocolEvents& events) noexcept {
  if (version <= 3 && procedure == kGetattr3) return;
  const bool written = is_file && file_direction == Direction::to_server;
  events.record_due(*this, "nfs", 0, written ? Direction::to_server : Direction::to_client);
}

void NfsTransaction::write_chunks(events::BoundedJsonWriter& json) const noexcept {
  if (!is_file || version == 4) return;
  json.begin_object(file_direction == Direction::to_client ? "read" : "write")
      .member("first", true)
      .member("last", is_last)
      .member("last_xid", last_xid)
      .member("chunks", chunks)
      .end_object();
}

void NfsTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  char room[16];
  const auto number_text = [&room](const char* format, std::uint32_t number) noexcept {
    const int count = std::snprintf(room, sizeof(room), format, unsigned{number});
    return std::string_view(room, static_cast<std::size_t>(count));
  };
  json.begin_object("rpc").member("xid", xid).member("status", accepted ? "ACCEPTED" : "DENIED");
  // A file that is written stands for the calls of all who write to it: Suricata names no caller.
  const bool has_caller = !(is_file && file_direction == Direction::to_server);
  json.member("auth_type", auth_name(has_caller ? flavor : kAuthNone));
  if (has_caller && flavor == kAuthUnix)
    json.begin_object("creds")
        .member("machine_name", machine.view())
        .member("uid", uid)
        .member("gid", gid)
        .end_object();
  json.end_object();
  json.begin_object("nfs")
      .member("version", version)
      .member("procedure", procedure_name(version, procedure))
      .member("filename", name.view());
  if (!handle.empty()) json.member("hhash", number_text("%08x", handle.hash));
  json.member("id", id() + 1).member("file_tx", is_file).member("type", "response");
  const auto known = status_name(status);
  json.member("status", known.empty() ? number_text("%u", status) : known);
  write_chunks(json);
  if (!target.empty())
    json.begin_object("rename")
        .member("from", name.view())
        .member("to", target.view())
        .end_object();
  json.end_object();
}

}  // namespace sekisho::engines::nfs
