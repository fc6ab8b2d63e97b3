#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/applications/functions.h"

namespace sekisho::rules {

/// Something that an application is used for, with what shows it: a signature that fits.
struct ApplicationFunction {
  FunctionId function;
  std::span<const FunctionSignature> signatures;
};

/// How a payload begins that shows an application. Enough of it is fixed that chance does not make
/// it: the generator sees to that.
struct ApplicationPayload {
  enum class From : std::uint8_t { either, client, server };

  std::uint8_t protocol;  // TCP or UDP
  From from;
  std::uint16_t port;            // at either end of the flow; 0: any
  std::uint16_t least, most;     // bytes of the payload
  std::string_view value, mask;  // of its first bytes, equally many; those of mask 0 may be any
};

/// Addresses that its operator publishes as its own and uses for nothing else: where what is said
/// tells no more than a protocol, they tell the application.
struct ApplicationNetwork {
  std::string_view first, last;  // 16 bytes each, as IpAddress has them
  std::uint16_t port;            // the operator's end's; 0: any
};

/// What the subject of a certificate holds that only the application's own servers have.
struct ApplicationCertificate {
  std::string_view subject;  // a part of "C=.., O=.., CN=.."
  std::uint16_t port;        // of the server; 0: any
};

/// What stands in a payload: a regular expression of bytes, checked when the product is built.
struct PayloadPattern {
  std::string_view expression;
  bool nocase;
  std::uint16_t within;  // it ends within so many first bytes of the payload; 0: anywhere
};

/// Patterns that show an application where all of one end's are in one payload of it: of both ends
/// where both have some, in any order. `either` stands alone.
struct ApplicationPatterns {
  // Of the whole catalogue: the generator sees to that.
  static constexpr std::size_t kMaxParts = 512, kMaxOfBothEnds = 127;

  std::uint8_t protocol;  // TCP or UDP
  std::uint16_t port;     // at either end of the flow; 0: any
  std::span<const PayloadPattern> client, server, either;
};

/// One application that content rules can name. Ids are stable for ever; 0 is none. Where Suricata
/// has a name for the protocol, `name` is it, so that EVE's app_proto reads the same.
struct Application {
  std::uint16_t id;
  std::string_view name;   // what policies write: "dhcp"
  std::string_view title;  // "DHCP"
  std::string_view title_ja;
  std::string_view category;  // name of one of categories(): "network_protocols_extensions" (R063)
  /// Where the application can be at all: a flow of this IP protocol with this port at either of
  /// its two ends (a DHCP server's 67 is at one end of every DHCP flow, whoever began it; the
  /// client's 68 need not be). 0: any. Recognition is by content and never sets an application on a
  /// flow elsewhere, so a rule that names it need not wait on one. A port only with a protocol.
  std::uint8_t protocol;
  std::uint16_t port;
  std::uint16_t parent;  // id of what it is part of; 0: of none
  std::uint8_t risk;     // 1 harmless ... 5 seldom has a place in an office
  bool japanese;         // made for Japan (R002)
  std::span<const std::string_view> tags;
  std::span<const std::string_view> hosts;  // names that are its own, and all below them
  std::span<const ApplicationFunction> functions;
  std::span<const ApplicationPayload> payloads;
  std::span<const std::string_view> content_types;  // of HTTP bodies that only it has
  std::span<const std::string_view> agents;         // how its own HTTP clients' User-Agent begins
  std::span<const ApplicationNetwork> networks;
  std::span<const ApplicationCertificate> certificates;
  std::span<const ApplicationPatterns> patterns;  // where nothing else told
  /// Fingerprints of TLS clients (JA4), or their first parts, that only its own programs have.
  std::span<const std::string_view> ja4;

  bool can_be(std::uint8_t flow_protocol, std::uint16_t port_a,
              std::uint16_t port_b) const noexcept {
    return (protocol == 0 || protocol == flow_protocol) &&
           (port == 0 || port == port_a || port == port_b);
  }
};

struct ApplicationCategory {
  std::string_view name;  // "streaming"
  std::string_view title;
  std::string_view title_ja;
};

/// In ascending order of id. Made at build time from the YAML files in `catalogue`.
std::span<const Application> applications() noexcept;
const Application* find_application(std::string_view name) noexcept;  // null: none of that name
const Application* application(std::uint16_t id) noexcept;            // null: none of that id

/// In ascending order of name.
std::span<const ApplicationCategory> application_categories() noexcept;

const ApplicationCategory* find_application_category(
    std::string_view name) noexcept;  // null: none of that name

/// The function that `request` is of, which was sent to a host of `application`: the first of the
/// catalogue's that fits; 0: none.
FunctionId function_of(const Application& application, const SeenRequest& request) noexcept;

FunctionSet functions_of(const Application& application) noexcept;

/// What a rule's text chooses: an application with all that is part of it ("google"), or what
/// stands in a category ("category:streaming"), without what is part of that elsewhere; of either
/// one function alone where the text ends in its name ("google/upload").
class ApplicationSelector {
 public:
  /// Nothing: neither is called so, or nothing of it has that function.
  static std::optional<ApplicationSelector> find(std::string_view text) noexcept;
  /// Why find() finds nothing, and what there is: "application 'x' has no function 'y'; ...".
  static std::string why_none(std::string_view text);

  /// Whatever the application is used for.
  bool selects(const Application& application) const noexcept {
    return function_ == 0 && concerns(application);
  }
  /// The only functions of the application that are selected; 0: none, or all of it is.
  FunctionSet selected_functions(const Application& application) const noexcept;

 private:
  ApplicationSelector(std::uint16_t id, std::string_view category) noexcept
      : id_(id), category_(category) {}
  static std::optional<ApplicationSelector> find_whole(std::string_view text) noexcept;
  bool concerns(const Application& application) const noexcept;
  FunctionSet all_functions() const noexcept;

  std::uint16_t id_;           // 0: a category
  std::string_view category_;  // of the catalogue
  FunctionId function_ = 0;    // 0: all of it
};

/// Whether the administrator's own applications may be spoken in it: it is told by no host, as
/// protocols are.
bool can_carry(const Application& application) noexcept;

/// Names of what `id` is part of, the nearest first.
std::vector<std::string> wholes_of(std::uint16_t id);

/// Whether `id` is `ancestor` or a part of it, at any depth.
bool is_part_of(std::uint16_t id, std::uint16_t ancestor) noexcept;

/// The ids as the recogniser writes them.
namespace application_id {
enum : std::uint16_t {
  kNone = 0,
  kDhcp = 1,
  kDhcpv6 = 2,
  kDns = 3,
  kNtp = 4,
  kIcmp = 5,
  kIcmpv6 = 6,
  kIgmp = 7,
  kMdns = 8,
  kLlmnr = 9,
  kSsdp = 10,
  kNetbios = 11,
  kSnmp = 12,
  kSyslog = 13,
  kTftp = 14,
  kRadius = 15,
  kGre = 16,
  kEsp = 17,
  kAh = 18,
  kOspf = 19,
  kVrrp = 20,
  kPim = 21,
  kStun = 22,
  kLdap = 23,
  kKrb5 = 24,
  kBgp = 25,
  kEigrp = 26,
  kPgm = 27,
  kSctp = 28,
  kHttp = 40,
  kHttp2 = 41,
  kTls = 42,
  kQuic = 43,
  kDtls = 44,
  kSmtp = 60,
  kPop3 = 61,
  kImap = 62,
  kFtp = 80,
  kSmb = 81,
  kSsh = 82,
  kRdp = 100,
  kTelnet = 101,
  kRfb = 102,
  kSip = 120,
  kRtsp = 121,
  kRtp = 122,
  kBittorrent = 140,
  kBittorrentDht = 141,
  kMqtt = 160,
  kIke = 180,
  kOpenvpn = 181,
  kWireguard = 182,
  kSocks = 183,
  kMysql = 200,
  kPgsql = 201,
  kRedis = 202,
  kSlp = 301,
  kDnscrypt = 330,
  kAvastSecuredns = 5255,
  kKcp = 346,
  kRsh = 603,
  kModbus = 560,
  kUmas = 561,
  kMms = 563,
  kSbus = 564,
  kProfinetIo = 549,
  kEthereum = 149,
  kBfcp = 648,
  kGnutella = 650,
  kRtcp = 642,
  kMpegTs = 644,
  kTinc = 721,
  kTor = 5224,
  kWebdav = 747,
  kWhatsapp = 1902,
  kWeave = 2874,
  kWhois = 351,
  kNntp = 353,
  kJsonRpc = 745,
  kWsd = 302,
  kDcerpc = 355,
  kZ3950 = 352,
  kBittorrentEncrypted = 151,
  kFullyEncrypted = 184,
  kOpenvpnScrambled = 185,
  kWireguardObfuscated = 186,
};
}  // namespace application_id

}  // namespace sekisho::rules
