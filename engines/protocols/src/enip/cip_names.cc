#include <iterator>

#include "enip/cip.h"

namespace sekisho::engines::cip {
namespace {

struct Name {
  std::uint16_t number;
  std::string_view name;
};

template <std::size_t kCount>
std::string_view find(const Name (&names)[kCount], std::uint32_t number) noexcept {
  for (const auto& one : names)
    if (one.number == number) return one.name;
  return "";
}

}  // namespace

std::string_view segment_name(Segment segment) noexcept {
  constexpr std::string_view kNames[] = {"class", "instance", "attribute", "other"};
  return kNames[static_cast<std::size_t>(segment)];
}

// Volume 1, appendix A; connection manager and object classes: chapters 3 and 5.
std::string_view service_name(std::uint8_t code) noexcept {
  static constexpr Name kNames[] = {{0x01, "Get Attributes All"},
                                    {0x02, "Set Attributes All"},
                                    {0x03, "Get Attribute List"},
                                    {0x04, "Set Attribute List"},
                                    {0x05, "Reset"},
                                    {0x06, "Start"},
                                    {0x07, "Stop"},
                                    {0x08, "Create"},
                                    {0x09, "Delete"},
                                    {0x0a, "Multiple Service Packet"},
                                    {0x0d, "Apply Attributes"},
                                    {0x0e, "Get Attribute Single"},
                                    {0x10, "Set Attribute Single"},
                                    {0x11, "Find Next Object Instance"},
                                    {0x15, "Restore"},
                                    {0x16, "Save"},
                                    {0x17, "Nop"},
                                    {0x18, "Get Member"},
                                    {0x19, "Set Member"},
                                    {0x1a, "Insert Member"},
                                    {0x1b, "Remove Member"},
                                    {0x1c, "Group Sync"},
                                    {0x4b, "Execute PCCC"},
                                    {0x4c, "Read Tag"},
                                    {0x4d, "Write Tag"},
                                    {0x4e, "Forward Close"},
                                    {0x52, "Unconnected Send"},
                                    {0x54, "Forward Open"},
                                    {0x55, "Get Instance Attribute List"},
                                    {0x56, "Get Connection Data"},
                                    {0x57, "Search Connection Data"},
                                    {0x5a, "Get Connection Owner"},
                                    {0x5b, "Large Forward Open"}};
  return find(kNames, code);
}

std::string_view class_name(std::uint32_t class_id) noexcept {
  static constexpr Name kNames[] = {{0x01, "Identity"},
                                    {0x02, "Message Router"},
                                    {0x03, "DeviceNet"},
                                    {0x04, "Assembly"},
                                    {0x05, "Connection"},
                                    {0x06, "Connection Manager"},
                                    {0x07, "Register"},
                                    {0x08, "Discrete Input Point"},
                                    {0x09, "Discrete Output Point"},
                                    {0x0a, "Analog Input Point"},
                                    {0x0b, "Analog Output Point"},
                                    {0x0e, "Presence Sensing"},
                                    {0x0f, "Parameter"},
                                    {0x10, "Parameter Group"},
                                    {0x12, "Group"},
                                    {0x28, "Motor Data"},
                                    {0x29, "Control Supervisor"},
                                    {0x2a, "AC/DC Drive"},
                                    {0x37, "File"},
                                    {0x43, "Time Sync"},
                                    {0x44, "Modbus"},
                                    {0x47, "Device Level Ring"},
                                    {0x48, "QoS"},
                                    {0x67, "PCCC Class"},
                                    {0x6b, "Symbol"},
                                    {0x6c, "Template"},
                                    {0xf3, "Connection Configuration"},
                                    {0xf4, "Port"},
                                    {0xf5, "TCP/IP Interface"},
                                    {0xf6, "Ethernet Link"}};
  return find(kNames, class_id);
}

// Volume 1, table B-1.1.
std::string_view status_name(std::uint8_t status) noexcept {
  static constexpr Name kNames[] = {{0x00, "Success"},
                                    {0x01, "Connection failure"},
                                    {0x02, "Resource unavailable"},
                                    {0x03, "Invalid parameter value"},
                                    {0x04, "Path segment error"},
                                    {0x05, "Path destination unknown"},
                                    {0x06, "Partial transfer"},
                                    {0x07, "Connection lost"},
                                    {0x08, "Service not supported"},
                                    {0x09, "Invalid attribute value"},
                                    {0x0a, "Attribute list error"},
                                    {0x0b, "Already in requested mode/state"},
                                    {0x0c, "Object state conflict"},
                                    {0x0d, "Object already exists"},
                                    {0x0e, "Attribute not settable"},
                                    {0x0f, "Privilege violation"},
                                    {0x10, "Device state conflict"},
                                    {0x11, "Reply data too large"},
                                    {0x12, "Fragmentation of a primitive value"},
                                    {0x13, "Not enough data"},
                                    {0x14, "Attribute not supported"},
                                    {0x15, "Too much data"},
                                    {0x16, "Object does not exist"},
                                    {0x1a, "Routing failure, request packet too large"},
                                    {0x1b, "Routing failure, response packet too large"},
                                    {0x1c, "Missing attribute list entry data"},
                                    {0x1d, "Invalid attribute value list"},
                                    {0x1e, "Embedded service error"},
                                    {0x1f, "Vendor specific error"},
                                    {0x20, "Invalid parameter"},
                                    {0x25, "Key failure in path"},
                                    {0x26, "Path size invalid"},
                                    {0x27, "Unexpected attribute in list"},
                                    {0x28, "Invalid Member ID"},
                                    {0x29, "Member not settable"}};
  return find(kNames, status);
}

std::string_view connection_failure(std::uint16_t extended_status) noexcept {
  static constexpr Name kNames[] = {
      {0x0100, "Connection in use or duplicate Forward Open"},
      {0x0103, "Transport class and trigger combination not supported"},
      {0x0106, "Ownership conflict"},
      {0x0107, "Target connection not found"},
      {0x0108, "Invalid network connection parameter"},
      {0x0109, "Invalid connection size"},
      {0x0110, "Target for connection not configured"},
      {0x0111, "RPI not supported"},
      {0x0113, "Out of connections"},
      {0x0114, "Vendor ID or product code mismatch"},
      {0x0115, "Device type mismatch"},
      {0x0116, "Revision mismatch"},
      {0x0117, "Invalid produced or consumed application path"},
      {0x0118, "Invalid configuration application path"},
      {0x0119, "Non-listen-only connection not opened"},
      {0x011a, "Target object out of connections"},
      {0x0203, "Connection timed out"},
      {0x0204, "Unconnected request timed out"},
      {0x0205, "Parameter error in unconnected request"},
      {0x0301, "No buffer memory available"},
      {0x0302, "Network bandwidth not available for data"},
      {0x0311, "Port not available"},
      {0x0312, "Link address not valid"},
      {0x0315, "Invalid segment in connection path"}};
  return find(kNames, extended_status);
}

std::string_view device_type_name(std::uint16_t type) noexcept {
  static constexpr Name kNames[] = {{0x00, "Generic Device (deprecated)"},
                                    {0x02, "AC Drive"},
                                    {0x03, "Motor Overload"},
                                    {0x04, "Limit Switch"},
                                    {0x05, "Inductive Proximity Switch"},
                                    {0x06, "Photoelectric Sensor"},
                                    {0x07, "General Purpose Discrete I/O"},
                                    {0x09, "Resolver"},
                                    {0x0c, "Communications Adapter"},
                                    {0x0e, "Programmable Logic Controller"},
                                    {0x10, "Position Controller"},
                                    {0x13, "DC Drive"},
                                    {0x15, "Contactor"},
                                    {0x16, "Motor Starter"},
                                    {0x17, "Soft Start"},
                                    {0x18, "Human-Machine Interface"},
                                    {0x1a, "Mass Flow Controller"},
                                    {0x1b, "Pneumatic Valve"},
                                    {0x1c, "Vacuum Pressure Gauge"},
                                    {0x1d, "Process Control Value"},
                                    {0x1e, "Residual Gas Analyzer"},
                                    {0x1f, "DC Power Generator"},
                                    {0x20, "RF Power Generator"},
                                    {0x21, "Turbomolecular Vacuum Pump"},
                                    {0x22, "Encoder"},
                                    {0x23, "Safety Discrete I/O Device"},
                                    {0x24, "Fluid Flow Controller"},
                                    {0x25, "CIP Motion Drive"},
                                    {0x27, "Mass Flow Controller, Enhanced"},
                                    {0x28, "CIP Modbus Device"},
                                    {0x29, "CIP Modbus Translator"},
                                    {0x2b, "Generic Device (keyable)"},
                                    {0x2c, "Managed Switch"},
                                    {0xc8, "Embedded Component"}};
  return find(kNames, type);
}

std::string_view vendor_name(std::uint16_t vendor) noexcept {
  static constexpr Name kNames[] = {{1, "Rockwell Automation/Allen-Bradley"},
                                    {5, "Rockwell Automation/Reliance Elec."},
                                    {7, "SMC Corporation"},
                                    {8, "Molex Incorporated"},
                                    {26, "Festo Corporation"},
                                    {40, "WAGO Corporation"},
                                    {47, "Omron Corporation"},
                                    {48, "TURCK, Inc."},
                                    {90, "HMS Industrial Networks AB"},
                                    {243, "Schneider Electric"},
                                    {283, "Hilscher GmbH"}};
  return find(kNames, vendor);
}

}  // namespace sekisho::engines::cip
