#include "http2/frame.h"

#include <iterator>

namespace sekisho::engines::http2 {

std::string_view setting_name(std::uint16_t id) noexcept {
  constexpr std::string_view kNames[] = {"",
                                         "SETTINGSHEADERTABLESIZE",
                                         "SETTINGSENABLEPUSH",
                                         "SETTINGSMAXCONCURRENTSTREAMS",
                                         "SETTINGSINITIALWINDOWSIZE",
                                         "SETTINGSMAXFRAMESIZE",
                                         "SETTINGSMAXHEADERLISTSIZE"};
  return id < std::size(kNames) ? kNames[id] : std::string_view{};
}

std::string_view error_name(std::uint32_t code) noexcept {
  constexpr std::string_view kNames[] = {"NOERROR",
                                         "PROTOCOLERROR",
                                         "INTERNALERROR",
                                         "FLOWCONTROLERROR",
                                         "SETTINGSTIMEOUT",
                                         "STREAMCLOSED",
                                         "FRAMESIZEERROR",
                                         "REFUSEDSTREAM",
                                         "CANCEL",
                                         "COMPRESSIONERROR",
                                         "CONNECTERROR",
                                         "ENHANCEYOURCALM",
                                         "INADEQUATESECURITY",
                                         "HTTP11REQUIRED"};
  return code < std::size(kNames) ? kNames[code] : std::string_view{};
}

}  // namespace sekisho::engines::http2
