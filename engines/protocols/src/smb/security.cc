#include "smb/security.h"

#include <algorithm>

#include "config/base/byte_reader.h"
#include "krb5/krb5_message.h"
#include "smb/smb_text.h"

namespace sekisho::engines::smb {

Session* session_of(SmbTransaction& transaction, MemoryPool& pool) noexcept {
  if (transaction.session == nullptr) transaction.session = make_pooled<Session>(pool, pool);
  return transaction.session.get();
}

void read_security(SmbTransaction& transaction, Bytes blob) noexcept {
  const auto ntlm = find_authentication(blob);
  const auto token = find_ticket_request(blob);
  if (!ntlm.found && token.empty()) return;
  auto* session = session_of(transaction, transaction.name.pool());
  if (session == nullptr) return;
  if (ntlm.found) {
    session->ntlm = true;
    assign_text(ntlm.domain, ntlm.unicode, session->domain);
    assign_text(ntlm.user, ntlm.unicode, session->user);
    assign_text(ntlm.host, ntlm.unicode, session->host);
    if (!ntlm.version.empty())
      std::copy(ntlm.version.begin(), ntlm.version.end(), session->version.emplace().begin());
    if (ntlm.malformed) transaction.add_oddity("smb.malformed_ntlmssp_request");
  }
  const auto message = token.empty() ? std::nullopt : krb5::read_message(token);
  if (!message || message->type != krb5::kApRequest) return;
  session->kerberos = true;
  session->realm.append_some(message->realm);
  if (message->server.size() <= Session::kMaxTicket) session->service.append_some(message->server);
}

bool is_pipe_share(Bytes share) noexcept {
  constexpr std::string_view kPipes = "IPC$";
  if (share.size() < kPipes.size()) return false;
  const auto tail = as_text(share.last(kPipes.size()));
  return std::equal(tail.begin(), tail.end(), kPipes.begin(), [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
  });
}

}  // namespace sekisho::engines::smb
