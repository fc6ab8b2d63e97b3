#include "dcerpc/interfaces.h"

#include <algorithm>

#include "little_endian.h"

namespace sekisho::engines::dcerpc {
namespace {

constexpr std::size_t kFragmentSizes = 8;  // maximum fragments, association group
constexpr std::size_t kTransferSyntax = kUuidBytes + 4;

}  // namespace

Interface& Interfaces::place_for(std::uint16_t context, std::uint64_t transaction) noexcept {
  const auto end = all_.begin() + static_cast<std::ptrdiff_t>(count_);
  // altered: the context means something else from now on
  const auto known = std::find_if(all_.begin(), end, [&](const Interface& one) {
    return one.context == context && one.bound_by != transaction;
  });
  if (known != end) return *known;
  if (count_ < kMax) return all_[count_++];
  std::move(all_.begin() + 1, all_.end(), all_.begin());
  return all_.back();
}

bool Interfaces::bind(const Pdu& pdu, std::uint64_t transaction) noexcept {
  const auto body = pdu.body;
  const std::size_t contexts = u8_at(body, kFragmentSizes);
  std::size_t at = kFragmentSizes + 4;
  for (std::size_t i = 0; i < contexts; ++i) {
    constexpr std::size_t kFixed = 4 + kUuidBytes + 4;
    if (slice(body, at).size() < kFixed) return false;
    const auto integer = [&](std::size_t offset) {
      return static_cast<std::uint16_t>(integer_at(body, at + offset, 2, pdu.little));
    };
    Interface one;
    one.context = integer(0);
    read_uuid(body.subspan(at + 4, kUuidBytes), pdu.little, one.uuid.data());
    one.major = integer(4 + kUuidBytes);
    one.minor = integer(6 + kUuidBytes);
    one.bound_by = transaction;
    place_for(one.context, transaction) = one;
    at += kFixed + u8_at(body, at + 2) * kTransferSyntax;
  }
  return true;
}

bool Interfaces::answer(const Pdu& pdu, std::uint64_t transaction) noexcept {
  const auto body = pdu.body;
  const auto address_bytes =
      static_cast<std::size_t>(integer_at(body, kFragmentSizes, 2, pdu.little));
  std::size_t at = (kFragmentSizes + 2 + address_bytes + 3) & ~std::size_t{3};
  const std::size_t results = u8_at(body, at);
  at += 4;
  auto* one = all_.data();
  const auto* const end = one + count_;
  for (std::size_t i = 0; i < results; ++i, at += 4 + kTransferSyntax) {
    if (slice(body, at).size() < 4) return false;
    one = std::find_if(one, all_.data() + count_,
                       [&](const Interface& each) { return each.bound_by == transaction; });
    if (one == end) return false;
    one->result = static_cast<std::uint16_t>(integer_at(body, at, 2, pdu.little));
    one->answered = true;
    ++one;
  }
  return true;
}

const Interface* Interfaces::accepted(std::uint16_t context) const noexcept {
  for (std::size_t i = count_; i-- > 0;)
    if (all_[i].context == context && all_[i].accepted()) return &all_[i];
  return nullptr;
}

Bytes interface_field(const std::uint8_t* uuid, std::uint16_t major, std::uint16_t minor,
                      std::span<std::uint8_t> room) noexcept {
  auto* out = std::copy_n(uuid, kUuidBytes, room.data());
  for (const auto version : {major, minor}) {
    *out++ = static_cast<std::uint8_t>(version >> 8);
    *out++ = static_cast<std::uint8_t>(version);
  }
  return room.first(kInterfaceFieldBytes);
}

}  // namespace sekisho::engines::dcerpc
