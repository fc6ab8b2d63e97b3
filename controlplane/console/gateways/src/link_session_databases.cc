// The databases that a gateway is offered, and the pieces that it fetches of them.
#include <spdlog/spdlog.h>

#include "database_rows.h"
#include "link_session.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

}  // namespace

void LinkSession::offer_databases(const GatewayView& view) {
  const bool is_asked = std::exchange(content_asked_, false);
  const auto offered = services_.database.read([&](Database::Session& session) {
    return databases_for(session, peer_.gateway, peer_.tenant);
  });
  for (const auto& one : offered) {
    auto& sent = sent_databases_[content::index_of(one.kind)];
    const auto version = one.description.version;
    if (one.was_rolled_back || (one.was_refused && !is_asked) || (sent >= version && !is_asked))
      continue;
    auto made = services_.bundles.make_description(
        {peer_.tenant, peer_.gateway, version, content::bundle_kind(one.kind)}, one.description,
        view.newest_key_sequence);
    if (!made) {
      spdlog::error("gateway {}: database of {}: {}", peer_.gateway, name_of(one.kind),
                    made.error().message);
      return look_later();
    }
    sent = version;
    v1::ToGateway message;
    auto& offer = *message.mutable_database_offer();
    offer.set_kind(std::string(name_of(one.kind)));
    offer.set_version(version);
    offer.set_description(std::move(*made));
    send(std::move(message));
  }
}

void LinkSession::handle_database(const v1::DatabaseWanted& wanted) {
  const auto kind = content::find_database_kind(wanted.kind());
  if (!kind) return done_with_message();  // of a newer gateway
  auto made = services_.databases.piece({.tenant = peer_.tenant,
                                         .kind = *kind,
                                         .version = wanted.version(),
                                         .base = wanted.base(),
                                         .piece = wanted.piece()});
  v1::ToGateway message;
  auto& piece = *message.mutable_database_piece();
  piece.set_kind(wanted.kind());
  piece.set_version(wanted.version());
  piece.set_base(wanted.base());
  piece.set_piece(wanted.piece());
  piece.set_pieces(made.pieces);
  piece.set_bytes(std::move(made.bytes));
  send(std::move(message));
  done_with_message();
}

void LinkSession::handle_content_wanted() {
  content_asked_ = true;
  look();
  done_with_message();
}

}  // namespace sekisho::console
