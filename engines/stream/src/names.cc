#include "engines/stream/tcp_reassembler.h"

namespace sekisho::engines::stream {

std::string_view name_of(TcpState state) noexcept {
  switch (state) {
    case TcpState::none:
      return "";
    case TcpState::syn_sent:
      return "syn_sent";
    case TcpState::syn_recv:
      return "syn_recv";
    case TcpState::established:
      return "established";
    case TcpState::fin_wait1:
      return "fin_wait1";
    case TcpState::fin_wait2:
      return "fin_wait2";
    case TcpState::close_wait:
      return "close_wait";
    case TcpState::closing:
      return "closing";
    case TcpState::last_ack:
      return "last_ack";
    case TcpState::time_wait:
      return "time_wait";
    case TcpState::closed:
      return "closed";
  }
  return "";
}

}  // namespace sekisho::engines::stream
