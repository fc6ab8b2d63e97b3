// The administrator's own applications.
#include <algorithm>

#include "literals.h"
#include "policy_reader.h"

namespace sekisho::policy {
namespace {

constexpr std::size_t kMaxServers = kMaxApplicationEntries;
constexpr std::uint8_t kTcp = 6, kUdp = 17;

bool has_ports(const ServiceEntry& entry) {
  return entry.protocol == kTcp || entry.protocol == kUdp;
}

/// How many pairs of an address and a service it comes to.
std::size_t entries_of(const ApplicationServer& server) {
  return std::max<std::size_t>(1, server.addresses.size()) *
         std::max<std::size_t>(1, server.services.size());
}

}  // namespace

void PolicyReader::read_application(const YamlNode& node) {
  constexpr std::int64_t kLeastRisk = 1, kMostRisk = 5;
  const auto fields = reader_.mapping(node, kApplicationKeys, "an application");
  ApplicationObject application;
  application.position = application.category_position = node.position;
  application.name = read_name(fields["name"], names_.applications, "application");
  read_page_text(fields["title"], "title", ApplicationObject::kMaxTitle, application.title);
  if (const auto* field = fields["category"])
    if (const auto category = reader_.text(*field, "category")) {
      application.category = category->text;
      application.category_position = field->position;
    }
  if (const auto* field = fields["risk"])
    application.risk = static_cast<std::uint8_t>(
        reader_.integer(*field, "risk", kLeastRisk, kMostRisk).value_or(kLeastRisk));
  if (const auto* hosts = fields["hosts"]) read_application_hosts(*hosts, application);
  if (const auto* servers = fields["servers"])
    reader_.for_each_element(*servers, "servers", kMaxServers, [&](const YamlNode& server) {
      read_application_server(server, application);
    });
  const bool is_told = fields["hosts"] != nullptr ||
                       (fields["servers"] != nullptr && fields["servers"]->num_children != 0);
  if (!is_told) reader_.error(node, "an application needs hosts or servers that tell it");
  const bool fitted = num_application_entries_ <= kMaxApplicationEntries;
  num_application_entries_ += application.hosts.size();
  for (const auto& server : application.servers) num_application_entries_ += entries_of(server);
  if (fitted && num_application_entries_ > kMaxApplicationEntries)
    reader_.error(node, "the applications have more than " +
                            std::to_string(kMaxApplicationEntries) +
                            " entries together: hosts, and each server's addresses times its "
                            "services");
  if (!application.name.empty()) policy_.applications.push_back(std::move(application));
}

void PolicyReader::read_application_hosts(const YamlNode& node, ApplicationObject& application) {
  for (const auto& part : reader_.texts(node, "hosts", kMaxApplicationEntries)) {
    if (reader_.diagnostics().full()) return;
    auto host = parse_fqdn_pattern(part.text);
    if (host)
      application.hosts.push_back({*std::move(host), part.position});
    else
      reader_.error(part, host.error().message);
  }
}

void PolicyReader::read_application_server(const YamlNode& node, ApplicationObject& application) {
  const auto fields = reader_.mapping(node, kApplicationServerKeys, "a server");
  HostSelectors hosts;
  ApplicationServer server;
  read_addresses(fields["addresses"], hosts);
  server.addresses = std::move(hosts.addresses);
  read_services(fields["services"], server.services);
  const auto other = std::find_if_not(server.services.begin(), server.services.end(), has_ports);
  if (other != server.services.end())
    reader_.error(*fields["services"],
                  "services of an application are of TCP or UDP, not " + to_string(*other));
  if (server.addresses.empty() && server.services.empty()) {
    // What could not be read was told already.
    if (!reader_.diagnostics().any_error())
      reader_.error(node, "a server needs addresses or services, not any of both");
    return;
  }
  application.servers.push_back(std::move(server));
}

}  // namespace sekisho::policy
