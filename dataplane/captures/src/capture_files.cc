#include "dataplane/captures/capture_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sekisho::dataplane {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".pcap", kFactsSuffix = ".json";
constexpr mode_t kOwnerOnly = 0600, kOwnersFolder = 0700;  // packets are other people's letters

/// Time, flow, generator and signature are in the name; nothing for a file that is not ours.
std::optional<CaptureInfo> parse_name(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const auto stem = name.substr(0, name.size() - kSuffix.size());
  std::array<std::uint64_t, 5> numbers{};
  constexpr std::array<char, 4> kBetween{'.', '-', '-', '-'};
  const char* at = stem.data();
  const char* const end = at + stem.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i != 0 && (at == end || *at++ != kBetween[i - 1])) return std::nullopt;
    const auto parsed = std::from_chars(at, end, numbers[i]);
    if (parsed.ec != std::errc{}) return std::nullopt;
    at = parsed.ptr;
  }
  if (at != end) return std::nullopt;
  CaptureInfo info;
  info.name = name;
  info.time_ns = numbers[0] * 1'000'000'000 + numbers[1] * 1000;
  info.flow_id = numbers[2];
  info.generator = static_cast<std::uint32_t>(numbers[3]);
  info.signature = static_cast<std::uint32_t>(numbers[4]);
  return info;
}

Json facts_of(const CaptureInfo& info) {
  constexpr std::size_t kMostOfMessage = 256;
  return {{"revision", info.revision},
          {"message", info.message.substr(0, kMostOfMessage)},
          {"client", to_string(info.client)},
          {"client_port", info.client_port},
          {"server", to_string(info.server)},
          {"server_port", info.server_port},
          {"protocol", info.protocol},
          {"packets", info.packets},
          {"lost", info.lost},
          {"ended", info.ended ? Json(*info.ended) : Json()}};
}

/// What a file beside a capture says; a damaged one says nothing.
void read_facts(const std::string& path, CaptureInfo& info) {
  std::ifstream file(path);
  const auto facts = Json::parse(file, nullptr, false);
  if (!facts.is_object()) return;
  auto read = info;
  try {
    facts.at("revision").get_to(read.revision);
    facts.at("message").get_to(read.message);
    facts.at("client_port").get_to(read.client_port);
    facts.at("server_port").get_to(read.server_port);
    facts.at("protocol").get_to(read.protocol);
    facts.at("packets").get_to(read.packets);
    facts.at("lost").get_to(read.lost);
    const auto client = parse_ip_address(facts.at("client").get<std::string>());
    const auto server = parse_ip_address(facts.at("server").get<std::string>());
    if (client) read.client = *client;
    if (server) read.server = *server;
    if (facts.at("ended").is_string()) read.ended = facts.at("ended").get<std::string>();
  } catch (const Json::exception&) {
    return;
  }
  info = std::move(read);
}

FileDescriptor make_file(const std::string& path) {
  return FileDescriptor(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
}

/// Whole ones, of a file whose process died before it told. What a power cut made of a file (zeros,
/// mostly) ends the count: the box waits for it before it forwards.
std::uint64_t count_packets(const std::string& path, std::uint64_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t count = 0;
  std::array<char, PcapFile::kPacketHeaderBytes> header{};
  for (std::uint64_t at = PcapFile::kHeaderBytes;; ++count) {
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(header.data(), header.size())) return count;
    std::uint32_t captured = 0;
    std::memcpy(&captured, &header[8], sizeof captured);
    at += header.size() + captured;
    if (captured == 0 || at > bytes) return count;
  }
}

struct DiskSpace {
  std::uint64_t free = 0, reserved = 0;
};
/// Nothing is known of a disk that does not answer: writing to it will tell.
DiskSpace space_of(const std::string& folder) {
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0) return {.free = UINT64_MAX, .reserved = 0};
  const std::uint64_t block = disk.f_frsize;
  return {.free = disk.f_bavail * block,
          .reserved = std::min(CaptureFiles::kMostReserved, disk.f_blocks * block / 16)};
}

std::uint64_t size_of(const std::string& path) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  return problem ? 0 : size;
}

}  // namespace

CaptureFiles::CaptureFiles(std::string folder, std::uint64_t max_bytes,
                           std::optional<std::uint64_t> reserved)
    : folder_(std::move(folder)), reserved_(reserved) {
  totals_.capacity_bytes = max_bytes;
}

Result<std::unique_ptr<CaptureFiles>> CaptureFiles::open(std::string folder,
                                                         std::uint64_t max_bytes,
                                                         std::optional<std::uint64_t> reserved) {
  std::unique_ptr<CaptureFiles> files(new CaptureFiles(std::move(folder), max_bytes, reserved));
  if (auto loaded = files->load(); !loaded) return std::move(loaded).error();
  files->look_at_disk();
  return files;
}

void CaptureFiles::look_at_disk() {
  const auto space = space_of(folder_);
  const auto reserved = reserved_.value_or(space.reserved);
  usable_ = space.free > reserved ? space.free - reserved : 0;
}

Status CaptureFiles::load() {
  std::error_code problem;
  fs::create_directories(folder_, problem);
  if (problem || chmod(folder_.c_str(), kOwnersFolder) != 0)
    return Error{Error::Code::io,
                 folder_ + ": " + (problem ? problem.message() : std::strerror(errno))};
  for (fs::directory_iterator at(folder_, problem), last; !problem && at != last;
       at.increment(problem)) {
    std::error_code gone;
    if (at->symlink_status(gone).type() == fs::file_type::regular)
      load_one(at->path().filename().string(), size_of(at->path().string()));
  }
  if (problem) return Error{Error::Code::io, folder_ + ": " + problem.message()};
  make_room(0, 0);
  return ok();
}

void CaptureFiles::load_one(const std::string& name, std::uint64_t bytes) {
  auto info = parse_name(name);
  if (!info) return;
  read_facts(path_of(name) + std::string(kFactsSuffix), *info);
  info->bytes = bytes;
  if (!info->ended) {
    info->ended = "interrupted";
    info->packets = count_packets(path_of(name), bytes);
  }
  totals_.bytes += bytes + kFactsBytes;
  ++totals_.files;
  captures_.emplace(name, Capture{.info = *std::move(info)});
}

CaptureFiles::Capture* CaptureFiles::begin(CaptureInfo info) {
  const std::lock_guard lock(mutex_);
  const auto name = info.name;
  if (!make_room(PcapFile::kHeaderBytes + kFactsBytes, 1)) {
    ++totals_.failed;
    return nullptr;
  }
  auto made = make_file(path_of(name));
  const bool is_new = made.valid();
  const int problem = errno;
  auto file = std::make_unique<PcapFile>(std::move(made));
  if (!file->flush()) {
    ++totals_.failed;
    if (!std::exchange(told_full_, true))
      spdlog::warn("captures: {}: {}", path_of(name), std::strerror(is_new ? errno : problem));
    if (is_new) ::unlink(path_of(name).c_str());
    return nullptr;
  }
  told_full_ = false;
  info.bytes = file->bytes();
  totals_.bytes += info.bytes + kFactsBytes;
  ++totals_.files;
  ++totals_.running;
  auto& capture = captures_.emplace(name, Capture{.info = std::move(info), .file = std::move(file)})
                      .first->second;
  describe(capture);
  return &capture;
}

void CaptureFiles::add(Capture& capture, std::uint64_t time_ns, std::uint32_t frame_bytes,
                       std::span<const std::uint8_t> frame) {
  const std::lock_guard lock(mutex_);
  const auto before = capture.file->bytes();
  if (capture.file->good() && make_room(PcapFile::kPacketHeaderBytes + frame.size(), 0))
    capture.file->add(time_ns, frame_bytes, frame);
  const auto more = capture.file->bytes() - before;
  const bool taken = more == PcapFile::kPacketHeaderBytes + frame.size();
  capture.info.packets += taken ? 1 : 0;
  capture.info.lost += taken ? 0 : 1;
  totals_.lost += taken ? 0 : 1;
  capture.info.bytes += more;
  totals_.bytes += more;
  usable_ -= std::min(usable_, more);
}

void CaptureFiles::end(Capture& capture, std::string_view why, std::uint64_t lost) {
  const std::lock_guard lock(mutex_);
  const bool whole = capture.file->flush();
  totals_.failed += whole ? 0 : 1;
  capture.file.reset();
  capture.info.lost += lost;
  capture.info.ended = whole ? why : "failed";
  --totals_.running;
  describe(capture);
}

void CaptureFiles::flush() {
  const std::lock_guard lock(mutex_);
  look_at_disk();
  if (totals_.running == 0) return;
  for (auto& [name, capture] : captures_)
    if (capture.file != nullptr) static_cast<void>(capture.file->flush());
}

/// Writes the file beside a capture. Without it a capture is one of which less is known.
void CaptureFiles::describe(const Capture& capture) const {
  const auto path = path_of(capture.info.name) + std::string(kFactsSuffix);
  const auto text = facts_of(capture.info).dump(-1, ' ', false, Json::error_handler_t::replace);
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) < 0)
    spdlog::warn("captures: {}: {}", path, std::strerror(errno));
}

/// Removes the oldest captures that do not run until so much more fits. False: that was not enough.
bool CaptureFiles::make_room(std::uint64_t bytes, std::size_t files) {
  const auto fits = [&] {
    return totals_.bytes + bytes <= totals_.capacity_bytes && totals_.files + files <= kMostFiles &&
           bytes <= usable_;
  };
  for (auto at = captures_.begin(); !fits() && at != captures_.end();) {
    if (at->second.file != nullptr) {
      ++at;
      continue;
    }
    usable_ += at->second.info.bytes;
    at = erase(at);
    ++totals_.removed;
  }
  return fits();
}

CaptureFiles::Captures::iterator CaptureFiles::erase(Captures::iterator at) {
  const auto path = path_of(at->first);
  ::unlink(path.c_str());
  ::unlink((path + std::string(kFactsSuffix)).c_str());
  totals_.bytes -= at->second.info.bytes + kFactsBytes;
  --totals_.files;
  return captures_.erase(at);
}

std::vector<CaptureInfo> CaptureFiles::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<CaptureInfo> list;
  list.reserve(captures_.size());
  for (const auto& [name, capture] : captures_) list.push_back(capture.info);
  return list;
}

Result<FileDescriptor> CaptureFiles::read(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = captures_.find(name);
  if (found == captures_.end())
    return Error{Error::Code::not_found, "there is no capture " + std::string(name)};
  if (found->second.file != nullptr) static_cast<void>(found->second.file->flush());
  const auto path = path_of(name);
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return Error{Error::Code::io, path + ": " + std::strerror(errno)};
  return file;
}

Status CaptureFiles::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = captures_.find(name);
  if (found == captures_.end())
    return Error{Error::Code::not_found, "there is no capture " + std::string(name)};
  if (found->second.file != nullptr)
    return Error{Error::Code::invalid_input, std::string(name) + " still runs"};
  erase(found);
  return ok();
}

std::size_t CaptureFiles::remove_all() {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (auto at = captures_.begin(); at != captures_.end();) {
    const bool runs = at->second.file != nullptr;
    at = runs ? std::next(at) : erase(at);
    count += runs ? 0 : 1;
  }
  return count;
}

CaptureFiles::Totals CaptureFiles::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::string CaptureFiles::path_of(std::string_view name) const {
  return folder_ + "/" + std::string(name);
}

}  // namespace sekisho::dataplane
