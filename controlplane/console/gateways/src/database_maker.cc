#include "database_maker.h"

#include <algorithm>
#include <utility>

#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "database_rows.h"

namespace sekisho::console {

DatabaseMaker::Piece DatabaseMaker::piece(const Wanted& wanted) {
  auto what = wanted;
  what.piece = 0;
  const auto bytes = bytes_of(what);
  if (bytes == nullptr || bytes->empty()) return {};
  Piece piece{.pieces = static_cast<std::uint32_t>((bytes->size() - 1) / kPieceBytes + 1),
              .bytes = {}};
  if (wanted.piece < piece.pieces)
    piece.bytes = bytes->substr(std::size_t{wanted.piece} * kPieceBytes, kPieceBytes);
  return piece;
}

DatabaseMaker::Bytes DatabaseMaker::bytes_of(const Wanted& wanted) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(made_.begin(), made_.end(),
                                  [&](const Made& made) { return made.what == wanted; });
  if (found != made_.end()) {
    made_.splice(made_.begin(), made_, found);
    return made_.front().bytes;
  }
  auto bytes = make(wanted);
  if (bytes == nullptr) return bytes;
  made_bytes_ += bytes->size();
  made_.push_front({wanted, bytes});
  while (made_bytes_ > kMaxKeptBytes && made_.size() > 1) {
    made_bytes_ -= made_.back().bytes->size();
    made_.pop_back();
  }
  return bytes;
}

DatabaseMaker::Bytes DatabaseMaker::make(const Wanted& wanted) {
  const auto read = [&](std::uint64_t version) {
    return database_.read([&](Database::Session& session) {
      return packed_list(session, wanted.tenant, wanted.kind, version);
    });
  };
  auto packed = read(wanted.version);
  if (!packed) return nullptr;
  if (wanted.base == 0) return std::make_shared<const std::string>(std::move(*packed));
  const auto packed_base = read(wanted.base);
  if (!packed_base) return nullptr;
  const auto list = content::unpack(*packed, content::kMaxListBytes);
  const auto base = content::unpack(*packed_base, content::kMaxListBytes);
  if (!list || !base) return nullptr;
  auto difference = content::pack(content::difference_of(*base, *list));
  // Two lists that have little in common: the whole is the smaller.
  if (difference.size() >= packed->size()) return nullptr;
  return std::make_shared<const std::string>(std::move(difference));
}

}  // namespace sekisho::console
