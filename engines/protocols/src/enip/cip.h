#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

/// Common Industrial Protocol, volume 1: services, paths and what a message names.
namespace sekisho::engines::cip {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kResponseBit = 0x80;
constexpr std::uint8_t kGetAttributeList = 0x03, kSetAttributeList = 0x04;
constexpr std::uint8_t kMultipleServices = 0x0a, kUnconnectedSend = 0x52;
constexpr std::uint32_t kConnectionManager = 6;  // class of kUnconnectedSend

enum class Segment : std::uint8_t { class_id, instance, attribute, other };

struct PathStep {
  Segment segment = Segment::other;
  std::uint8_t first = 0;  // its first byte
  std::uint32_t value = 0;
};

/// Takes the next segment off a padded path (volume 1, C-1.4). False: no more, or unknown.
bool next_step(Bytes& path, PathStep& step) noexcept;

/// One request or response. Its bytes lie in the message.
struct Service {
  bool response = false;
  std::uint8_t code = 0;    // without kResponseBit
  std::uint8_t status = 0;  // of a response
  Bytes path;               // of a request
  Bytes extended_status;    // of a response: words, least significant byte first
  Bytes data;
};

/// False: too short.
bool read_service(Bytes bytes, Service& service) noexcept;

/// The first class, instance and attribute that the path names.
struct Target {
  std::optional<std::uint32_t> class_id, instance, attribute;
};
Target target_of(const Service& service) noexcept;

/// The services that `outer` carries: those of a Multiple Service Packet, or the one that an
/// Unconnected Send forwards.
class InnerServices {
 public:
  static constexpr std::uint16_t kMax = 128;  // of a packet
  explicit InnerServices(const Service& outer) noexcept;
  bool next(Service& inner) noexcept;

 private:
  Bytes data_;
  std::uint16_t count_ = 0, at_ = 0;
  bool forwarded_ = false;
};

/// Attributes that a Get Attribute List names.
class AttributeList {
 public:
  explicit AttributeList(const Service& service) noexcept;
  bool next(std::uint16_t& attribute) noexcept;

 private:
  Bytes rest_;
  std::uint16_t left_ = 0;
};

std::string_view segment_name(Segment segment) noexcept;
/// "" when it has none here.
std::string_view service_name(std::uint8_t code) noexcept;
std::string_view class_name(std::uint32_t class_id) noexcept;
std::string_view status_name(std::uint8_t status) noexcept;
/// Of status 1, connection failure (volume 1, table 3-5.29).
std::string_view connection_failure(std::uint16_t extended_status) noexcept;
std::string_view device_type_name(std::uint16_t type) noexcept;
std::string_view vendor_name(std::uint16_t vendor) noexcept;

}  // namespace sekisho::engines::cip
