#pragma once

#include <array>
#include <optional>

#include "dcerpc/call.h"
#include "engines/protocols/parser.h"
#include "scattered_file.h"
#include "smb/smb_wire.h"

namespace sekisho::engines::smb {

/// SMB2: 16 bytes as on the wire. SMB1: two, then the session.
struct FileId {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t size = 0;
  bool operator==(const FileId&) const = default;
};

/// What a transaction is about, beyond its command; in the order of kSmbRecordKinds, the last kind
/// being both changes.
enum class Subject : std::uint8_t {
  command,
  negotiation,
  session,
  tree,
  creation,
  control,
  file,  // all that is read from, or written to, one open file
  call,  // DCERPC over a named pipe
  rename,
  file_change,  // SET_INFO of a file
  path_change,  // the like of a path
};
/// Its bit in ParserOptions::smb_records.
constexpr std::uint16_t record_bit(Subject subject) noexcept {
  const auto kind = subject == Subject::path_change ? Subject::file_change : subject;
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
}

/// What both sides can do, and which they chose.
struct Negotiation {
  static constexpr std::size_t kMaxDialects = 16;
  static constexpr std::size_t kMaxDialectText = 512;

  explicit Negotiation(MemoryPool& pool) noexcept : names(pool, kMaxDialectText) {}
  std::array<std::uint16_t, kMaxDialects> dialects{};  // SMB2
  std::size_t num_dialects = 0;
  PooledBytes names;  // SMB1: each ends with a zero
  std::optional<std::array<std::uint8_t, 16>> client, server;
  std::uint32_t max_read = 0, max_write = 0;
};

/// Who logs on.
struct Session {
  static constexpr std::size_t kMaxText = 512;
  static constexpr std::size_t kMaxTicket = 1024;

  explicit Session(MemoryPool& pool) noexcept
      : user(pool, kMaxText),
        domain(pool, kMaxText),
        host(pool, kMaxText),
        realm(pool, kMaxText),
        service(pool, kMaxTicket),
        systems{PooledBytes(pool, kMaxText), PooledBytes(pool, kMaxText)},
        managers{PooledBytes(pool, kMaxText), PooledBytes(pool, kMaxText)} {}
  bool ntlm = false;
  PooledBytes user, domain, host;
  std::optional<std::array<std::uint8_t, 8>> version;
  bool kerberos = false;
  PooledBytes realm, service;  // a PrincipalName's contents
  // SMB1's native operating system and LAN manager, of client and server
  bool has_system[2] = {};
  PooledBytes systems[2], managers[2];
};

/// A command and its answer, a file, or a call over a named pipe.
class SmbTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxName = 1024;
  static constexpr std::size_t kMaxService = 64;

  SmbTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id),
        name(pool, kMaxName),
        target(pool, kMaxName),
        share(pool, kMaxName),
        services{PooledBytes(pool, kMaxService), PooledBytes(pool, kMaxService)} {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    if (is_recorded) events.record_due(*this, "smb", 0, Direction::to_server);
  }

  Subject subject = Subject::command;
  bool is_recorded = true;
  Header header;              // of the request, if it was seen
  std::uint16_t dialect = 0;  // 0: not known
  std::optional<std::uint32_t> status;
  bool status_is_dos = false;
  PooledBytes name, target;  // of the file or pipe; what it becomes
  PooledBytes share;
  bool share_is_pipe = false;
  std::uint8_t share_type = 0;  // MS-SMB2 §2.2.10; 0: not known
  PooledBytes services[2];      // SMB1: asked for and got
  FileId file_id;
  std::uint32_t disposition = 0;
  bool is_directory = false, delete_on_close = false;
  std::array<std::uint64_t, 5> attributes{};  // created, accessed, modified, changed, size
  std::uint32_t control = 0;                  // MS-FSCC §2.3
  std::uint16_t information = 0;              // level or class of a change
  Pooled<Negotiation> negotiation;
  Pooled<Session> session;
  Pooled<ScatteredFile> file;
  Direction file_direction = Direction::to_client;
  Pooled<dcerpc::Call> call;
  const dcerpc::Interfaces* interfaces = nullptr;  // of the pipe, while that is open
  const PooledBytes* dialect_text = nullptr;       // SMB1's dialect, the conversation's

 private:
  void write_subject(events::BoundedJsonWriter& json) const noexcept;
  void write_status(events::BoundedJsonWriter& json) const noexcept;
};

}  // namespace sekisho::engines::smb
