#include "diagnostics.h"

#include <algorithm>
#include <tuple>

#include "literals.h"

namespace sekisho::policy {

void Diagnostics::add(std::vector<Diagnostic>& list, Position position,
                      const std::string& message) {
  constexpr std::size_t kMaxMessageBytes = 600;
  if (list.size() < kMaxDiagnostics)
    list.push_back({position, printable(message, kMaxMessageBytes)});
}

std::vector<Diagnostic> Diagnostics::sorted(std::vector<Diagnostic> list) {
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.position.line, a.position.column) <
           std::tie(b.position.line, b.position.column);
  });
  return list;
}

std::string format(const std::vector<Diagnostic>& diagnostics, std::string_view file) {
  std::string text;
  for (const auto& [position, message] : diagnostics) {
    text.append(file);
    text += ':' + std::to_string(position.line) + ':' + std::to_string(position.column) + ": ";
    text += message + '\n';
  }
  return text;
}

}  // namespace sekisho::policy
