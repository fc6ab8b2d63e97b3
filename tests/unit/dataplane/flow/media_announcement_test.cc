#include "dataplane/flow/media_announcement.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace sekisho::dataplane {
namespace {

using Ports = std::vector<std::uint16_t>;

const IpAddress kPhone = *parse_ip_address("192.168.1.5");
const IpAddress kPhone6 = *parse_ip_address("2001:db8::5");

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
Ports as_list(const MediaPorts& ports) { return {ports.all().begin(), ports.all().end()}; }

Ports sip(const std::string& message, const IpAddress& sender = kPhone) {
  return as_list(read_sip_media(bytes_of(message), sender));
}
/// An INVITE with these lines behind the session's own.
std::string invite(const std::string& lines,
                   const std::string& connection = "c=IN IP4 192.168.1.5\r\n") {
  return "INVITE sip:anna@example.com SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: "
         "application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.168.1.5\r\ns=-\r\n" +
         connection + "t=0 0\r\n" + lines;
}
Ports rtsp(const std::string& message, bool to_server) {
  return as_list(read_rtsp_media(bytes_of(message), to_server));
}
std::string setup(const std::string& transport) {
  return "SETUP rtsp://cam.test/1 RTSP/1.0\r\nCSeq: 2\r\nTransport: " + transport + "\r\n\r\n";
}

TEST_CASE("a session description announces RTP's ports and the RTCP's behind them") {
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\n")) == Ports{49170, 49171});
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\na=sendrecv\r\nm=video 51372 RTP/SAVPF 99\r\n")) ==
        Ports{49170, 49171, 51372, 51373});
  CHECK(sip(invite("m=video 49170/2 RTP/AVP 31\r\n")) == Ports{49170, 49171, 49172, 49173});
  CHECK(sip(invite("m=audio 50000 UDP/TLS/RTP/SAVPF 111\r\na=rtcp-mux\r\n")) ==
        Ports{50000, 50001});
  CHECK(sip("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\nc=IN IP4 192.168.1.5\r\n"
            "m=audio 4000 RTP/AVP 8\r\n") == Ports{4000, 4001});
  CHECK(sip(invite("m=audio 6000 RTP/AVP 0\r\n", "c=IN IP6 2001:db8::5\r\n"), kPhone6) ==
        Ports{6000, 6001});
  CHECK(sip(invite("m=audio 6000 RTP/AVP 0\nc=IN IP4 192.168.1.5 \n", "")) == Ports{6000, 6001});
}

TEST_CASE("a=rtcp tells another port of RTCP, or another host's") {
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\na=rtcp:53020\r\n")) == Ports{49170, 53020});
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\na=rtcp:53020 IN IP4 192.168.1.5\r\n")) ==
        Ports{49170, 53020});
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\na=rtcp:53020 IN IP4 192.168.1.6\r\n")) ==
        Ports{49170});
  CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\na=rtcp:x\r\n")) == Ports{49170});
}

TEST_CASE("media at another host than the sender announces nothing") {
  for (const std::string connection :
       {"c=IN IP4 192.168.1.6\r\n", "c=IN IP4 203.0.113.9\r\n", "c=IN IP6 2001:db8::5\r\n",
        "c=IN IP4 224.2.36.42/127\r\n", "c=IN IP4 192.168.1.5/127\r\n", "c=IN IP4 192.168.1.50\r\n",
        "c=IN IP6 ::ffff:192.168.1.5\r\n", "c=IN IP4 pc.example.com\r\n", "c=\r\n", ""}) {
    CAPTURE(connection);
    CHECK(sip(invite("m=audio 49170 RTP/AVP 0\r\n", connection)).empty());
  }
  // Of two media, each by its own line.
  CHECK(sip(invite(
            "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 203.0.113.9\r\nm=video 5000 RTP/AVP 31\r\n")) ==
        Ports{5000, 5001});
  CHECK(sip(invite("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.168.1.5\r\nm=video 5000 RTP/AVP 31\r\n",
                   "c=IN IP4 203.0.113.9\r\n")) == Ports{4000, 4001});
}

TEST_CASE("other media, refused ones and privileged ports are not announced") {
  for (const std::string line :
       {"m=audio 0 RTP/AVP 0\r\n", "m=audio 80 RTP/AVP 0\r\n",
        "m=audio 1023 RTP/AVP 0\r\na=rtcp:53\r\n", "m=image 49170 udptl t38\r\n",
        "m=message 49170 TCP/MSRP *\r\n", "m=audio 49170 TCP/RTP/AVP 0\r\n",
        "m=audio 65536 RTP/AVP 0\r\n", "m=audio 491700 RTP/AVP 0\r\n", "m=audio x RTP/AVP 0\r\n",
        "m=audio 49170\r\n", "m=\r\n", "m=audio 49170 RTP/AVP 0"}) {
    CAPTURE(line);
    CHECK(sip(invite(line)).empty());
  }
  CHECK(sip(invite("m=audio 65535 RTP/AVP 0\r\n")) == Ports{65535});
}

TEST_CASE("what is no message with a session description announces nothing") {
  const auto good = invite("m=audio 49170 RTP/AVP 0\r\n");
  CHECK(sip("MESSAGE sip:a@b SIP/2.0\r\n\r\nlook: v=0\r\nc=IN IP4 192.168.1.5\r\n"
            "m=audio 49170 RTP/AVP 0\r\n")
            .empty());
  CHECK(sip("POST / HTTP/1.1\r\n\r\n" + good).empty());
  CHECK(sip("x" + good.substr(good.find("\r\n"))).empty());
  CHECK(sip("").empty());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(sip(good.substr(0, size)).empty());
}

TEST_CASE("one message announces so many ports and not more") {
  std::string many, lines;
  for (int i = 0; i < 40; ++i)
    many += "m=audio " + std::to_string(40000 + 2 * i) + " RTP/AVP 0\r\n";
  CHECK(sip(invite(many)).size() == MediaPorts::kMax);
  CHECK(sip(invite("m=audio 40000/99 RTP/AVP 0\r\n")) ==
        Ports{40000, 40001, 40002, 40003, 40004, 40005, 40006, 40007});
  CHECK(sip(invite("m=audio 40000 RTP/AVP 0\r\nm=audio 40000 RTP/AVP 0\r\n")) ==
        Ports{40000, 40001});
  for (int i = 0; i < 300; ++i) lines += "a=x\r\n";
  CHECK(sip(invite(lines + "m=audio 40000 RTP/AVP 0\r\n")).empty());
}

TEST_CASE("RTSP's client and server announce their own ports") {
  const std::string answer =
      "RTSP/1.0 200 OK\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;"
      "server_port=6256-6257;source=203.0.113.9;ssrc=1\r\n\r\n";
  CHECK(rtsp(setup("RTP/AVP;unicast;client_port=5000-5001"), true) == Ports{5000, 5001});
  CHECK(rtsp(setup("RTP/AVP/UDP;unicast;client_port=5000"), true) == Ports{5000});
  CHECK(rtsp(setup("RTP/AVP/TCP;interleaved=0-1, RTP/AVP;unicast;Client_Port=5000-5001"), true) ==
        Ports{5000, 5001});
  CHECK(rtsp(answer, false) == Ports{6256, 6257});
  CHECK(rtsp(answer, true).empty());
  CHECK(rtsp(setup("RTP/AVP;unicast;client_port=5000-5001"), false).empty());
  for (const std::string transport :
       {"RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP/TCP;client_port=5000-5001",
        "RAW/RAW/UDP;client_port=5000-5001", "RTP/AVP;unicast;client_port=",
        "RTP/AVP;unicast;client_port=80-81", "RTP/AVP;server_port=5000-5001", ""}) {
    CAPTURE(transport);
    CHECK(rtsp(setup(transport), true).empty());
  }
  CHECK(rtsp("SETUP x RTSP/1.0\r\n\r\nTransport: RTP/AVP;client_port=5000-5001\r\n", true).empty());
  CHECK(rtsp("SETUP x HTTP/1.0\r\nTransport: RTP/AVP;client_port=5000-5001\r\n\r\n", true).empty());
}

}  // namespace
}  // namespace sekisho::dataplane
