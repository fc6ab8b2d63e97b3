#include "dns/dns_types.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "engines/protocols/dns_records.h"

namespace sekisho::engines {
namespace {

struct CodeName {
  std::uint16_t code;
  std::string_view name;
};

constexpr std::array kTypes{
    CodeName{1, "A"},      CodeName{2, "NS"},       CodeName{3, "MD"},
    CodeName{4, "MF"},     CodeName{5, "CNAME"},    CodeName{6, "SOA"},
    CodeName{7, "MB"},     CodeName{8, "MG"},       CodeName{9, "MR"},
    CodeName{10, "NULL"},  CodeName{11, "WKS"},     CodeName{12, "PTR"},
    CodeName{13, "HINFO"}, CodeName{14, "MINFO"},   CodeName{15, "MX"},
    CodeName{16, "TXT"},   CodeName{17, "RP"},      CodeName{18, "AFSDB"},
    CodeName{19, "X25"},   CodeName{20, "ISDN"},    CodeName{21, "RT"},
    CodeName{22, "NSAP"},  CodeName{23, "NSAPPTR"}, CodeName{24, "SIG"},
    CodeName{25, "KEY"},   CodeName{26, "PX"},      CodeName{27, "GPOS"},
    CodeName{28, "AAAA"},  CodeName{29, "LOC"},     CodeName{30, "NXT"},
    CodeName{31, "EID"},   CodeName{32, "NIMLOC"},  CodeName{33, "SRV"},
    CodeName{34, "ATMA"},  CodeName{35, "NAPTR"},   CodeName{36, "KX"},
    CodeName{37, "CERT"},  CodeName{38, "A6"},      CodeName{39, "DNAME"},
    CodeName{40, "SINK"},  CodeName{41, "OPT"},     CodeName{42, "APL"},
    CodeName{43, "DS"},    CodeName{44, "SSHFP"},   CodeName{45, "IPSECKEY"},
    CodeName{46, "RRSIG"}, CodeName{47, "NSEC"},    CodeName{48, "DNSKEY"},
    CodeName{49, "DHCID"}, CodeName{50, "NSEC3"},   CodeName{51, "NSEC3PARAM"},
    CodeName{52, "TLSA"},  CodeName{53, "SMIMEA"},  CodeName{55, "HIP"},
    CodeName{56, "NINFO"}, CodeName{57, "RKEY"},    CodeName{58, "TALINK"},
    CodeName{59, "CDS"},   CodeName{60, "CDNSKEY"}, CodeName{61, "OPENPGPKEY"},
    CodeName{62, "CSYNC"}, CodeName{63, "ZONEMD"},  CodeName{64, "SVCB"},
    CodeName{65, "HTTPS"}, CodeName{99, "SPF"},     CodeName{100, "UINFO"},
    CodeName{101, "UID"},  CodeName{102, "GID"},    CodeName{103, "UNSPEC"},
    CodeName{104, "NID"},  CodeName{105, "L32"},    CodeName{106, "L64"},
    CodeName{107, "LP"},   CodeName{108, "EUI48"},  CodeName{109, "EUI64"},
    CodeName{249, "TKEY"}, CodeName{250, "TSIG"},   CodeName{251, "IXFR"},
    CodeName{252, "AXFR"}, CodeName{253, "MAILB"},  CodeName{254, "MAILA"},
    CodeName{255, "ANY"},  CodeName{256, "URI"},    CodeName{257, "CAA"},
    CodeName{258, "AVC"},  CodeName{259, "DOA"},    CodeName{260, "AMTRELAY"},
    CodeName{32768, "TA"}, CodeName{32769, "DLV"},
};

constexpr std::array kRcodes{
    CodeName{0, "NOERROR"},  CodeName{1, "FORMERR"},  CodeName{2, "SERVFAIL"},
    CodeName{3, "NXDOMAIN"}, CodeName{4, "NOTIMP"},   CodeName{5, "REFUSED"},
    CodeName{6, "YXDOMAIN"}, CodeName{7, "YXRRSET"},  CodeName{8, "NXRRSET"},
    CodeName{9, "NOTAUTH"},  CodeName{10, "NOTZONE"}, CodeName{11, "DSOTYPENI"},
};

std::string_view name_in(std::span<const CodeName> names, std::uint16_t code,
                         DnsCodeText& room) noexcept {
  const auto found =
      std::lower_bound(names.begin(), names.end(), code,
                       [](const CodeName& a, std::uint16_t b) { return a.code < b; });
  if (found != names.end() && found->code == code) return found->name;
  const auto end = std::to_chars(room.data(), room.data() + room.size(), code).ptr;
  return {room.data(), end};
}

}  // namespace

std::string_view dns_type_name(std::uint16_t type, DnsCodeText& room) noexcept {
  return name_in(kTypes, type, room);
}

std::optional<std::uint16_t> dns_type_called(std::string_view name) noexcept {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  for (const auto& type : kTypes)
    if (std::equal(type.name.begin(), type.name.end(), name.begin(), name.end(),
                   [&](char a, char b) { return a == upper(b); }))
      return type.code;
  return std::nullopt;
}

std::string_view dns_rcode_name(std::uint16_t rcode, DnsCodeText& room) noexcept {
  return name_in(kRcodes, rcode, room);
}

}  // namespace sekisho::engines
