#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::engines::nfs {

// RFC 1094 §2.2, RFC 1813 §3.
enum Procedure2 : std::uint32_t {
  kLookup2 = 4,
  kRead2 = 6,
  kWrite2 = 8,
  kCreate2 = 9,
  kRemove2 = 10,
  kRename2 = 11,
  kMkdir2 = 14,
  kRmdir2 = 15,
};
enum Procedure3 : std::uint32_t {
  kGetattr3 = 1,
  kLookup3 = 3,
  kAccess3 = 4,
  kRead3 = 6,
  kWrite3 = 7,
  kCreate3 = 8,
  kMkdir3 = 9,
  kRemove3 = 12,
  kRmdir3 = 13,
  kRename3 = 14,
  kReaddirplus3 = 17,
  kCommit3 = 21,
};
// RFC 7530 §16, RFC 8881 §18.
enum Operation4 : std::uint32_t {
  kAccess4 = 3,
  kClose4 = 4,
  kCommit4 = 5,
  kCreate4 = 6,
  kDelegreturn4 = 8,
  kGetattr4 = 9,
  kGetfh4 = 10,
  kLink4 = 11,
  kLookup4 = 15,
  kLookupp4 = 16,
  kNverify4 = 17,
  kOpen4 = 18,
  kOpenConfirm4 = 20,
  kPutfh4 = 22,
  kPutpubfh4 = 23,
  kPutrootfh4 = 24,
  kRead4 = 25,
  kReaddir4 = 26,
  kReadlink4 = 27,
  kRemove4 = 28,
  kRename4 = 29,
  kRenew4 = 30,
  kRestorefh4 = 31,
  kSavefh4 = 32,
  kSecinfo4 = 33,
  kSetattr4 = 34,
  kSetclientid4 = 35,
  kSetclientidConfirm4 = 36,
  kVerify4 = 37,
  kWrite4 = 38,
  kSequence4 = 53,
};

/// Version 4: of an operation. "UNKNOWN" when it is not known.
std::string_view procedure_name(std::uint32_t version, std::uint32_t procedure) noexcept;
std::string_view status_name(std::uint32_t status) noexcept;
std::string_view auth_name(std::uint32_t flavor) noexcept;

}  // namespace sekisho::engines::nfs
