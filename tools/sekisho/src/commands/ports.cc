#include <ostream>

#include "../port_table.h"
#include "commands.h"

namespace sekisho::tools {

Table port_table(const std::vector<View>& ports) {
  using Align = Column::Align;
  Table table({{"PORT"},
               {"SIDE"},
               {"LINK"},
               {"SPEED", Align::right},
               {"RECEIVED", Align::right},
               {"SENT", Align::right},
               {"LOST", Align::right},
               {"DEVICE", Align::left, true}});
  for (const auto& port : ports) {
    const auto link = port.text("link");
    const auto lost = port.count_or_zero("rx_missed") + port.count_or_zero("rx_errors") +
                      port.count_or_zero("tx_errors");
    const auto speed = port.count("speed_mbps");
    table.add({port.text("name"),
               port.text("side"),
               {link, link == "up" ? Style::good : Style::bad},
               speed && *speed > 0 && *speed < 0xffffffff ? show(speed) : "-",
               show_bytes(port.count("rx_bytes")),
               show_bytes(port.count("tx_bytes")),
               {show(lost), lost > 0 ? Style::warning : Style::plain},
               port.text("device")});
  }
  return table;
}

namespace commands {
namespace {

/// What one line of the table has no room for.
void print_details(Context& context, const View& port) {
  Table table({{""}, {""}});
  table.add({"mac, mtu, segment",
             port.text("mac") + ", " + port.text("mtu") + ", " + port.text("segment")});
  table.add({"driver", port.text("driver")});
  table.add({"received packets", show(port.count("rx_packets")) + ", missed " +
                                     show(port.count("rx_missed")) + ", errors " +
                                     show(port.count("rx_errors"))});
  table.add({"sent packets",
             show(port.count("tx_packets")) + ", errors " + show(port.count("tx_errors"))});
  context.out << '\n' << paint(port.text("name"), Style::strong, context.colour) << '\n';
  context.out << table.render(context.width, context.colour, 2);
}

ExitCode print_ports(Context& context) {
  const auto reply = ask(context, Peer::dataplane, {{"op", "ports"}});
  if (context.json) {
    print_json(context, reply);
    return ExitCode::done;
  }
  const auto ports = View(reply, "ports").list("ports");
  context.out << port_table(ports).render(context.width, context.colour);
  for (const auto& port : ports) print_details(context, port);
  return ExitCode::done;
}

Action declare_ports(Options& /*options*/) { return print_ports; }

}  // namespace

Command ports() {
  return {
      "ports",
      "ports with link, speed and counters",
      {{"sekisho ports", "every port"},
       {"sekisho ports --json | jq '.ports[] | select(.link==\"down\")'", "ports that are down"}},
      declare_ports};
}

}  // namespace commands
}  // namespace sekisho::tools
