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

/// The command table as a parser; also what completion scripts are generated from.
class CommandTree {
 public:
  CommandTree();
  ~CommandTree();
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

  void add(const Command& command);
  ExitCode run(const std::vector<std::string>& arguments, Context& context);

  /// One node of the tree: "" is the program, then "status", "policy", "policy apply", ...
  struct Entry {
    std::string path;
    std::string summary;
    std::vector<std::string> words;  // commands and options that may follow
  };
  std::vector<Entry> entries() const;

 private:
  static std::vector<std::string> words_of(const CLI::App& app);

  std::unique_ptr<CLI::App> root_;
  std::map<const CLI::App*, Action> actions_;
  std::string run_dir_;
  bool json_ = false;
};

}  // namespace sekisho::tools
