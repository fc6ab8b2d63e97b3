#include "nfs/nfs_names.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace sekisho::engines::nfs {
namespace {

constexpr std::array<std::string_view, 18> kProcedures2{
    "NULL",   "GETATTR", "SETATTR", "ROOT", "LOOKUP",  "READLINK", "READ",  "WRITECACHE", "WRITE",
    "CREATE", "REMOVE",  "RENAME",  "LINK", "SYMLINK", "MKDIR",    "RMDIR", "READDIR",    "STATFS"};
constexpr std::array<std::string_view, 22> kProcedures3{
    "NULL",    "GETATTR",     "SETATTR", "LOOKUP", "ACCESS",   "READLINK", "READ",   "WRITE",
    "CREATE",  "MKDIR",       "SYMLINK", "MKNOD",  "REMOVE",   "RMDIR",    "RENAME", "LINK",
    "READDIR", "READDIRPLUS", "FSSTAT",  "FSINFO", "PATHCONF", "COMMIT"};
constexpr std::array<std::string_view, 59> kOperations4{"NULL",
                                                        "COMPOUND",
                                                        "UNKNOWN",
                                                        "ACCESS",
                                                        "CLOSE",
                                                        "COMMIT",
                                                        "CREATE",
                                                        "DELEGPURGE",
                                                        "DELEGRETURN",
                                                        "GETATTR",
                                                        "GETFH",
                                                        "LINK",
                                                        "LOCK",
                                                        "LOCKT",
                                                        "LOCKU",
                                                        "LOOKUP",
                                                        "LOOKUPP",
                                                        "NVERIFY",
                                                        "OPEN",
                                                        "OPENATTR",
                                                        "OPEN_CONFIRM",
                                                        "OPEN_DOWNGRADE",
                                                        "PUTFH",
                                                        "PUTPUBFH",
                                                        "PUTROOTFH",
                                                        "READ",
                                                        "READDIR",
                                                        "READLINK",
                                                        "REMOVE",
                                                        "RENAME",
                                                        "RENEW",
                                                        "RESTOREFH",
                                                        "SAVEFH",
                                                        "SECINFO",
                                                        "SETATTR",
                                                        "SETCLIENTID",
                                                        "SETCLIENTID_CONFIRM",
                                                        "VERIFY",
                                                        "WRITE",
                                                        "RELEASE_LOCKOWNER",
                                                        "BACKCHANNEL_CTL",
                                                        "BIND_CONN_TO_SESSION",
                                                        "EXCHANGE_ID",
                                                        "CREATE_SESSION",
                                                        "DESTROY_SESSION",
                                                        "FREE_STATEID",
                                                        "GET_DIR_DELEGATION",
                                                        "GETDEVICEINFO",
                                                        "GETDEVICELIST",
                                                        "LAYOUTCOMMIT",
                                                        "LAYOUTGET",
                                                        "LAYOUTRETURN",
                                                        "SECINFO_NO_NAME",
                                                        "SEQUENCE",
                                                        "SET_SSV",
                                                        "TEST_STATEID",
                                                        "WANT_DELEGATION",
                                                        "DESTROY_CLIENTID",
                                                        "RECLAIM_COMPLETE"};

struct Named {
  std::uint32_t number;
  std::string_view name;
};
// RFC 1094 §2.3.1, RFC 1813 §2.6, RFC 7530 §13.
constexpr Named kStatuses[] = {
    {0, "OK"},
    {1, "ERR_PERM"},
    {2, "ERR_NOENT"},
    {5, "ERR_IO"},
    {6, "ERR_NXIO"},
    {13, "ERR_ACCES"},
    {17, "ERR_EXIST"},
    {18, "ERR_XDEV"},
    {19, "ERR_NODEV"},
    {20, "ERR_NOTDIR"},
    {21, "ERR_ISDIR"},
    {22, "ERR_INVAL"},
    {27, "ERR_FBIG"},
    {28, "ERR_NOSPC"},
    {30, "ERR_ROFS"},
    {31, "ERR_MLINK"},
    {63, "ERR_NAMETOOLONG"},
    {66, "ERR_NOTEMPTY"},
    {69, "ERR_DQUOT"},
    {70, "ERR_STALE"},
    {71, "ERR_REMOTE"},
    {10001, "ERR_BADHANDLE"},
    {10002, "ERR_NOT_SYNC"},
    {10003, "ERR_BAD_COOKIE"},
    {10004, "ERR_NOTSUPP"},
    {10005, "ERR_TOOSMALL"},
    {10006, "ERR_SERVERFAULT"},
    {10007, "ERR_BADTYPE"},
    {10008, "ERR_JUKEBOX"},
};

}  // namespace

std::string_view procedure_name(std::uint32_t version, std::uint32_t procedure) noexcept {
  const auto of = [procedure](const auto& names) noexcept -> std::string_view {
    return procedure < names.size() ? names[procedure] : "UNKNOWN";
  };
  switch (version) {
    case 2:
      return of(kProcedures2);
    case 3:
      return of(kProcedures3);
    case 4:
      return of(kOperations4);
    default:
      return "UNKNOWN";
  }
}

std::string_view status_name(std::uint32_t status) noexcept {
  const auto* const found = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                         [&](const Named& one) { return one.number == status; });
  return found == std::end(kStatuses) ? std::string_view{} : found->name;
}

std::string_view auth_name(std::uint32_t flavor) noexcept {
  // RFC 5531 §8.2, RFC 2203 §5.
  static constexpr std::array<std::string_view, 7> kNames{"NULL", "UNIX", "SHORT", "DES",
                                                          "KERB", "RSA",  "GSS"};
  return flavor < kNames.size() ? kNames[flavor] : "UNKNOWN";
}

}  // namespace sekisho::engines::nfs
