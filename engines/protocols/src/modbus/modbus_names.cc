#include <algorithm>
#include <iterator>

#include "modbus/modbus_message.h"

namespace sekisho::engines::modbus {
namespace {

struct BitName {
  std::uint8_t bits;
  std::string_view name;
};

template <std::size_t kCount>
std::string_view name_at(const std::string_view (&names)[kCount], std::size_t index,
                         std::string_view otherwise) noexcept {
  return index < kCount && !names[index].empty() ? names[index] : otherwise;
}

}  // namespace

std::string_view function_name(std::uint8_t function) noexcept {
  static constexpr std::string_view kNames[] = {"",
                                                "RdCoils",
                                                "RdDiscreteInputs",
                                                "RdHoldRegs",
                                                "RdInputRegs",
                                                "WrSingleCoil",
                                                "WrSingleReg",
                                                "RdExcStatus",
                                                "Diagnostic",
                                                "Program484",
                                                "Poll484",
                                                "GetCommEventCtr",
                                                "GetCommEventLog",
                                                "ProgramController",
                                                "PollController",
                                                "WrMultCoils",
                                                "WrMultRegs",
                                                "ReportServerID",
                                                "Program884",
                                                "ResetCommLink",
                                                "RdFileRec",
                                                "WrFileRec",
                                                "MaskWrReg",
                                                "RdWrMultRegs",
                                                "RdFIFOQueue"};
  return function == kEncapsulated ? "MEI" : name_at(kNames, function, "Unknown");
}

std::string_view diagnostic_name(std::uint16_t subfunction) noexcept {
  static constexpr std::string_view kNames[] = {"RetQueryData",
                                                "RestartCommOpt",
                                                "RetDiagReg",
                                                "ChangeInputDelimiter",
                                                "ForceListenOnlyMode",
                                                "",
                                                "",
                                                "",
                                                "",
                                                "",
                                                "ClearCtrDiagReg",
                                                "RetBusMsgCount",
                                                "RetBusCommErrCount",
                                                "RetBusExcErrCount",
                                                "RetServerMsgCount",
                                                "RetServerNoRespCount",
                                                "RetServerNAKCount",
                                                "RetServerBusyCount",
                                                "RetBusCharOverrunCount",
                                                "RetOverrunErrCount",
                                                "ClearOverrunCounterFlag",
                                                "GetClearPlusStats"};
  return name_at(kNames, subfunction, "Reserved");
}

std::string_view encapsulation_name(std::uint16_t type) noexcept {
  return type == 13 ? "CANOpenGenRefReqResp" : type == 14 ? "RdDevId" : "Unknown";
}

std::string_view exception_name(std::uint16_t code) noexcept {
  static constexpr std::string_view kNames[] = {"",
                                                "IllegalFunction",
                                                "IllegalDataAddr",
                                                "IllegalDataValue",
                                                "ServerDeviceFail",
                                                "Ack",
                                                "ServerDeviceBusy",
                                                "NegAck",
                                                "MemParityErr",
                                                "",
                                                "GatewayPathUnavailable",
                                                "GatewayTargetFailToResp"};
  return name_at(kNames, code, "Unknown");
}

void FlagText::add(std::string_view name) noexcept {
  constexpr std::string_view kBetween = " | ";
  if (size_ > 0) {
    std::copy(kBetween.begin(), kBetween.end(), room_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += kBetween.size();
  }
  std::copy(name.begin(), name.end(), room_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += name.size();
}

FlagText FlagText::access(std::uint8_t bits) noexcept {
  // those of two bits are named in addition to each
  static constexpr BitName kNames[] = {{kRead, "READ"},
                                       {kWrite, "WRITE"},
                                       {kDiscretes, "DISCRETES"},
                                       {kCoils, "COILS"},
                                       {kInput, "INPUT"},
                                       {kHolding, "HOLDING"},
                                       {kSingle, "SINGLE"},
                                       {kMultiple, "MULTIPLE"},
                                       {kWrite | kSingle, "WRITE_SINGLE"},
                                       {kWrite | kMultiple, "WRITE_MULTIPLE"}};
  FlagText text;
  for (const auto& [mask, name] : kNames)
    if ((bits & mask) == mask) text.add(name);
  if (bits == 0) text.add("NONE");
  return text;
}

FlagText FlagText::category(std::uint8_t bits) noexcept {
  FlagText text;
  text.add(bits == kAssigned     ? "PUBLIC_ASSIGNED"
           : bits == kUnassigned ? "PUBLIC_UNASSIGNED"
           : bits == kUser       ? "USER_DEFINED"
           : bits == kReserved   ? "RESERVED"
                                 : "NONE");
  return text;
}

FlagText FlagText::errors(std::uint8_t bits) noexcept {
  static constexpr BitName kNames[] = {{kDataValue, "DATA_VALUE"},
                                       {kDataLength, "DATA_LENGTH"},
                                       {kExceptionCode, "EXC_CODE"},
                                       {kFunctionCode, "FUNC_CODE"},
                                       {kProtocolId, "PROTO_ID"}};
  FlagText text;
  for (const auto& [mask, name] : kNames)
    if ((bits & mask) != 0) text.add(name);
  if (bits == 0) text.add("NONE");
  return text;
}

}  // namespace sekisho::engines::modbus
