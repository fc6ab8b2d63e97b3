#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace sekisho::tools {

/// Declares the options of one command; the only place that knows CLI11. Every target must live
/// until the action has run.
class Options {
 public:
  explicit Options(CLI::App& app) noexcept : app_(app) {}

  /// `names` as "-n,--lines". `value` is what stands for the value in the help.
  void flag(std::string_view names, std::string_view help, bool& target);
  void text(std::string_view names, std::string_view value, std::string_view help,
            std::string& target);
  void required_text(std::string_view names, std::string_view value, std::string_view help,
                     std::string& target);
  void number(std::string_view names, std::string_view help, std::optional<std::uint64_t>& target,
              std::uint64_t least, std::uint64_t most);
  void choice(std::string_view names, std::string_view help, std::string& target,
              const std::vector<std::string>& allowed);
  void list(std::string_view names, std::string_view value, std::string_view help,
            std::vector<std::string>& target);
  /// Positional arguments, in the order of declaration.
  void operand(std::string_view name, std::string_view help, std::string& target, bool required);
  void operand_choice(std::string_view name, std::string_view help, std::string& target,
                      const std::vector<std::string>& allowed, bool required);
  /// All that is left; `most` 0 is no limit.
  void operands(std::string_view name, std::string_view help, std::vector<std::string>& target,
                std::size_t most);

 private:
  CLI::App& app_;
};

}  // namespace sekisho::tools
