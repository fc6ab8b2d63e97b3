#include "dataplane/scan/file_exchange.h"

#include <algorithm>
#include <cstring>

#include "config/base/text_bytes.h"

namespace sekisho::dataplane {

Result<std::unique_ptr<FileExchange>> FileExchange::create() {
  auto memory = HugeMemory::create(kPieces * kPieceBytes);
  if (!memory) return std::move(memory).error();
  return std::unique_ptr<FileExchange>(new FileExchange(*std::move(memory)));
}

FileExchange::FileExchange(HugeMemory memory) : memory_(std::move(memory)) {
  for (std::size_t i = kFiles; i > 0; --i) free_files_.push_back(static_cast<std::uint16_t>(i));
  for (std::size_t i = kPieces; i > 0; --i) free_pieces_.push_back(static_cast<std::uint16_t>(i));
  leaving_.reserve(kFiles);
}

std::span<std::uint8_t> FileExchange::piece_at(std::uint16_t number) const noexcept {
  void* const place = memory_.data() + (number - std::size_t{1}) * kPieceBytes;
  return {static_cast<std::uint8_t*>(place), kPieceBytes};
}

void FileExchange::collect() noexcept {
  std::uint16_t piece = 0;
  while (back_.take(piece)) free_pieces_.push_back(piece);
  for (std::size_t i = 0; i < leaving_.size();) {
    auto& file = files_[leaving_[i]];
    const auto state = file.state.load(std::memory_order_acquire);
    if (state != State::answered && state != State::free) {
      ++i;
      continue;
    }
    file.state.store(State::free, std::memory_order_relaxed);
    free_files_.push_back(leaving_[i]);
    leaving_[i] = leaving_.back();
    leaving_.pop_back();
  }
}

FileExchange::Number FileExchange::begin(std::string_view name) noexcept {
  if (free_files_.empty()) return 0;
  const auto number = free_files_.back();
  free_files_.pop_back();
  auto& file = files_[number];
  file.name.assign(name);
  file.piece = 0;
  file.piece_bytes = 0;
  file.state.store(State::filling, std::memory_order_relaxed);
  return number;
}

void FileExchange::send_piece(Number number, File& file) noexcept {
  if (file.piece == 0) return;
  (void)to_courier_.put(
      {.kind = Piece::Kind::bytes, .file = number, .piece = file.piece, .bytes = file.piece_bytes});
  file.piece = 0;
  file.piece_bytes = 0;
}

bool FileExchange::append(Number number, std::span<const std::uint8_t> bytes) noexcept {
  auto& file = files_[number];
  while (!bytes.empty()) {
    if (file.piece_bytes == kPieceBytes) send_piece(number, file);
    if (file.piece == 0) {
      if (free_pieces_.empty()) return false;
      file.piece = free_pieces_.back();
      free_pieces_.pop_back();
    }
    const auto room = piece_at(file.piece).subspan(file.piece_bytes);
    const auto taken = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), taken);
    file.piece_bytes += static_cast<std::uint32_t>(taken);
    bytes = bytes.subspan(taken);
  }
  return true;
}

void FileExchange::finish(Number number) noexcept {
  auto& file = files_[number];
  send_piece(number, file);
  file.state.store(State::asked, std::memory_order_release);  // before the courier can answer
  (void)to_courier_.put({.kind = Piece::Kind::end, .file = number, .piece = 0, .bytes = 0});
}

void FileExchange::abandon(Number number) noexcept {
  auto& file = files_[number];
  if (file.state.load(std::memory_order_acquire) == State::filling) {
    if (file.piece != 0) free_pieces_.push_back(file.piece);
    file.piece = 0;
    (void)to_courier_.put({.kind = Piece::Kind::abandoned, .file = number, .piece = 0, .bytes = 0});
  }
  leaving_.push_back(number);
}

const FileVerdict* FileExchange::verdict_of(Number number) const noexcept {
  const auto& file = files_[number];
  return file.state.load(std::memory_order_acquire) == State::answered ? &file.verdict : nullptr;
}

std::span<const std::uint8_t> FileExchange::bytes_of(const Piece& piece) const noexcept {
  return piece_at(piece.piece).first(piece.bytes);
}

/// The ring has room for all pieces there are.
void FileExchange::give_back(const Piece& piece) noexcept { (void)back_.put(piece.piece); }

void FileExchange::answer(Number number, const FileVerdict& verdict) noexcept {
  files_[number].verdict = verdict;
  files_[number].state.store(State::answered, std::memory_order_release);
}

void FileExchange::forget(Number number) noexcept {
  files_[number].state.store(State::free, std::memory_order_release);
}

}  // namespace sekisho::dataplane
