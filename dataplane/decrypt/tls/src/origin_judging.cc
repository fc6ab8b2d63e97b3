// What becomes of an origin that has shown its certificates.
#include <openssl/ssl.h>

#include <algorithm>
#include <ctime>

#include "dataplane/decrypt/tls/tls_session.h"
#include "origin_facts_door.h"

namespace sekisho::decrypt {

engines::origin::Presented TlsSession::presented(const std::vector<std::string_view>& chain) const {
  return {.chain = chain, .host = asked_host(), .staple = staple_, .now = std::time(nullptr)};
}

/// False: it showed no certificate.
bool TlsSession::judge_origin() {
  auto* const origin = tls(Side::server);
  chain_ = chain_of(origin);
  if (chain_.empty()) return false;
  if (SSL_session_reused(origin) == 0) staple_ = staple_of(origin);
  const std::vector<std::string_view> views(chain_.begin(), chain_.end());
  judgement_ = parts_->judgements.judge(presented(views));
  origin_der_ = chain_.front();
  chosen_protocol_ = protocol_of(origin);
  opened_.origin_version = static_cast<std::uint16_t>(SSL_version(origin));
  opened_.has_staple = staple_.empty() ? 0 : 1;
  opened_.sct_count = timestamps_of(origin);
  opened_.alpn_bytes =
      static_cast<std::uint8_t>(std::min(chosen_protocol_.size(), opened_.alpn.size()));
  std::copy_n(chosen_protocol_.begin(), opened_.alpn_bytes, opened_.alpn.begin());
  return true;
}

bool TlsSession::ask_about_origin() {
  return parts_->inquiries.ask({.id = 0, .host = std::string(asked_host()), .chain = chain_},
                               waiter_);
}

void TlsSession::finding_told(const inquiry::Finding& finding) {
  if (stage_ != Stage::finding) return;
  const std::vector<std::string_view> views(chain_.begin(), chain_.end());
  judgement_ = parts_->judgements.conclude(presented(views), finding);
  (void)take_judgement();
}

bool TlsSession::forgoes_finding() {
  if (stage_ != Stage::finding) return false;
  finding_told({.until = std::time(nullptr) + Inquiries::kAgainSeconds});
  return true;
}

TlsSession::Step TlsSession::take_judgement() noexcept {
  opened_.fault = static_cast<std::uint8_t>(judgement_.fault);
  opened_.revocation = static_cast<std::uint8_t>(judgement_.revocation);
  chain_ = {};
  enter(Stage::leaf);
  keep_ticket();
  return judgement_.fault == engines::origin::Fault::none ? Step::moved : treat_untrusted();
}

TlsSession::Step TlsSession::treat_untrusted() noexcept {
  if (wish_.untrusted_origin != UntrustedOrigin::refuse) return Step::moved;
  if (!lends()) return fail(TlsFailure::untrusted_origin);
  // The worker's page is all that the client gets.
  is_refused_ = true;
  close_origin();
  return Step::moved;
}

std::string_view TlsSession::asked_host() const noexcept {
  return asked_.host.empty() ? names_.server_address : asked_.host;
}

}  // namespace sekisho::decrypt
