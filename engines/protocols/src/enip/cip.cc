#include "enip/cip.h"

#include <algorithm>

#include "little_endian.h"

namespace sekisho::engines::cip {
namespace {

constexpr std::uint8_t kTypeMask = 0xe0, kPort = 0x00, kLogical = 0x20, kNetwork = 0x40;
constexpr std::uint8_t kSymbolic = 0x60, kData = 0x80;
constexpr std::uint8_t kSymbol = 0x91;  // a data segment: name, padded to even

/// Bytes of a segment that is no logical one; 0: unknown.
std::size_t other_length(Bytes path) noexcept {
  const std::uint8_t first = path[0];
  const std::uint8_t second = u8_at(path, 1);
  const auto even = [](std::size_t length) { return (length + 1) & ~std::size_t{1}; };
  if (first == kSymbol) return even(2u + second);
  switch (first & kTypeMask) {
    case kPort: {
      constexpr std::uint8_t kLongAddress = 0x10, kLongPort = 0x0f;
      const std::size_t port = (first & 0x0f) == kLongPort ? 2 : 0;
      return (first & kLongAddress) != 0 ? even(2 + port + second) : 2 + port;
    }
    case kNetwork:
      return (first & 0x10) != 0 ? 2u + 2u * second : 2;
    case kSymbolic:
      return even(1u + (first & 0x1f));
    case kData:
      return 2u + 2u * second;
    default:
      return 0;
  }
}

/// Logical: type in bits 4-2, format in bits 1-0 (8, 16, 32 bits).
bool logical_step(Bytes& path, PathStep& step) noexcept {
  constexpr std::uint8_t kClass = 0, kInstance = 1, kAttribute = 4, kSpecial = 5;
  const std::uint8_t type = path[0] >> 2 & 7, format = path[0] & 3;
  if (type == kSpecial) {
    constexpr std::size_t kElectronicKey = 10;  // vendor, device type, product, revision
    if (path.size() < kElectronicKey) return false;
    path = path.subspan(kElectronicKey);
    return true;
  }
  if (format > 2) return false;
  const std::size_t at = format == 0 ? 1 : 2, width = std::size_t{1} << format;
  if (path.size() < at + width) return false;
  step.value = static_cast<std::uint32_t>(integer_at(path, at, width, true));
  step.segment = type == kClass       ? Segment::class_id
                 : type == kInstance  ? Segment::instance
                 : type == kAttribute ? Segment::attribute
                                      : Segment::other;
  path = path.subspan(at + width);
  return true;
}

}  // namespace

bool next_step(Bytes& path, PathStep& step) noexcept {
  if (path.empty()) return false;
  step = {Segment::other, path[0], 0};
  if ((path[0] & kTypeMask) == kLogical) return logical_step(path, step);
  const auto length = other_length(path);
  if (length == 0 || length > path.size()) return false;
  step.value = u8_at(path, 1);
  path = path.subspan(length);
  return true;
}

bool read_service(Bytes bytes, Service& service) noexcept {
  ByteReader reader(bytes);
  std::uint8_t code = 0, words = 0;
  if (!reader.u8(code)) return false;
  service = {};
  service.code = code & static_cast<std::uint8_t>(~kResponseBit);
  service.response = (code & kResponseBit) != 0;
  if (service.response) {
    if (!reader.skip(1) || !reader.u8(service.status) || !reader.u8(words) ||
        !reader.take(std::size_t{2} * words, service.extended_status))
      return false;
  } else if (!reader.u8(words) || !reader.take(std::size_t{2} * words, service.path)) {
    return false;
  }
  service.data = reader.rest();
  return true;
}

Target target_of(const Service& service) noexcept {
  Target target;
  Bytes path = service.path;
  PathStep step;
  while (next_step(path, step)) {
    auto* place = step.segment == Segment::class_id    ? &target.class_id
                  : step.segment == Segment::instance  ? &target.instance
                  : step.segment == Segment::attribute ? &target.attribute
                                                       : nullptr;
    if (place != nullptr && !*place) *place = step.value;
  }
  return target;
}

InnerServices::InnerServices(const Service& outer) noexcept {
  if (outer.code == kMultipleServices) {
    data_ = outer.data;
    count_ = std::min(le16_at(data_, 0), kMax);
  } else if (outer.code == kUnconnectedSend && !outer.response &&
             target_of(outer).class_id == kConnectionManager) {
    constexpr std::size_t kHead = 4;  // priority, ticks, size
    data_ = slice(outer.data, kHead, le16_at(outer.data, 2));
    forwarded_ = true;
    count_ = data_.empty() ? 0 : 1;
  }
}

bool InnerServices::next(Service& inner) noexcept {
  while (at_ < count_) {
    const std::uint16_t index = at_++;
    if (forwarded_) return read_service(data_, inner);
    // offsets count from the number of services
    const std::size_t begin = le16_at(data_, 2u + 2u * index);
    const std::size_t end = index + 1 < count_ ? le16_at(data_, 4u + 2u * index) : data_.size();
    if (begin < 2u + 2u * count_ || end <= begin) continue;
    if (read_service(slice(data_, begin, end - begin), inner)) return true;
  }
  return false;
}

AttributeList::AttributeList(const Service& service) noexcept {
  if (service.code != kGetAttributeList || service.response) return;
  left_ = le16_at(service.data, 0);
  rest_ = slice(service.data, 2);
}

bool AttributeList::next(std::uint16_t& attribute) noexcept {
  if (left_ == 0 || rest_.size() < 2) return false;
  --left_;
  attribute = le16_at(rest_, 0);
  rest_ = rest_.subspan(2);
  return true;
}

}  // namespace sekisho::engines::cip
