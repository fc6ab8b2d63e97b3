#include "state_file.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sekisho::controlplane {

Status write_state(const std::string& path, std::span<const Child> children) {
  nlohmann::json list = nlohmann::json::array();
  for (const Child& child : children)
    list.push_back({{"name", child.process().name},
                    {"pid", child.pid()},
                    {"state", child.pid() != 0 ? "running" : "waiting"},
                    {"restarts", child.restarts()},
                    {"last_exit", child.last_exit()},
                    {"started_at", child.started_at()}});
  const nlohmann::json state{{"pid", getpid()}, {"processes", std::move(list)}};
  const std::string draft = path + ".new";
  {
    std::ofstream out(draft, std::ios::trunc);
    out << state.dump(2) << '\n';
    if (!out.flush()) return Error{Error::Code::io, draft + ": cannot be written"};
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    return Error{Error::Code::io, path + ": cannot be replaced"};
  return ok();
}

}  // namespace sekisho::controlplane
