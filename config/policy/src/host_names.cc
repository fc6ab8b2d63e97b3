#include <algorithm>

#include "literals.h"

namespace sekisho::policy {
namespace {

constexpr std::size_t kMaxName = 253;    // RFC 1035 §3.1 as text
constexpr std::size_t kMaxLabel = 63;    // RFC 1035 §2.3.4
constexpr std::size_t kMaxEntry = 2048;  // of a list

constexpr std::string_view kEntryForms =
    "; an entry is www.example.com, *.example.com, www.example.*, www.example.com/path/, "
    "www.example.com/path*, 192.0.2.1, 192.0.2.1-192.0.2.9 or 192.0.2.0/24";

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Why `name` (lower case) is not a host name of at least `min_labels`; empty when it is one.
std::string_view host_name_mistake(std::string_view name, std::size_t min_labels) {
  if (name.empty()) return "is not a host name";
  if (name.size() > kMaxName) return "is longer than 253 characters";
  std::size_t num_labels = 0;
  std::string_view label;
  for (bool more = true; more; ++num_labels) {
    const auto dot = name.find('.');
    label = name.substr(0, dot);
    if (label.empty()) return "has an empty label";
    if (label.size() > kMaxLabel) return "has a label longer than 63 characters";
    for (const char c : label) {
      if (static_cast<unsigned char>(c) >= 0x80)
        return "is not in ASCII: write international names in punycode (xn--...)";
      if (c == '*') return "has a wildcard that is not the whole first label";
      if (!is_label_character(c)) return "has a character that host names cannot have";
    }
    if (label.front() == '-' || label.back() == '-') return "has a label with a hyphen at its end";
    more = dot != name.npos;
    name.remove_prefix(more ? dot + 1 : name.size());
  }
  if (num_labels < min_labels) return "is not fully qualified: it has no dot";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(label.begin(), label.end(), is_digit)) return "is not a host name";
  return {};
}

/// Only digits, dots, hyphens and slashes: meant as an IPv4 address, range or CIDR.
bool looks_like_ipv4(std::string_view text) {
  return text.find_first_not_of("0123456789.-/ ") == text.npos;
}

std::string_view path_mistake(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] <= ' ' || path[i] > '~') return "has a character that paths cannot have";
    if (path[i] == '*' && i + 1 != path.size()) return "has a wildcard that is at neither end";
    if (path[i] == '#') return "has a fragment (#...), which never reaches a server";
  }
  return {};
}

/// `host` in lower case, of a list entry; `whole` when no path follows.
std::string_view entry_host_mistake(std::string_view host, bool whole) {
  if (host == "*" || host == "*.*") return "would select everything";
  bool wildcard = false;
  if (host.starts_with("*.")) host.remove_prefix(2), wildcard = true;
  if (whole && host.ends_with(".*")) host.remove_suffix(2), wildcard = true;
  if (host.find('*') != host.npos)
    return "has a wildcard that is not a whole first label or the very end";
  if (host.find(':') != host.npos) return "has a port; entries concern every port";
  if (host.find('@') != host.npos) return "has a user name";
  return host_name_mistake(host, wildcard ? 1 : 2);
}

}  // namespace

Result<FqdnPattern> parse_fqdn_pattern(std::string_view text) {
  std::string name = lower_case(text);
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  const bool wildcard = name.starts_with("*.");
  const auto rest = std::string_view(name).substr(wildcard ? 2 : 0);
  if (const auto mistake = host_name_mistake(rest, wildcard ? 1 : 2); !mistake.empty())
    return refused(text, mistake);
  return name;
}

Result<std::string> parse_list_entry(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return refused(text, std::string(why) + std::string(kEntryForms));
  };
  if (text.empty()) return wrong("is empty");
  if (text.size() > kMaxEntry) return wrong("is longer than 2048 bytes");
  if (text.find("://") != text.npos) return wrong("has a scheme; leave out what is before ://");
  auto range = parse_address_range(text);
  if (range) return std::string(text);
  if (looks_like_ipv4(text)) return std::move(range).error();

  const auto slash = text.find('/');
  std::string host = lower_case(text.substr(0, slash));
  const auto path = slash == text.npos ? std::string_view() : text.substr(slash);
  if (!parse_ip_address(host)) {
    const auto mistake = entry_host_mistake(host, path.empty());
    if (!mistake.empty()) return wrong(mistake);
  }
  if (const auto mistake = path_mistake(path); !mistake.empty()) return wrong(mistake);
  return host.append(path);
}

}  // namespace sekisho::policy
