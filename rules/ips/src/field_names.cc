#include "field_names.h"

// Every value is the protocol's own on the wire unless field_list.inc says something else.
namespace sekisho::rules {
namespace {

// RFC 1035 §3.2.2 and IANA's registry.
constexpr NamedNumber kDnsTypes[] = {
    {"A", 1},      {"NS", 2},          {"CNAME", 5},       {"SOA", 6},     {"NULL", 10},
    {"WKS", 11},   {"PTR", 12},        {"HINFO", 13},      {"MINFO", 14},  {"MX", 15},
    {"TXT", 16},   {"RP", 17},         {"AFSDB", 18},      {"SIG", 24},    {"KEY", 25},
    {"AAAA", 28},  {"LOC", 29},        {"SRV", 33},        {"NAPTR", 35},  {"KX", 36},
    {"CERT", 37},  {"DNAME", 39},      {"OPT", 41},        {"APL", 42},    {"DS", 43},
    {"SSHFP", 44}, {"RRSIG", 46},      {"NSEC", 47},       {"DNSKEY", 48}, {"DHCID", 49},
    {"NSEC3", 50}, {"NSEC3PARAM", 51}, {"TLSA", 52},       {"SMIMEA", 53}, {"HIP", 55},
    {"CDS", 59},   {"CDNSKEY", 60},    {"OPENPGPKEY", 61}, {"CSYNC", 62},  {"ZONEMD", 63},
    {"SVCB", 64},  {"HTTPS", 65},      {"SPF", 99},        {"TKEY", 249},  {"TSIG", 250},
    {"IXFR", 251}, {"AXFR", 252},      {"ANY", 255},       {"URI", 256},   {"CAA", 257}};
constexpr NamedNumber kDnsCodes[] = {
    {"NOERROR", 0},  {"FORMERR", 1},  {"SERVFAIL", 2}, {"NXDOMAIN", 3}, {"NOTIMP", 4},
    {"REFUSED", 5},  {"YXDOMAIN", 6}, {"YXRRSET", 7},  {"NXRRSET", 8},  {"NOTAUTH", 9},
    {"NOTZONE", 10}, {"BADVERS", 16}, {"BADKEY", 17},  {"BADTIME", 18}, {"BADMODE", 19},
    {"BADNAME", 20}, {"BADALG", 21},  {"BADTRUNC", 22}};

// RFC 9113 §6, §7, §6.5.2.
constexpr NamedNumber kHttp2Frames[] = {
    {"DATA", 0},        {"HEADERS", 1}, {"PRIORITY", 2}, {"RSTSTREAM", 3},    {"SETTINGS", 4},
    {"PUSHPROMISE", 5}, {"PING", 6},    {"GOAWAY", 7},   {"WINDOWUPDATE", 8}, {"CONTINUATION", 9}};
constexpr NamedNumber kHttp2Errors[] = {{"NO_ERROR", 0},
                                        {"PROTOCOL_ERROR", 1},
                                        {"INTERNAL_ERROR", 2},
                                        {"FLOW_CONTROL_ERROR", 3},
                                        {"SETTINGS_TIMEOUT", 4},
                                        {"STREAM_CLOSED", 5},
                                        {"FRAME_SIZE_ERROR", 6},
                                        {"REFUSED_STREAM", 7},
                                        {"CANCEL", 8},
                                        {"COMPRESSION_ERROR", 9},
                                        {"CONNECT_ERROR", 10},
                                        {"ENHANCE_YOUR_CALM", 11},
                                        {"INADEQUATE_SECURITY", 12},
                                        {"HTTP_1_1_REQUIRED", 13}};
constexpr NamedNumber kHttp2Settings[] = {
    {"SETTINGS_HEADER_TABLE_SIZE", 1},      {"SETTINGS_ENABLE_PUSH", 2},
    {"SETTINGS_MAX_CONCURRENT_STREAMS", 3}, {"SETTINGS_INITIAL_WINDOW_SIZE", 4},
    {"SETTINGS_MAX_FRAME_SIZE", 5},         {"SETTINGS_MAX_HEADER_LIST_SIZE", 6}};

// RFC 8446 §4.1.2 and those before; SSL 2 by its own version number.
constexpr NamedNumber kTlsVersions[] = {{"sslv2", 0x0002},  {"sslv3", 0x0300},  {"tls1.0", 0x0301},
                                        {"tls1.1", 0x0302}, {"tls1.2", 0x0303}, {"tls1.3", 0x0304},
                                        {"1.0", 0x0301},    {"1.1", 0x0302},    {"1.2", 0x0303},
                                        {"1.3", 0x0304}};
constexpr NamedNumber kTlsStates[] = {{"client_hello", 1},
                                      {"server_hello", 2},
                                      {"client_keyx", 4},
                                      {"server_keyx", 8},
                                      {"unknown", 16}};

// OASIS MQTT 5.0 §2.1.2, §2.1.3, §3.1.2.3.
constexpr NamedNumber kMqttTypes[] = {
    {"UNASSIGNED", 0}, {"CONNECT", 1},   {"CONNACK", 2},      {"PUBLISH", 3},
    {"PUBACK", 4},     {"PUBREC", 5},    {"PUBREL", 6},       {"PUBCOMP", 7},
    {"SUBSCRIBE", 8},  {"SUBACK", 9},    {"UNSUBSCRIBE", 10}, {"UNSUBACK", 11},
    {"PINGREQ", 12},   {"PINGRESP", 13}, {"DISCONNECT", 14},  {"AUTH", 15}};
constexpr NamedNumber kMqttFlags[] = {{"retain", 0x01}, {"dup", 0x08}};
constexpr NamedNumber kMqttConnectFlags[] = {{"clean_session", 0x02},
                                             {"will", 0x04},
                                             {"will_retain", 0x20},
                                             {"password", 0x40},
                                             {"username", 0x80}};
constexpr NamedNumber kYesNo[] = {{"no", 0}, {"yes", 1}, {"false", 0}, {"true", 1}};

// Tags of protocolOp, RFC 4511 §4.1.1; result codes of appendix A.
constexpr NamedNumber kLdapOperations[] = {
    {"bind_request", 0},      {"bind_response", 1},       {"unbind_request", 2},
    {"search_request", 3},    {"search_result_entry", 4}, {"search_result_done", 5},
    {"modify_request", 6},    {"modify_response", 7},     {"add_request", 8},
    {"add_response", 9},      {"del_request", 10},        {"del_response", 11},
    {"mod_dn_request", 12},   {"mod_dn_response", 13},    {"compare_request", 14},
    {"compare_response", 15}, {"abandon_request", 16},    {"search_result_reference", 19},
    {"extended_request", 23}, {"extended_response", 24},  {"intermediate_response", 25}};
constexpr NamedNumber kLdapResults[] = {{"success", 0},
                                        {"operations_error", 1},
                                        {"protocol_error", 2},
                                        {"time_limit_exceeded", 3},
                                        {"size_limit_exceeded", 4},
                                        {"compare_false", 5},
                                        {"compare_true", 6},
                                        {"auth_method_not_supported", 7},
                                        {"stronger_auth_required", 8},
                                        {"referral", 10},
                                        {"admin_limit_exceeded", 11},
                                        {"unavailable_critical_extension", 12},
                                        {"confidentiality_required", 13},
                                        {"sasl_bind_in_progress", 14},
                                        {"no_such_attribute", 16},
                                        {"undefined_attribute_type", 17},
                                        {"inappropriate_matching", 18},
                                        {"constraint_violation", 19},
                                        {"attribute_or_value_exists", 20},
                                        {"invalid_attribute_syntax", 21},
                                        {"no_such_object", 32},
                                        {"alias_problem", 33},
                                        {"invalid_dns_syntax", 34},
                                        {"invalid_dn_syntax", 34},
                                        {"is_leaf", 35},
                                        {"alias_dereferencing_problem", 36},
                                        {"inappropriate_authentication", 48},
                                        {"invalid_credentials", 49},
                                        {"insufficient_access_rights", 50},
                                        {"busy", 51},
                                        {"unavailable", 52},
                                        {"unwilling_to_perform", 53},
                                        {"loop_detect", 54},
                                        {"naming_violation", 64},
                                        {"object_class_violation", 65},
                                        {"not_allowed_on_non_leaf", 66},
                                        {"not_allowed_on_rdn", 67},
                                        {"entry_already_exists", 68},
                                        {"object_class_mods_prohibited", 69},
                                        {"affects_multiple_dsas", 71},
                                        {"other", 80}};

// RFC 3416 §3 and RFC 1157 §4.1.6: the PDU's context tag; generic traps.
constexpr NamedNumber kSnmpPdus[] = {{"get_request", 0},      {"get_next_request", 1},
                                     {"response", 2},         {"get_response", 2},
                                     {"set_request", 3},      {"trap_v1", 4},
                                     {"get_bulk_request", 5}, {"inform_request", 6},
                                     {"trap_v2", 7},          {"report", 8}};
constexpr NamedNumber kSnmpTraps[] = {{"cold_start", 0},
                                      {"coldstart", 0},
                                      {"warm_start", 1},
                                      {"warmstart", 1},
                                      {"link_down", 2},
                                      {"linkdown", 2},
                                      {"link_up", 3},
                                      {"linkup", 3},
                                      {"authentication_failure", 4},
                                      {"authenticationfailure", 4},
                                      {"egp_neighbor_loss", 5},
                                      {"egpneighborloss", 5},
                                      {"enterprise_specific", 6},
                                      {"enterprisespecific", 6}};

// RFC 4120 §7.5.7, §7.5.9; RFC 3961 §8 and IANA for encryption.
constexpr NamedNumber kKerberosMessages[] = {
    {"AS_REQ", 10},   {"AS_REP", 11},   {"TGS_REQ", 12},  {"TGS_REP", 13},  {"AP_REQ", 14},
    {"AP_REP", 15},   {"SAFE", 20},     {"PRIV", 21},     {"CRED", 22},     {"ERROR", 30},
    {"KRB_SAFE", 20}, {"KRB_PRIV", 21}, {"KRB_CRED", 22}, {"KRB_ERROR", 30}};
constexpr NamedNumber kKerberosErrors[] = {{"KDC_ERR_NONE", 0},
                                           {"KDC_ERR_NAME_EXP", 1},
                                           {"KDC_ERR_SERVICE_EXP", 2},
                                           {"KDC_ERR_BAD_PVNO", 3},
                                           {"KDC_ERR_C_OLD_MAST_KVNO", 4},
                                           {"KDC_ERR_S_OLD_MAST_KVNO", 5},
                                           {"KDC_ERR_C_PRINCIPAL_UNKNOWN", 6},
                                           {"KDC_ERR_S_PRINCIPAL_UNKNOWN", 7},
                                           {"KDC_ERR_PRINCIPAL_NOT_UNIQUE", 8},
                                           {"KDC_ERR_NULL_KEY", 9},
                                           {"KDC_ERR_CANNOT_POSTDATE", 10},
                                           {"KDC_ERR_NEVER_VALID", 11},
                                           {"KDC_ERR_POLICY", 12},
                                           {"KDC_ERR_BADOPTION", 13},
                                           {"KDC_ERR_ETYPE_NOSUPP", 14},
                                           {"KDC_ERR_SUMTYPE_NOSUPP", 15},
                                           {"KDC_ERR_PADATA_TYPE_NOSUPP", 16},
                                           {"KDC_ERR_TRTYPE_NOSUPP", 17},
                                           {"KDC_ERR_CLIENT_REVOKED", 18},
                                           {"KDC_ERR_SERVICE_REVOKED", 19},
                                           {"KDC_ERR_TGT_REVOKED", 20},
                                           {"KDC_ERR_CLIENT_NOTYET", 21},
                                           {"KDC_ERR_SERVICE_NOTYET", 22},
                                           {"KDC_ERR_KEY_EXPIRED", 23},
                                           {"KDC_ERR_PREAUTH_FAILED", 24},
                                           {"KDC_ERR_PREAUTH_REQUIRED", 25},
                                           {"KRB_AP_ERR_BAD_INTEGRITY", 31},
                                           {"KRB_AP_ERR_TKT_EXPIRED", 32},
                                           {"KRB_AP_ERR_TKT_NYV", 33},
                                           {"KRB_AP_ERR_REPEAT", 34},
                                           {"KRB_AP_ERR_NOT_US", 35},
                                           {"KRB_AP_ERR_BADMATCH", 36},
                                           {"KRB_AP_ERR_SKEW", 37},
                                           {"KRB_AP_ERR_BADADDR", 38},
                                           {"KRB_AP_ERR_BADVERSION", 39},
                                           {"KRB_AP_ERR_MSG_TYPE", 40},
                                           {"KRB_AP_ERR_MODIFIED", 41},
                                           {"KRB_ERR_RESPONSE_TOO_BIG", 52},
                                           {"KRB_ERR_GENERIC", 60},
                                           {"KDC_ERR_WRONG_REALM", 68}};
constexpr NamedNumber kKerberosEncryption[] = {{"des-cbc-crc", 1},
                                               {"des-cbc-md4", 2},
                                               {"des-cbc-md5", 3},
                                               {"des3-cbc-md5", 5},
                                               {"des3-cbc-sha1", 7},
                                               {"dsawithsha1-cmsoid", 9},
                                               {"md5withrsaencryption-cmsoid", 10},
                                               {"sha1withrsaencryption-cmsoid", 11},
                                               {"rc2cbc-envoid", 12},
                                               {"rsaencryption-envoid", 13},
                                               {"rsaes-oaep-env-oid", 14},
                                               {"des-ede3-cbc-env-oid", 15},
                                               {"des3-cbc-sha1-kd", 16},
                                               {"aes128-cts-hmac-sha1-96", 17},
                                               {"aes256-cts-hmac-sha1-96", 18},
                                               {"aes128-cts-hmac-sha256-128", 19},
                                               {"aes256-cts-hmac-sha384-192", 20},
                                               {"rc4-hmac", 23},
                                               {"rc4-hmac-exp", 24},
                                               {"camellia128-cts-cmac", 25},
                                               {"camellia256-cts-cmac", 26},
                                               {"subkey-keymaterial", 65}};

// RFC 6143 §7.1.3.
constexpr NamedNumber kRfbResults[] = {{"ok", 0}, {"fail", 1}, {"toomany", 2}};

// RFC 6455 §5.2.
constexpr NamedNumber kWebsocketOpcodes[] = {{"continuation", 0}, {"text", 1}, {"binary", 2},
                                             {"close", 8},        {"ping", 9}, {"pong", 10}};
constexpr NamedNumber kWebsocketFlags[] = {{"comp", 0x40}, {"fin", 0x80}};

// IEEE 1815 application layer function codes and internal indications (first octet high).
constexpr NamedNumber kDnp3Functions[] = {{"confirm", 0},
                                          {"read", 1},
                                          {"write", 2},
                                          {"select", 3},
                                          {"operate", 4},
                                          {"direct_operate", 5},
                                          {"direct_operate_nr", 6},
                                          {"immed_freeze", 7},
                                          {"immed_freeze_nr", 8},
                                          {"freeze_clear", 9},
                                          {"freeze_clear_nr", 10},
                                          {"freeze_at_time", 11},
                                          {"freeze_at_time_nr", 12},
                                          {"cold_restart", 13},
                                          {"warm_restart", 14},
                                          {"initialize_data", 15},
                                          {"initialize_appl", 16},
                                          {"start_appl", 17},
                                          {"stop_appl", 18},
                                          {"save_config", 19},
                                          {"enable_unsolicited", 20},
                                          {"disable_unsolicited", 21},
                                          {"assign_class", 22},
                                          {"delay_measure", 23},
                                          {"record_current_time", 24},
                                          {"open_file", 25},
                                          {"close_file", 26},
                                          {"delete_file", 27},
                                          {"get_file_info", 28},
                                          {"authenticate_file", 29},
                                          {"abort_file", 30},
                                          {"activate_config", 31},
                                          {"authenticate_req", 32},
                                          {"authenticate_err", 33},
                                          {"response", 129},
                                          {"unsolicited_response", 130},
                                          {"authenticate_resp", 131}};
constexpr NamedNumber kDnp3Indications[] = {{"device_restart", 0x8000},
                                            {"device_trouble", 0x4000},
                                            {"local_control", 0x2000},
                                            {"need_time", 0x1000},
                                            {"class_3_events", 0x0800},
                                            {"class_2_events", 0x0400},
                                            {"class_1_events", 0x0200},
                                            {"all_stations", 0x0100},
                                            {"reserved_1", 0x0080},
                                            {"reserved_2", 0x0040},
                                            {"config_corrupt", 0x0020},
                                            {"already_executing", 0x0010},
                                            {"event_buffer_overflow", 0x0008},
                                            {"parameter_error", 0x0004},
                                            {"object_unknown", 0x0002},
                                            {"no_func_code_support", 0x0001}};

// ODVA CIP volume 2, encapsulation commands.
constexpr NamedNumber kEnipCommands[] = {{"nop", 0},
                                         {"list_services", 0x04},
                                         {"list_identity", 0x63},
                                         {"list_interfaces", 0x64},
                                         {"register_session", 0x65},
                                         {"unregister_session", 0x66},
                                         {"send_rr_data", 0x6f},
                                         {"send_unit_data", 0x70},
                                         {"indicate_status", 0x72},
                                         {"cancel", 0x73}};

constexpr NamedNumber kEnipStatuses[] = {{"success", 0},
                                         {"invalid_cmd", 1},
                                         {"no_resources", 2},
                                         {"incorrect_data", 3},
                                         {"invalid_session", 0x64},
                                         {"invalid_length", 0x65},
                                         {"unsupported_prot_rev", 0x69},
                                         {"encap_header_error", 0x6a}};

// Not on the wire; see field_list.inc.
constexpr NamedNumber kFtpDataCommands[] = {{"stor", 1}, {"retr", 2}};
constexpr NamedNumber kFtpModes[] = {{"passive", 0}, {"active", 1}};

// RFC 5905 figure 10.
constexpr NamedNumber kNtpModes[] = {
    {"reserved", 0}, {"symmetric_active", 1}, {"symmetric_passive", 2}, {"client", 3},
    {"server", 4},   {"broadcast", 5},        {"control", 6},           {"private", 7}};
// RFC 9260 §3.2.
constexpr NamedNumber kSctpChunks[] = {
    {"data", 0},  {"init", 1},         {"init_ack", 2},
    {"sack", 3},  {"heartbeat", 4},    {"heartbeat_ack", 5},
    {"abort", 6}, {"shutdown", 7},     {"shutdown_ack", 8},
    {"error", 9}, {"cookie_echo", 10}, {"cookie_ack", 11},
    {"ecne", 12}, {"cwr", 13},         {"shutdown_complete", 14}};

struct FieldNames {
  std::span<const NamedNumber> names;
  Field field;
  bool bits = false;
};
constexpr FieldNames kFieldNames[] = {
    {kDnsTypes, Field::dns_rrtype},
    {kDnsCodes, Field::dns_rcode},
    {kHttp2Frames, Field::http2_frametype},
    {kHttp2Errors, Field::http2_errorcode},
    {kHttp2Settings, Field::http2_settings},
    {kTlsVersions, Field::tls_version},
    {kTlsStates, Field::tls_state},
    {kMqttTypes, Field::mqtt_type},
    {kMqttFlags, Field::mqtt_flags, true},
    {kMqttConnectFlags, Field::mqtt_connect_flags, true},
    {kYesNo, Field::mqtt_connack_session_present},
    {kYesNo, Field::ftp_reply_received},
    {kLdapOperations, Field::ldap_request_operation},
    {kLdapOperations, Field::ldap_responses_operation},
    {kLdapResults, Field::ldap_responses_result_code},
    {kSnmpPdus, Field::snmp_pdu_type},
    {kSnmpTraps, Field::snmp_trap_type},
    {kKerberosMessages, Field::krb5_msg_type},
    {kKerberosErrors, Field::krb5_err_code},
    {kKerberosEncryption, Field::krb5_ticket_encryption},
    {kRfbResults, Field::rfb_secresult},
    {kWebsocketOpcodes, Field::websocket_opcode},
    {kWebsocketFlags, Field::websocket_flags, true},
    {kDnp3Functions, Field::dnp3_func},
    {kDnp3Indications, Field::dnp3_ind, true},
    {kEnipCommands, Field::enip_command},
    {kEnipStatuses, Field::enip_status},
    {kFtpDataCommands, Field::ftpdata_command},
    {kFtpModes, Field::ftp_mode},
    {kNtpModes, Field::ntp_mode},
    {kSctpChunks, Field::sctp_chunk_type},
};

const FieldNames* find(Field field) noexcept {
  for (const auto& one : kFieldNames)
    if (one.field == field) return &one;
  return nullptr;
}

}  // namespace

std::span<const NamedNumber> names_of(Field field) noexcept {
  const auto* found = find(field);
  return found == nullptr ? std::span<const NamedNumber>{} : found->names;
}

bool is_bit_field(Field field) noexcept {
  const auto* found = find(field);
  return found != nullptr && found->bits;
}

std::uint64_t highest_of(Field field) noexcept {
  return field == Field::file_size ? UINT64_MAX : UINT32_MAX;
}

}  // namespace sekisho::rules
