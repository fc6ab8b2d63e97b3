#include "enip/enip_message.h"

#include <algorithm>

#include "little_endian.h"

namespace sekisho::engines::enip {
namespace {

constexpr std::uint16_t kMaxItems = 16;  // of a message; more are not looked at
constexpr std::uint16_t kIdentityItem = 0x0c, kServicesItem = 0x0100;
constexpr std::uint16_t kConnectedItem = 0xb1, kUnconnectedItem = 0xb2;

struct Item {
  std::uint16_t type = 0;
  Bytes data;
};

/// Common packet format (§2-6): a number of items, each with type and length.
class Items {
 public:
  explicit Items(Bytes bytes) noexcept
      : left_(std::min(le16_at(bytes, 0), kMaxItems)), rest_(slice(bytes, 2)) {}
  bool next(Item& item) noexcept {
    constexpr std::size_t kItemHead = 4;
    if (left_ == 0 || rest_.size() < kItemHead) return false;
    --left_;
    const std::size_t length = le16_at(rest_, 2);
    item = {le16_at(rest_, 0), slice(rest_, kItemHead, length)};
    short_ = item.data.size() < length;
    rest_ = slice(rest_, kItemHead + length);
    return true;
  }
  bool is_cut() const noexcept { return short_ || left_ > 0; }

 private:
  std::uint16_t left_;
  Bytes rest_;
  bool short_ = false;
};

std::optional<ListedService> read_listed_service(Bytes data) noexcept {
  constexpr std::size_t kName = 4;
  if (data.size() < kName) return std::nullopt;
  auto name = slice(data, kName);
  name =
      name.first(static_cast<std::size_t>(std::find(name.begin(), name.end(), 0) - name.begin()));
  return ListedService{le16_at(data, 0), le16_at(data, 2), name};
}

std::optional<Identity> read_identity(Bytes data) noexcept {
  // behind the version a socket address of 16 bytes
  constexpr std::size_t kVendor = 18, kDevice = 20, kProduct = 22, kRevision = 24, kStatus = 26;
  constexpr std::size_t kSerial = 28, kNameLength = 32, kName = 33;
  if (data.size() < kName) return std::nullopt;
  Identity identity;
  identity.protocol_version = le16_at(data, 0);
  identity.vendor = le16_at(data, kVendor);
  identity.device_type = le16_at(data, kDevice);
  identity.product_code = le16_at(data, kProduct);
  identity.major = data[kRevision];
  identity.minor = data[kRevision + 1];
  identity.status = le16_at(data, kStatus);
  identity.serial = le32_at(data, kSerial);
  identity.product_name = slice(data, kName, data[kNameLength]);
  identity.state = u8_at(data, kName + data[kNameLength]);
  return identity;
}

void read_data(Bytes payload, Message& message) noexcept {
  constexpr std::size_t kItems = 6;  // behind interface handle and timeout
  Items items(slice(payload, kItems));
  Item item;
  while (items.next(item)) {
    const bool connected = item.type == kConnectedItem;
    if ((!connected && item.type != kUnconnectedItem) || message.cip) continue;
    if (connected && item.data.size() >= 2) message.sequence = le16_at(item.data, 0);
    cip::Service service;
    if (cip::read_service(slice(item.data, connected ? 2 : 0), service))
      message.cip = service;
    else
      message.malformed |= !item.data.empty();
  }
  message.malformed |= items.is_cut();
}

void read_list(Bytes payload, Message& message) noexcept {
  Items items(payload);
  Item item;
  while (items.next(item)) {
    if (item.type == kIdentityItem && !message.identity)
      message.identity = read_identity(item.data);
    if (item.type == kServicesItem && !message.service)
      message.service = read_listed_service(item.data);
  }
  message.malformed |= items.is_cut();
}

}  // namespace

Header read_header(Bytes bytes) noexcept {
  constexpr std::size_t kLength = 2, kSession = 4, kStatus = 8, kContext = 12, kOptions = 20;
  return {le16_at(bytes, 0),       le16_at(bytes, kLength),  le32_at(bytes, kSession),
          le32_at(bytes, kStatus), le64_at(bytes, kContext), le32_at(bytes, kOptions)};
}

std::string_view command_name(std::uint16_t command) noexcept {
  switch (command) {
    case kNop:
      return "nop";
    case kListServices:
      return "list_services";
    case kListIdentity:
      return "list_identity";
    case kListInterfaces:
      return "list_interfaces";
    case kRegisterSession:
      return "register_session";
    case kUnregisterSession:
      return "unregister_session";
    case kSendRRData:
      return "send_rr_data";
    case kSendUnitData:
      return "send_unit_data";
    case kIndicateStatus:
      return "indicate_status";
    case kCancel:
      return "cancel";
    default:
      return "";
  }
}
bool is_command(std::uint16_t command) noexcept { return !command_name(command).empty(); }

std::string_view status_name(std::uint32_t status) noexcept {
  switch (status) {
    case 0:
      return "success";
    case 1:
      return "invalid_cmd";
    case 2:
      return "no_resources";
    case 3:
      return "incorrect_data";
    case 0x64:
      return "invalid_session";
    case 0x65:
      return "invalid_length";
    case 0x69:
      return "unsupported_prot_rev";
    case 0x6a:
      return "encap_header_error";
    default:
      return "";
  }
}
bool is_status(std::uint32_t status) noexcept { return !status_name(status).empty(); }

Message read_message(Bytes bytes) noexcept {
  Message message;
  message.header = read_header(bytes);
  const auto payload = slice(bytes, kHeadBytes, message.header.length);
  switch (message.header.command) {
    case kRegisterSession:
      if (payload.size() >= 4)
        message.register_session = RegisterSession{le16_at(payload, 0), le16_at(payload, 2)};
      else
        message.malformed = message.header.status == 0;
      break;
    case kListServices:
    case kListIdentity:
      if (!payload.empty()) read_list(payload, message);
      break;
    case kSendRRData:
    case kSendUnitData:
      if (!payload.empty()) read_data(payload, message);
      break;
    default:
      break;
  }
  return message;
}

}  // namespace sekisho::engines::enip
