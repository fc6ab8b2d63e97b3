// EVE's smb object.
#include <algorithm>
#include <array>
#include <cstdio>

#include "dcerpc/dcerpc_transaction.h"
#include "krb5/krb5_message.h"
#include "little_endian.h"
#include "smb/smb_text.h"
#include "smb/smb_transaction.h"

namespace sekisho::engines::smb {
namespace {

using Json = events::BoundedJsonWriter;

std::string_view disposition_name(std::uint32_t disposition) noexcept {
  // MS-SMB2 §2.2.13.
  static constexpr std::array<std::string_view, 6> kNames{"FILE_SUPERSEDE", "FILE_OPEN",
                                                          "FILE_CREATE",    "FILE_OPEN_IF",
                                                          "FILE_OVERWRITE", "FILE_OVERWRITE_IF"};
  return disposition < kNames.size() ? kNames[disposition] : "UNKNOWN";
}

std::string_view share_type_name(std::uint8_t type) noexcept {
  static constexpr std::array<std::string_view, 4> kNames{"UNKNOWN", "FILE", "PIPE", "PRINT"};
  return type < kNames.size() ? kNames[type] : kNames[0];
}

/// Groups as little-endian integers, the last one of 2 and 4 bytes.
void write_guid(std::string_view key, std::span<const std::uint8_t, 16> id, Json& json) noexcept {
  constexpr std::uint8_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 15, 14, 13, 12};
  std::uint8_t ordered[16];
  for (std::size_t i = 0; i < sizeof(ordered); ++i) ordered[i] = id[kOrder[i]];
  char room[36];
  json.member(key, dcerpc::uuid_text(ordered, room));
}

void write_file_id(const FileId& id, Json& json) noexcept {
  if (id.size == id.bytes.size()) return write_guid("fuid", id.bytes, json);
  char room[8];
  const int count = std::snprintf(room, sizeof(room), "%02x%02x", id.bytes[1], id.bytes[0]);
  json.member("fuid", std::string_view(room, id.size == 0 ? 0 : static_cast<std::size_t>(count)));
}

void write_negotiation(const SmbTransaction& transaction, Json& json) noexcept {
  const auto& negotiation = *transaction.negotiation;
  json.begin_array("client_dialects");
  for (std::size_t i = 0; i < negotiation.num_dialects; ++i)
    json.value(dialect_name(negotiation.dialects[i]));
  for (auto rest = negotiation.names.view(); !rest.empty();) json.value(take_text(rest, false, 0));
  json.end_array();
  if (negotiation.client) write_guid("client_guid", *negotiation.client, json);
  if (negotiation.server) write_guid("server_guid", *negotiation.server, json);
  if (negotiation.max_read != 0) json.member("max_read_size", negotiation.max_read);
  if (negotiation.max_write != 0) json.member("max_write_size", negotiation.max_write);
}

void write_kerberos(const Session& session, Json& json) noexcept {
  json.begin_object("kerberos").member("realm", session.realm.view()).begin_array("snames");
  for (std::uint32_t i = 0; const auto part = krb5::component_of(session.service.view(), i); ++i)
    json.value(*part);
  json.end_array().end_object();
}

void write_ntlm(const Session& session, Json& json) noexcept {
  json.begin_object("ntlmssp")
      .member("domain", session.domain.view())
      .member("user", session.user.view())
      .member("host", session.host.view());
  if (session.version) {
    const auto& version = *session.version;
    char room[48];
    const int count = std::snprintf(room, sizeof(room), "%u.%u build %u rev %u", version[0],
                                    version[1], unsigned{le16_at(version, 2)}, version[7]);
    json.member("version", std::string_view(room, static_cast<std::size_t>(count)));
  }
  json.end_object();
}

void write_session(const Session& session, Json& json) noexcept {
  if (session.kerberos) write_kerberos(session, json);
  if (session.ntlm) write_ntlm(session, json);
  for (const auto side : {Direction::to_server, Direction::to_client}) {
    if (!session.has_system[index_of(side)]) continue;
    json.begin_object(side == Direction::to_server ? "request" : "response")
        .member("native_os", session.systems[index_of(side)].view())
        .member("native_lm", session.managers[index_of(side)].view())
        .end_object();
  }
}

void write_tree(const SmbTransaction& transaction, Json& json) noexcept {
  json.member(transaction.share_is_pipe ? "named_pipe" : "share", transaction.share.view());
  if (transaction.header.version != 1) {
    json.member("share_type", share_type_name(transaction.share_type));
    return;
  }
  json.begin_object("service");
  constexpr std::array<std::string_view, 2> kSides{"request", "response"};
  for (std::size_t i = 0; i < kSides.size(); ++i)
    if (!transaction.services[i].empty()) json.member(kSides[i], transaction.services[i].view());
  json.end_object();
}

void write_path(const SmbTransaction& transaction, Json& json) noexcept {
  if (transaction.name.empty())
    json.member("filename", "<share_root>");
  else
    json.member(transaction.is_directory ? "directory" : "filename", transaction.name.view());
}

void write_creation(const SmbTransaction& transaction, Json& json) noexcept {
  write_path(transaction, json);
  const auto& [created, accessed, modified, changed, size] = transaction.attributes;
  json.member("disposition", disposition_name(transaction.disposition))
      .member("access", transaction.delete_on_close ? "delete on close" : "normal")
      .member("created", unix_seconds(created))
      .member("accessed", unix_seconds(accessed))
      .member("modified", unix_seconds(modified))
      .member("changed", unix_seconds(changed))
      .member("size", size);
  write_file_id(transaction.file_id, json);
}

void write_control(std::uint32_t control, Json& json) noexcept {
  const auto known = control_name(control);
  if (!known.empty()) {
    json.member("function", known);
    return;
  }
  char room[16];
  const int count = std::snprintf(room, sizeof(room), "%08x", unsigned{control});
  json.member("function", std::string_view(room, static_cast<std::size_t>(count)));
}

void write_rename(const SmbTransaction& transaction, Json& json) noexcept {
  if (transaction.header.version == 2)
    json.begin_object("set_info")
        .member("class", "FILE_INFO")
        .member("info_level", "SMB2_FILE_RENAME_INFO")
        .end_object();
  json.begin_object("rename")
      .member("from", transaction.name.view())
      .member("to", transaction.target.view())
      .end_object();
  write_file_id(transaction.file_id, json);
}

/// A change of a file or a path: of its deletion, as far as it is told apart.
void write_change(const SmbTransaction& transaction, Json& json) noexcept {
  constexpr std::uint16_t kDisposition = 0x102, kPassedDisposition = 1013, kDispositionClass = 13;
  const bool path = transaction.subject == Subject::path_change;
  write_path(transaction, json);
  json.member("access", transaction.delete_on_close ? "delete on close" : "normal");
  if (transaction.header.version == 2) {
    json.begin_object("set_info").member("class", "FILE_INFO");
    if (transaction.information == kDispositionClass)
      json.member("info_level", "SMB2_FILE_DISPOSITION_INFO");
    json.end_object();
  } else {
    const bool known =
        transaction.information == kDisposition || transaction.information == kPassedDisposition;
    json.member("subcmd", path ? "SET_PATH_INFO" : "SET_FILE_INFO")
        .member("level_of_interest", known ? "Set Disposition Information" : "UNKNOWN");
  }
  if (!path) write_file_id(transaction.file_id, json);
}

void write_pipe_call(const SmbTransaction& transaction, Json& json) noexcept {
  json.begin_object("dcerpc");
  dcerpc::write_call(*transaction.call,
                     transaction.interfaces == nullptr ? std::span<const dcerpc::Interface>{}
                                                       : transaction.interfaces->all(),
                     transaction.id(), true, json);
  json.end_object();
}

}  // namespace

void SmbTransaction::write_status(Json& json) const noexcept {
  if (!status) return;
  char room[16];
  const auto known =
      status_is_dos && *status != kSuccess ? std::string_view{} : status_name(*status);
  if (known.empty()) {
    const int count = std::snprintf(room, sizeof(room), "%u", *status);
    json.member("status", std::string_view(room, static_cast<std::size_t>(count)));
  } else {
    json.member("status", known);
  }
  const int count = std::snprintf(room, sizeof(room), "0x%x", *status);
  json.member("status_code", std::string_view(room, static_cast<std::size_t>(count)));
}

void SmbTransaction::write_record(std::uint8_t, Json& json) const noexcept {
  json.begin_object("smb").member("id", id() + 1);
  if (dialect == 0 && dialect_text != nullptr && !dialect_text->empty())
    json.member("dialect", dialect_text->view());
  else
    json.member("dialect", dialect_name(dialect));
  json.member("command", command_name(header.version, header.command));
  write_status(json);
  json.member("session_id", header.session_id).member("tree_id", header.tree_id);
  write_subject(json);
  json.end_object();
}

void SmbTransaction::write_subject(Json& json) const noexcept {
  switch (subject) {
    case Subject::command:
      return;
    case Subject::negotiation:
      return negotiation == nullptr ? void() : write_negotiation(*this, json);
    case Subject::session:
      return session == nullptr ? void() : write_session(*session, json);
    case Subject::tree:
      return write_tree(*this, json);
    case Subject::creation:
      return write_creation(*this, json);
    case Subject::control:
      return write_control(control, json);
    case Subject::file:
      json.member("filename", name.view()).member("share", share.view());
      return write_file_id(file_id, json);
    case Subject::call:
      return call == nullptr ? void() : write_pipe_call(*this, json);
    case Subject::rename:
      return write_rename(*this, json);
    case Subject::file_change:
    case Subject::path_change:
      return write_change(*this, json);
  }
}

}  // namespace sekisho::engines::smb
