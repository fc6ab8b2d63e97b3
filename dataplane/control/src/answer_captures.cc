// Captures of packets around alerts: what there is, what is in them, and away with them.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "requests.h"

namespace sekisho::dataplane {
namespace {

constexpr double kSecond = 1e9;

Json to_json(const CaptureInfo& info) {
  return {{"name", info.name},
          {"time", static_cast<double>(info.time_ns) / kSecond},
          {"flow_id", info.flow_id},
          {"generator", info.generator},
          {"signature", info.signature},
          {"revision", info.revision},
          {"message", info.message},
          {"client", to_string(info.client)},
          {"client_port", info.client_port},
          {"server", to_string(info.server)},
          {"server_port", info.server_port},
          {"protocol", protocol_name(info.protocol)},
          {"packets", info.packets},
          {"bytes", info.bytes},
          {"lost", info.lost},
          {"ended", info.ended ? Json(*info.ended) : Json()}};
}

Result<CaptureFiles*> files_of(const Request& request) {
  if (auto* const files = request.dataplane.capture_files()) return files;
  return Error{Error::Code::resource, "there is no place for captures: see the log"};
}

/// To the end of `from`, or until `to` takes no more.
Result<std::uint64_t> copy_file(int from, int to) {
  std::array<char, 65536> bytes;
  std::uint64_t copied = 0;
  for (;;) {
    const auto count = ::read(from, bytes.data(), bytes.size());
    if (count == 0) return copied;
    if (count < 0)
      return Error{Error::Code::io,
                   std::string("the capture cannot be read: ") + std::strerror(errno)};
    for (ssize_t done = 0; done < count;) {
      const auto written = ::write(to, bytes.data() + done, static_cast<std::size_t>(count - done));
      if (written <= 0)
        return Error{Error::Code::io,
                     std::string("the output file cannot be written: ") + std::strerror(errno)};
      done += written;
    }
    copied += static_cast<std::uint64_t>(count);
  }
}

}  // namespace

Json capture_totals(Dataplane& dataplane) {
  const auto* const files = dataplane.capture_files();
  if (files == nullptr) return nullptr;
  const auto totals = files->totals();
  std::uint64_t begun = 0, refused = 0, lost = totals.lost;
  for (const auto& worker : dataplane.workers()) {
    const auto& counters = worker->counters();
    begun += counters.captures_begun.get();
    refused += counters.captures_refused.get();
    lost += counters.capture_packets_lost.get();
  }
  return {{"files", totals.files},
          {"running", totals.running},
          {"bytes", totals.bytes},
          {"capacity_bytes", totals.capacity_bytes},
          {"removed", totals.removed},
          {"failed", totals.failed},
          {"begun", begun},
          {"refused", refused},
          {"packets_lost", lost}};
}

Result<Json> answer_alert_captures_list(const Request& request) {
  const auto files = files_of(request);
  if (!files) return Error{files.error()};
  Json captures = Json::array();
  for (const auto& info : (*files)->list()) captures.push_back(to_json(info));
  const auto totals = (*files)->totals();
  return Json{{"bytes", totals.bytes},
              {"capacity_bytes", totals.capacity_bytes},
              {"captures", std::move(captures)}};
}

Result<Json> answer_alert_captures_export(const Request& request) {
  const auto files = files_of(request);
  if (!files) return Error{files.error()};
  const auto name = text_field(request.body, "name", "");
  if (!name) return Error{name.error()};
  if (request.attached < 0)
    return Error{Error::Code::invalid_input, "the output file must come as a descriptor"};
  const auto file = (*files)->read(*name);
  if (!file) return Error{file.error()};
  const auto bytes = copy_file(file->get(), request.attached);
  if (!bytes) return Error{bytes.error()};
  return Json{{"bytes", *bytes}};
}

Result<Json> answer_alert_captures_remove(const Request& request) {
  const auto files = files_of(request);
  if (!files) return Error{files.error()};
  if (const auto all = request.body.find("all"); all != request.body.end()) {
    if (!all->is_boolean() || !all->get<bool>() || request.body.contains("name"))
      return Error{Error::Code::invalid_input, "'all' must be true, without 'name'"};
    return Json{{"removed", (*files)->remove_all()}};
  }
  const auto name = text_field(request.body, "name", "");
  if (!name) return Error{name.error()};
  if (name->empty()) return Error{Error::Code::invalid_input, "'name' is missing"};
  if (const auto removed = (*files)->remove(*name); !removed) return Error{removed.error()};
  return Json{{"removed", 1}};
}

}  // namespace sekisho::dataplane
