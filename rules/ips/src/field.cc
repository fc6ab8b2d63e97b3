#include "rules/ips/field.h"

#include <iterator>

namespace sekisho::rules {
namespace {

constexpr auto kHttp = bit_of(Protocol::http1) | bit_of(Protocol::http2) | bit_of(Protocol::doh2);
constexpr auto kHttp2 = bit_of(Protocol::http2) | bit_of(Protocol::doh2);
constexpr auto kDns = bit_of(Protocol::dns) | bit_of(Protocol::doh2) | bit_of(Protocol::mdns) |
                      bit_of(Protocol::llmnr);
constexpr auto kDcerpc = bit_of(Protocol::dcerpc) | bit_of(Protocol::smb);
constexpr auto kTlsOrQuic = bit_of(Protocol::tls) | bit_of(Protocol::quic);

constexpr FieldInfo kFields[]{
#define SEKISHO_FIELD(id, name, kind, direction, stage, protocols) \
  FieldInfo{name, FieldKind::kind, FieldDirection::direction, stage, protocols},
#include "rules/ips/field_list.inc"
#undef SEKISHO_FIELD
};

}  // namespace

const FieldInfo& info_of(Field field) noexcept { return kFields[static_cast<std::size_t>(field)]; }

std::size_t num_fields() noexcept { return std::size(kFields); }

}  // namespace sekisho::rules
