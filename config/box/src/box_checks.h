#pragma once

#include <string>
#include <string_view>

namespace sekisho::box {

/// Each returns what is wrong with the value, or an empty string.
std::string check_box_name(std::string_view name);
std::string check_port_name(std::string_view name);
std::string check_folder(std::string_view path);
std::string check_driver(std::string_view driver);
std::string check_device(std::string_view device, std::string_view driver);
std::string check_metrics_address(std::string_view address);
std::string check_console_address(std::string_view address);
std::string check_syslog_target(std::string_view target);

}  // namespace sekisho::box
