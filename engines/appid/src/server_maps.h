#pragma once

#include <vector>

#include "engines/api/engine.h"
#include "engines/appid/own_applications.h"

namespace sekisho::engines::appid {

/// Where own applications are served, as OwnApplications::find() reads it.
struct ServerMaps {
  std::vector<OwnApplications::AddressStep> v4, v6;
  std::vector<OwnApplications::ServerMap> maps;
  std::vector<OwnApplications::PortRange> ranges;
};

/// Compiler child. More than kMaxPortRanges ranges mean that it was given up.
ServerMaps make_server_maps(const std::vector<policy::ApplicationObject>& applications);

}  // namespace sekisho::engines::appid
