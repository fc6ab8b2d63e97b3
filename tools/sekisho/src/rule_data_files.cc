#include "rule_data_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "config/base/bounded_file.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

namespace fs = std::filesystem;

Error unreadable(const std::string& why) { return {Error::Code::io, "cannot be read: " + why}; }

bool is_not_there(const std::error_code& problem) {
  return problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

Result<std::string> read_data_file(const rules::RuleFile& file, std::size_t max_bytes) {
  if (!rules::is_inside(file.name))
    return Error{Error::Code::io, "is outside of the folder of the rules"};
  const auto parent = fs::path(file.position.file).parent_path();
  std::error_code problem;
  const auto folder = fs::canonical(parent.empty() ? fs::path(".") : parent, problem);
  if (problem) return unreadable(problem.message());
  const auto path = fs::canonical(folder / file.name, problem);
  if (is_not_there(problem)) return Error{Error::Code::not_found, "is not there"};
  if (problem) return unreadable(problem.message());
  if (!is_below(path, folder))
    return Error{Error::Code::io, "is a symbolic link out of the folder of the rules"};
  if (!fs::is_regular_file(path, problem))
    return unreadable(problem ? problem.message() : "it is no regular file");
  auto text = read_bounded(path.string(), max_bytes);
  if (text) return text;
  if (text.error().code == Error::Code::resource)
    return Error{Error::Code::resource, fmt::format("is larger than {} MiB", max_bytes >> 20)};
  const auto& message = text.error().message;
  return unreadable(message.substr(message.rfind(": ") + 2));
}

std::string tell_data_file(const rules::RuleFile& file, const std::string& why) {
  return fmt::format("{}:{}:{}: rule {}: file {} {}", file.position.file, file.position.line,
                     file.position.column, file.signature, printable(file.name), why);
}

}  // namespace sekisho::tools
