#include "dataplane/captures/capture_writer.h"

#include <chrono>

namespace sekisho::dataplane {
namespace {

// The first is short against what a queue holds at line rate.
constexpr std::chrono::milliseconds kWhileBusy{4}, kWhileIdle{20};
constexpr std::size_t kRecordsARound = 1024;

CaptureInfo info_of(const CaptureRecord& record, std::span<const std::uint8_t> message) {
  CaptureInfo info;
  info.name =
      name_of_capture(record.time_ns, record.flow_id, record.generator, record.signature).view();
  info.time_ns = record.time_ns;
  info.flow_id = record.flow_id;
  info.generator = record.generator;
  info.signature = record.signature;
  info.revision = record.revision;
  info.message.assign(message.begin(), message.end());
  info.client = record.client;
  info.server = record.server;
  info.client_port = record.client_port;
  info.server_port = record.server_port;
  info.protocol = record.protocol;
  return info;
}

}  // namespace

CaptureWriter::CaptureWriter(CaptureFiles& files, const std::vector<CaptureQueue*>& queues)
    : files_(files) {
  for (auto* const queue : queues) sources_.push_back({.queue = queue});
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

CaptureWriter::~CaptureWriter() {
  thread_.request_stop();
  thread_.join();
  while (drain().left) {
  }
  for (auto& source : sources_)
    for (auto* const capture : source.running)
      if (capture != nullptr) files_.end(*capture, name_of(CaptureEnd::stopped), 0);
}

void CaptureWriter::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto drained = drain();
    if (drained.any) files_.flush();
    if (!drained.left) std::this_thread::sleep_for(drained.any ? kWhileBusy : kWhileIdle);
  }
}

/// A bounded number from each queue, so that none waits for another.
CaptureWriter::Drained CaptureWriter::drain() {
  Drained drained;
  for (auto& source : sources_) {
    CaptureRecord record;
    std::size_t taken = 0;
    while (taken < kRecordsARound) {
      const auto* const bytes = source.queue->front(record);
      if (bytes == nullptr) break;
      take(source, record, bytes);
      source.queue->pop();
      ++taken;
    }
    drained.any |= taken != 0;
    drained.left |= taken == kRecordsARound;
  }
  return drained;
}

void CaptureWriter::take(Source& source, const CaptureRecord& record, const std::uint8_t* bytes) {
  auto*& capture = source.running[record.running];
  const std::span<const std::uint8_t> content(bytes, record.captured);
  switch (record.kind) {
    case CaptureRecord::Kind::begin:
      capture = files_.begin(info_of(record, content));
      return;
    case CaptureRecord::Kind::packet:
      if (capture != nullptr) files_.add(*capture, record.time_ns, record.frame_bytes, content);
      return;
    case CaptureRecord::Kind::end:
      if (capture != nullptr) files_.end(*capture, name_of(record.end), record.lost);
      capture = nullptr;
      return;
  }
}

}  // namespace sekisho::dataplane
