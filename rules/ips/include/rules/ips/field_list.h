// Every field that rules can test, one a line: enumerator, keyword, kind, direction, stage from
// which it is final, protocols (0: not bound to one). Included by field.h and field.cc only.
// NOLINTBEGIN

// packet
SEKISHO_FIELD(payload, "payload", bytes, either, 0, 0)
SEKISHO_FIELD(ether_hdr, "ether.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(ipv4_hdr, "ipv4.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(ipv6_hdr, "ipv6.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(tcp_hdr, "tcp.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(udp_hdr, "udp.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(icmpv4_hdr, "icmpv4.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(icmpv6_hdr, "icmpv6.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(igmp_hdr, "igmp.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(sctp_hdr, "sctp.hdr", bytes, either, 0, 0)
SEKISHO_FIELD(sctp_chunk_data, "sctp.chunk_data", list, either, 0, 0)
SEKISHO_FIELD(sctp_chunk_type, "sctp.chunk_type", numbers, either, 0, 0)
SEKISHO_FIELD(sctp_chunk_cnt, "sctp.chunk_cnt", number, either, 0, 0)
SEKISHO_FIELD(sctp_vtag, "sctp.vtag", number, either, 0, 0)

// any
SEKISHO_FIELD(base64_data, "base64_data", bytes, either, 0, 0)
SEKISHO_FIELD(file_data, "file.data", body, either, 1, 0)
SEKISHO_FIELD(file_name, "file.name", bytes, either, 1, 0)
SEKISHO_FIELD(file_magic, "file.magic", bytes, either, 1, 0)
SEKISHO_FIELD(file_size, "file.size", number, either, 2, 0)
SEKISHO_FIELD(file_md5, "file.md5", bytes, either, 2, 0)
SEKISHO_FIELD(file_sha1, "file.sha1", bytes, either, 2, 0)
SEKISHO_FIELD(file_sha256, "file.sha256", bytes, either, 2, 0)

// http
SEKISHO_FIELD(http_method, "http.method", bytes, to_server, 1, kHttp)
SEKISHO_FIELD(http_uri, "http.uri", bytes, to_server, 1, kHttp)
SEKISHO_FIELD(http_uri_raw, "http.uri.raw", bytes, to_server, 1, kHttp)
SEKISHO_FIELD(http_protocol, "http.protocol", bytes, either, 1, kHttp)
SEKISHO_FIELD(http_request_line, "http.request_line", bytes, to_server, 1, kHttp)
SEKISHO_FIELD(http_header, "http.header", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_header_raw, "http.header.raw", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_header_names, "http.header_names", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_request_header, "http.request_header", list, to_server, 2, kHttp)
SEKISHO_FIELD(http_response_header, "http.response_header", list, to_client, 2, kHttp)
SEKISHO_FIELD(http_host, "http.host", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_host_raw, "http.host.raw", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_user_agent, "http.user_agent", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_referer, "http.referer", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_cookie, "http.cookie", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_accept, "http.accept", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_accept_enc, "http.accept_enc", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_accept_lang, "http.accept_lang", bytes, to_server, 2, kHttp)
SEKISHO_FIELD(http_connection, "http.connection", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_content_type, "http.content_type", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_content_len, "http.content_len", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_start, "http.start", bytes, either, 2, kHttp)
SEKISHO_FIELD(http_location, "http.location", bytes, to_client, 2, kHttp)
SEKISHO_FIELD(http_server, "http.server", bytes, to_client, 2, kHttp)
SEKISHO_FIELD(http_request_body, "http.request_body", body, to_server, 2, kHttp)
SEKISHO_FIELD(http_response_line, "http.response_line", bytes, to_client, 1, kHttp)
SEKISHO_FIELD(http_stat_code, "http.stat_code", bytes, to_client, 1, kHttp)
SEKISHO_FIELD(http_stat_msg, "http.stat_msg", bytes, to_client, 1, kHttp)
SEKISHO_FIELD(http_response_body, "http.response_body", body, to_client, 2, kHttp)

// http2
SEKISHO_FIELD(http2_frametype, "http2.frametype", numbers, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_errorcode, "http2.errorcode", numbers, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_priority, "http2.priority", numbers, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_window, "http2.window", numbers, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_size_update, "http2.size_update", numbers, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_settings, "http2.settings", list, either, 1, bit_of(Protocol::http2))
SEKISHO_FIELD(http2_header_name, "http2.header_name", list, either, 2, bit_of(Protocol::http2))

// tls
SEKISHO_FIELD(tls_sni, "tls.sni", bytes, to_server, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_alpn, "tls.alpn", list, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_version, "tls.version", number, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_random, "tls.random", bytes, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_random_time, "tls.random_time", bytes, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_random_bytes, "tls.random_bytes", bytes, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_certs, "tls.certs", list, either, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_subject, "tls.cert_subject", bytes, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_issuer, "tls.cert_issuer", bytes, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_serial, "tls.cert_serial", bytes, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_fingerprint, "tls.cert_fingerprint", bytes, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_chain_len, "tls.cert_chain_len", number, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_notbefore, "tls.cert_notbefore", number, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_cert_notafter, "tls.cert_notafter", number, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_subjectaltname, "tls.subjectaltname", list, to_client, 2, bit_of(Protocol::tls))
SEKISHO_FIELD(tls_state, "tls.state", number, either, 1, bit_of(Protocol::tls))
SEKISHO_FIELD(ja3_hash, "ja3.hash", bytes, to_server, 1, kTlsOrQuic)
SEKISHO_FIELD(ja3_string, "ja3.string", bytes, to_server, 1, kTlsOrQuic)
SEKISHO_FIELD(ja3s_hash, "ja3s.hash", bytes, to_client, 1, kTlsOrQuic)
SEKISHO_FIELD(ja3s_string, "ja3s.string", bytes, to_client, 1, kTlsOrQuic)
SEKISHO_FIELD(ja4_hash, "ja4.hash", bytes, to_server, 1, kTlsOrQuic)

// quic
SEKISHO_FIELD(quic_sni, "quic.sni", bytes, to_server, 1, bit_of(Protocol::quic))
SEKISHO_FIELD(quic_version, "quic.version", bytes, either, 1, bit_of(Protocol::quic))
SEKISHO_FIELD(quic_ua, "quic.ua", bytes, to_server, 1, bit_of(Protocol::quic))
SEKISHO_FIELD(quic_cyu_hash, "quic.cyu.hash", list, to_server, 1, bit_of(Protocol::quic))
SEKISHO_FIELD(quic_cyu_string, "quic.cyu.string", list, to_server, 1, bit_of(Protocol::quic))

// dns
SEKISHO_FIELD(dns_query, "dns.query", list, to_server, 1, kDns)
SEKISHO_FIELD(dns_queries_rrname, "dns.queries.rrname", list, either, 1, kDns)
SEKISHO_FIELD(dns_answers_rrname, "dns.answers.rrname", list, to_client, 1, kDns)
SEKISHO_FIELD(dns_authorities_rrname, "dns.authorities.rrname", list, to_client, 1, kDns)
SEKISHO_FIELD(dns_additionals_rrname, "dns.additionals.rrname", list, either, 1, kDns)
SEKISHO_FIELD(dns_response_rrname, "dns.response.rrname", list, to_client, 1, kDns)
SEKISHO_FIELD(dns_opcode, "dns.opcode", number, either, 1, kDns)
SEKISHO_FIELD(dns_rcode, "dns.rcode", number, to_client, 1, kDns)
SEKISHO_FIELD(dns_rrtype, "dns.rrtype", numbers, either, 1, kDns)

// mdns
SEKISHO_FIELD(mdns_queries_rrname, "mdns.queries.rrname", list, either, 1, bit_of(Protocol::mdns))
SEKISHO_FIELD(mdns_answers_rrname, "mdns.answers.rrname", list, either, 1, bit_of(Protocol::mdns))
SEKISHO_FIELD(mdns_authorities_rrname, "mdns.authorities.rrname", list, either, 1, bit_of(Protocol::mdns))
SEKISHO_FIELD(mdns_additionals_rrname, "mdns.additionals.rrname", list, either, 1, bit_of(Protocol::mdns))
SEKISHO_FIELD(mdns_response_rrname, "mdns.response.rrname", list, either, 1, bit_of(Protocol::mdns))

// llmnr
SEKISHO_FIELD(llmnr_queries_rrname, "llmnr.queries.rrname", list, either, 1, bit_of(Protocol::llmnr))
SEKISHO_FIELD(llmnr_answers_rrname, "llmnr.answers.rrname", list, either, 1, bit_of(Protocol::llmnr))
SEKISHO_FIELD(llmnr_authorities_rrname, "llmnr.authorities.rrname", list, either, 1, bit_of(Protocol::llmnr))
SEKISHO_FIELD(llmnr_additionals_rrname, "llmnr.additionals.rrname", list, either, 1, bit_of(Protocol::llmnr))
SEKISHO_FIELD(llmnr_response_rrname, "llmnr.response.rrname", list, either, 1, bit_of(Protocol::llmnr))

// smtp
SEKISHO_FIELD(smtp_helo, "smtp.helo", bytes, to_server, 1, bit_of(Protocol::smtp))
SEKISHO_FIELD(smtp_mail_from, "smtp.mail_from", bytes, to_server, 1, bit_of(Protocol::smtp))
SEKISHO_FIELD(smtp_rcpt_to, "smtp.rcpt_to", list, to_server, 1, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_from, "email.from", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_to, "email.to", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_cc, "email.cc", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_subject, "email.subject", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_date, "email.date", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_message_id, "email.message_id", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_x_mailer, "email.x_mailer", bytes, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_received, "email.received", list, to_server, 2, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_url, "email.url", list, to_server, 3, bit_of(Protocol::smtp))
SEKISHO_FIELD(email_body_md5, "email.body_md5", bytes, to_server, 3, bit_of(Protocol::smtp))

// ftp
SEKISHO_FIELD(ftp_command, "ftp.command", bytes, to_server, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_command_data, "ftp.command_data", bytes, to_server, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_reply, "ftp.reply", list, to_client, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_completion_code, "ftp.completion_code", list, to_client, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_reply_received, "ftp.reply_received", number, to_client, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_dynamic_port, "ftp.dynamic_port", number, either, 1, bit_of(Protocol::ftp))
SEKISHO_FIELD(ftp_mode, "ftp.mode", number, either, 1, bit_of(Protocol::ftp))

// ftp_data
SEKISHO_FIELD(ftpdata_command, "ftpdata.command", number, either, 1, bit_of(Protocol::ftp_data))

// ssh
SEKISHO_FIELD(ssh_proto, "ssh.proto", bytes, either, 1, bit_of(Protocol::ssh))
SEKISHO_FIELD(ssh_software, "ssh.software", bytes, either, 1, bit_of(Protocol::ssh))
SEKISHO_FIELD(ssh_hassh, "ssh.hassh", bytes, to_server, 2, bit_of(Protocol::ssh))
SEKISHO_FIELD(ssh_hassh_string, "ssh.hassh.string", bytes, to_server, 2, bit_of(Protocol::ssh))
SEKISHO_FIELD(ssh_hassh_server, "ssh.hassh.server", bytes, to_client, 2, bit_of(Protocol::ssh))
SEKISHO_FIELD(ssh_hassh_server_string, "ssh.hassh.server.string", bytes, to_client, 2, bit_of(Protocol::ssh))

// smb
SEKISHO_FIELD(smb_named_pipe, "smb.named_pipe", bytes, either, 1, bit_of(Protocol::smb))
SEKISHO_FIELD(smb_share, "smb.share", bytes, either, 1, bit_of(Protocol::smb))
SEKISHO_FIELD(smb_ntlmssp_user, "smb.ntlmssp_user", bytes, to_server, 1, bit_of(Protocol::smb))
SEKISHO_FIELD(smb_ntlmssp_domain, "smb.ntlmssp_domain", bytes, to_server, 1, bit_of(Protocol::smb))
SEKISHO_FIELD(smb_version, "smb.version", number, either, 1, bit_of(Protocol::smb))

// nfs
SEKISHO_FIELD(nfs_version, "nfs.version", number, either, 1, bit_of(Protocol::nfs))
SEKISHO_FIELD(nfs_procedure, "nfs.procedure", numbers, to_server, 1, bit_of(Protocol::nfs))

// dcerpc
SEKISHO_FIELD(dcerpc_iface, "dcerpc.iface", list, either, 1, kDcerpc)
SEKISHO_FIELD(dcerpc_opnum, "dcerpc.opnum", number, to_server, 1, kDcerpc)
SEKISHO_FIELD(dcerpc_stub_data, "dcerpc.stub_data", bytes, either, 1, kDcerpc)

// krb5
SEKISHO_FIELD(krb5_cname, "krb5.cname", list, either, 1, bit_of(Protocol::krb5))
SEKISHO_FIELD(krb5_sname, "krb5.sname", list, either, 1, bit_of(Protocol::krb5))
SEKISHO_FIELD(krb5_msg_type, "krb5.msg_type", number, either, 1, bit_of(Protocol::krb5))
SEKISHO_FIELD(krb5_err_code, "krb5.err_code", number, to_client, 1, bit_of(Protocol::krb5))
SEKISHO_FIELD(krb5_ticket_encryption, "krb5.ticket_encryption", number, to_client, 1, bit_of(Protocol::krb5))

// ldap
SEKISHO_FIELD(ldap_request_operation, "ldap.request.operation", number, to_server, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_request_dn, "ldap.request.dn", bytes, to_server, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_request_attribute_type, "ldap.request.attribute_type", list, to_server, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_operation, "ldap.responses.operation", numbers, to_client, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_count, "ldap.responses.count", number, to_client, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_dn, "ldap.responses.dn", list, to_client, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_result_code, "ldap.responses.result_code", numbers, to_client, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_message, "ldap.responses.message", list, to_client, 1, bit_of(Protocol::ldap))
SEKISHO_FIELD(ldap_responses_attribute_type, "ldap.responses.attribute_type", list, to_client, 1, bit_of(Protocol::ldap))

// sip
SEKISHO_FIELD(sip_method, "sip.method", bytes, to_server, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_uri, "sip.uri", bytes, to_server, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_protocol, "sip.protocol", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_request_line, "sip.request_line", bytes, to_server, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_response_line, "sip.response_line", bytes, to_client, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_stat_code, "sip.stat_code", bytes, to_client, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_stat_msg, "sip.stat_msg", bytes, to_client, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_from, "sip.from", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_to, "sip.to", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_via, "sip.via", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_user_agent, "sip.user_agent", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_content_type, "sip.content_type", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sip_content_length, "sip.content_length", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_origin, "sdp.origin", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_session_name, "sdp.session_name", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_session_info, "sdp.session_info", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_uri, "sdp.uri", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_email, "sdp.email", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_phone_number, "sdp.phone_number", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_connection_data, "sdp.connection_data", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_bandwidth, "sdp.bandwidth", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_time, "sdp.time", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_repeat_time, "sdp.repeat_time", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_timezone, "sdp.timezone", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_encryption_key, "sdp.encryption_key", bytes, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_attribute, "sdp.attribute", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_media_media, "sdp.media.media", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_media_media_info, "sdp.media.media_info", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_media_connection_data, "sdp.media.connection_data", list, either, 1, bit_of(Protocol::sip))
SEKISHO_FIELD(sdp_media_encryption_key, "sdp.media.encryption_key", list, either, 1, bit_of(Protocol::sip))

// rfb
SEKISHO_FIELD(rfb_name, "rfb.name", bytes, to_client, 1, bit_of(Protocol::rfb))
SEKISHO_FIELD(rfb_secresult, "rfb.secresult", number, to_client, 1, bit_of(Protocol::rfb))
SEKISHO_FIELD(rfb_sectype, "rfb.sectype", number, to_server, 1, bit_of(Protocol::rfb))

// ntp
SEKISHO_FIELD(ntp_mode, "ntp.mode", number, either, 1, bit_of(Protocol::ntp))
SEKISHO_FIELD(ntp_stratum, "ntp.stratum", number, either, 1, bit_of(Protocol::ntp))
SEKISHO_FIELD(ntp_version, "ntp.version", number, either, 1, bit_of(Protocol::ntp))
SEKISHO_FIELD(ntp_reference_id, "ntp.reference_id", bytes, either, 1, bit_of(Protocol::ntp))

// snmp
SEKISHO_FIELD(snmp_version, "snmp.version", number, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_community, "snmp.community", bytes, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_usm, "snmp.usm", bytes, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_pdu_type, "snmp.pdu_type", number, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_trap_type, "snmp.trap_type", number, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_trap_oid, "snmp.trap_oid", bytes, either, 1, bit_of(Protocol::snmp))
SEKISHO_FIELD(snmp_trap_address, "snmp.trap_address", bytes, either, 1, bit_of(Protocol::snmp))

// dhcp
SEKISHO_FIELD(dhcp_leasetime, "dhcp.leasetime", number, either, 1, bit_of(Protocol::dhcp))
SEKISHO_FIELD(dhcp_rebinding_time, "dhcp.rebinding_time", number, either, 1, bit_of(Protocol::dhcp))
SEKISHO_FIELD(dhcp_renewal_time, "dhcp.renewal_time", number, either, 1, bit_of(Protocol::dhcp))

// mqtt
SEKISHO_FIELD(mqtt_type, "mqtt.type", numbers, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_flags, "mqtt.flags", numbers, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_qos, "mqtt.qos", numbers, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_reason_code, "mqtt.reason_code", numbers, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_protocol_version, "mqtt.protocol_version", number, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connack_session_present, "mqtt.connack.session_present", number, to_client, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_clientid, "mqtt.connect.clientid", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_flags, "mqtt.connect.flags", number, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_username, "mqtt.connect.username", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_password, "mqtt.connect.password", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_protocol_string, "mqtt.connect.protocol_string", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_willtopic, "mqtt.connect.willtopic", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_connect_willmessage, "mqtt.connect.willmessage", bytes, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_publish_topic, "mqtt.publish.topic", list, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_publish_message, "mqtt.publish.message", list, either, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_subscribe_topic, "mqtt.subscribe.topic", list, to_server, 1, bit_of(Protocol::mqtt))
SEKISHO_FIELD(mqtt_unsubscribe_topic, "mqtt.unsubscribe.topic", list, to_server, 1, bit_of(Protocol::mqtt))

// modbus
SEKISHO_FIELD(modbus_request, "modbus.request", bytes, either, 1, bit_of(Protocol::modbus))

// dnp3
SEKISHO_FIELD(dnp3_func, "dnp3.func", number, either, 1, bit_of(Protocol::dnp3))
SEKISHO_FIELD(dnp3_ind, "dnp3.ind", number, to_client, 1, bit_of(Protocol::dnp3))
SEKISHO_FIELD(dnp3_obj, "dnp3.obj", list, either, 1, bit_of(Protocol::dnp3))
SEKISHO_FIELD(dnp3_data, "dnp3.data", bytes, either, 1, bit_of(Protocol::dnp3))

// enip
SEKISHO_FIELD(enip_command, "enip.command", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_service, "enip.cip_service", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_class, "enip.cip_class", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_instance, "enip.cip_instance", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_attribute, "enip.cip_attribute", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_status, "enip.cip_status", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_cip_extendedstatus, "enip.cip_extendedstatus", numbers, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_capabilities, "enip.capabilities", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_device_type, "enip.device_type", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_identity_status, "enip.identity_status", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_product_code, "enip.product_code", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_product_name, "enip.product_name", bytes, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_service_name, "enip.service_name", bytes, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_protocol_version, "enip.protocol_version", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_revision, "enip.revision", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_serial, "enip.serial", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_state, "enip.state", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_status, "enip.status", number, either, 1, bit_of(Protocol::enip))
SEKISHO_FIELD(enip_vendor_id, "enip.vendor_id", number, either, 1, bit_of(Protocol::enip))

// pgsql
SEKISHO_FIELD(pgsql_query, "pgsql.query", bytes, to_server, 1, bit_of(Protocol::pgsql))

// ike
SEKISHO_FIELD(ike_init_spi, "ike.init_spi", bytes, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_resp_spi, "ike.resp_spi", bytes, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_exchtype, "ike.exchtype", number, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_vendor, "ike.vendor", list, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_key_exchange_payload, "ike.key_exchange_payload", bytes, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_key_exchange_payload_length, "ike.key_exchange_payload_length", number, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_nonce_payload, "ike.nonce_payload", bytes, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_nonce_payload_length, "ike.nonce_payload_length", number, either, 1, bit_of(Protocol::ike))
SEKISHO_FIELD(ike_chosen_sa_attribute, "ike.chosen_sa_attribute", list, to_client, 1, bit_of(Protocol::ike))

// websocket
SEKISHO_FIELD(websocket_payload, "websocket.payload", bytes, either, 1, bit_of(Protocol::websocket))
SEKISHO_FIELD(websocket_opcode, "websocket.opcode", number, either, 1, bit_of(Protocol::websocket))
SEKISHO_FIELD(websocket_mask, "websocket.mask", number, either, 1, bit_of(Protocol::websocket))
SEKISHO_FIELD(websocket_flags, "websocket.flags", number, either, 1, bit_of(Protocol::websocket))
// NOLINTEND
