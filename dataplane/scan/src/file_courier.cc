#include "dataplane/scan/file_courier.h"

#include <chrono>
#include <utility>

#include "config/scan/scan_message.h"

namespace sekisho::dataplane {
namespace {

using Piece = FileExchange::Piece;
using scan::ScanAnswer;
using scan::Verdict;

// The first is short against what the pieces hold at line rate.
constexpr std::chrono::milliseconds kWhileBusy{1}, kWhileIdle{5};
constexpr std::size_t kPiecesARound = 64;
/// sekisho-scan itself answers within 30 s; one that is restarted is there again within these two.
constexpr std::chrono::seconds kPatience{40}, kStartPatience{2};

ScanAnswer failed(std::string why) {
  ScanAnswer answer;
  answer.reason = std::move(why);
  return answer;
}

FileVerdict in_place(const ScanAnswer& answer) {
  FileVerdict verdict;
  verdict.verdict = answer.verdict;
  verdict.is_scored = answer.is_scored;
  verdict.suspicion = answer.suspicion;
  verdict.score = answer.score;
  verdict.threat.assign(answer.threat);
  verdict.engine.assign(answer.engine);
  verdict.reason.assign(answer.reason);
  verdict.sha256.assign(answer.sha256);
  verdict.type.assign(answer.type);
  return verdict;
}

}  // namespace

FileCourier::FileCourier(std::string socket_path, const std::vector<FileExchange*>& exchanges)
    : socket_path_(std::move(socket_path)) {
  for (auto* const exchange : exchanges) {
    sources_.push_back(std::make_unique<Source>());
    sources_.back()->exchange = exchange;
  }
  threads_.emplace_back([this](const std::stop_token& stop) { gather(stop); });
  for (std::size_t i = 0; i < kAskers; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { ask(stop); });
}

FileCourier::~FileCourier() {
  for (auto& thread : threads_) thread.request_stop();
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void FileCourier::gather(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    bool any = false;
    for (auto& source : sources_) any = gather_some(*source) || any;
    std::this_thread::sleep_for(any ? kWhileBusy : kWhileIdle);
  }
}

bool FileCourier::gather_some(Source& source) {
  std::size_t count = 0;
  for (Piece piece; count < kPiecesARound && source.exchange->take(piece); ++count) {
    switch (piece.kind) {
      case Piece::Kind::bytes:
        add(source, piece);
        source.exchange->give_back(piece);
        break;
      case Piece::Kind::end:
        end(source, piece.file);
        break;
      case Piece::Kind::abandoned:
        drop(source, piece.file);
        source.exchange->forget(piece.file);
        break;
    }
  }
  return count != 0;
}

void FileCourier::add(Source& source, const Piece& piece) {
  auto& file = source.files[piece.file];
  auto& is_lost = source.is_lost[piece.file];
  if (is_lost) return;
  if (!file) {
    auto made = scan::MemoryFile::create();
    if (made) file.emplace(*std::move(made));
  }
  if (!file || bytes_ + piece.bytes > kMostBytes ||
      !file->append(source.exchange->bytes_of(piece))) {
    drop(source, piece.file);
    is_lost = true;
    return;
  }
  bytes_ += piece.bytes;
}

void FileCourier::drop(Source& source, FileExchange::Number number) {
  auto& file = source.files[number];
  if (file) bytes_ -= file->size();
  file.reset();
  source.is_lost[number] = false;
}

void FileCourier::end(Source& source, FileExchange::Number number) {
  auto& file = source.files[number];
  const bool is_whole = file.has_value() && !source.is_lost[number];
  const auto size = is_whole ? file->size() : 0;
  auto sealed = is_whole ? std::move(*file).seal()
                         : Result<FileDescriptor>(Error{Error::Code::resource, "no memory for it"});
  if (!sealed) {
    drop(source, number);
    return source.exchange->answer(number, in_place(failed(sealed.error().message)));
  }
  file.reset();
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({source.exchange, number, *std::move(sealed), size});
  }
  changed_.notify_one();
}

void FileCourier::ask(const std::stop_token& stop) {
  for (;;) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !questions_.empty(); })) return;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    const auto answer = judge(question, stop);
    bytes_ -= question.size;
    question.exchange->answer(question.file, in_place(answer));
  }
}

ScanAnswer FileCourier::judge(const Question& question, const std::stop_token& stop) const {
  using Clock = std::chrono::steady_clock;
  const auto request =
      scan::write_request({.operation = scan::ScanRequest::Operation::scan,
                           .name = std::string(question.exchange->name_of(question.file))});
  const auto until = Clock::now() + kStartPatience;
  for (;;) {
    const auto reply = request_unix(socket_path_, request, question.bytes.get(), kPatience);
    if (reply) {
      auto answer = scan::read_answer(*reply);
      return answer ? *std::move(answer) : failed(answer.error().message);
    }
    // It is starting anew, or ended with this question; the file itself is still here.
    if (Clock::now() >= until || stop.stop_requested())
      return failed("sekisho-scan: " + reply.error().message);
    std::this_thread::sleep_for(kWhileIdle * 4);
  }
}

}  // namespace sekisho::dataplane
