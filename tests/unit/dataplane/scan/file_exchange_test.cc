#include "dataplane/scan/file_exchange.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::dataplane {
namespace {

using Kind = FileExchange::Piece::Kind;

std::unique_ptr<FileExchange> made() {
  auto exchange = FileExchange::create();
  REQUIRE(exchange);
  return *std::move(exchange);
}

TEST_CASE("a file's bytes arrive in order, then its end, and its verdict comes back") {
  const auto files = made();
  const auto number = files->begin("x.zip");
  REQUIRE(number != 0);
  std::string sent;
  for (int i = 0; i < 1000; ++i) {
    const std::string part(static_cast<std::size_t>(i % 200), static_cast<char>('a' + i % 26));
    REQUIRE(files->append(number, sekisho::bytes_of(part)));
    sent += part;
  }
  files->finish(number);
  std::string got;
  FileExchange::Piece piece;
  bool ended = false;
  while (files->take(piece)) {
    CHECK(piece.file == number);
    CHECK_FALSE(ended);
    ended = piece.kind == Kind::end;
    if (ended) continue;
    got += as_text(files->bytes_of(piece));
    files->give_back(piece);
  }
  CHECK(ended);
  CHECK(got == sent);
  CHECK(files->name_of(number) == "x.zip");
  CHECK(files->verdict_of(number) == nullptr);
  FileVerdict verdict;
  verdict.verdict = scan::Verdict::infected;
  verdict.threat.assign("Harm");
  files->answer(number, verdict);
  REQUIRE(files->verdict_of(number) != nullptr);
  CHECK(files->verdict_of(number)->threat.view() == "Harm");
  files->abandon(number);
  files->collect();
  CHECK(files->num_files() == 0);
}

TEST_CASE("memory runs short, is told, and comes back") {
  const auto files = made();
  const auto number = files->begin("large");
  const std::string part(FileExchange::kPieceBytes, 'x');
  for (std::size_t i = 0; i < FileExchange::kPieces; ++i) {
    CHECK(files->is_short_of_memory() == (FileExchange::kPieces - i < FileExchange::kReserve));
    REQUIRE(files->append(number, sekisho::bytes_of(part)));
  }
  CHECK_FALSE(files->append(number, sekisho::bytes_of("x")));
  files->abandon(number);
  FileExchange::Piece piece;
  while (files->take(piece))
    piece.kind == Kind::bytes ? files->give_back(piece) : files->forget(piece.file);
  files->collect();
  CHECK_FALSE(files->is_short_of_memory());
  CHECK(files->num_files() == 0);
}

TEST_CASE("a number is nobody else's until the courier is done with it") {
  const auto files = made();
  for (std::size_t i = 0; i < FileExchange::kFiles; ++i) REQUIRE(files->begin("x") != 0);
  CHECK(files->begin("x") == 0);
  files->finish(1);
  files->abandon(1);
  files->abandon(2);
  files->collect();
  CHECK(files->begin("x") == 0);
  FileExchange::Piece piece;
  REQUIRE(files->take(piece));
  CHECK(piece.kind == Kind::end);
  files->answer(1, {});
  REQUIRE(files->take(piece));
  CHECK(piece.kind == Kind::abandoned);
  files->forget(2);
  files->collect();
  CHECK(files->num_files() == FileExchange::kFiles - 2);
  CHECK(files->begin("x") != 0);
}

}  // namespace
}  // namespace sekisho::dataplane
