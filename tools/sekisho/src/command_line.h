#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/sekisho/command.h"

namespace CLI {
class App;
}

namespace sekisho::tools {

/// The command table as a parser; completion walks it too.
class CommandTree {
 public:
  CommandTree();
  ~CommandTree();
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

  /// With every command of the table.
  static std::unique_ptr<CommandTree> whole();

  void add(const Command& command);
  ExitCode run(const std::vector<std::string>& arguments, Context& context);

  const CLI::App& root() const noexcept { return *root_; }

 private:
  std::unique_ptr<CLI::App> root_;
  std::map<const CLI::App*, Action> actions_;
  std::string run_dir_;
  bool json_ = false;
};

}  // namespace sekisho::tools
