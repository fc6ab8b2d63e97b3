// What the console has to say to a gateway, as its rows tell.
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "controlplane/console/gateways/message_check.h"
#include "controlplane/console/secrets/sealed_arguments.h"
#include "controlplane/console/store/clock.h"
#include "controlplane/console/store/json_depth.h"
#include "link_session.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

/// Why the gateway's answer is a failure; nothing when it is none.
std::optional<std::string> failure_in(const std::string& text) {
  if (nested_deeper(text, kMaxGatewayJsonLevels))
    return "the gateway's answer is nested deeper than " + std::to_string(kMaxGatewayJsonLevels) +
           " levels";
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!answer.is_object()) return "the gateway's answer is no JSON object";
  const auto error = answer.find("error");
  if (error == answer.end()) return std::nullopt;
  if (error->is_object() && error->contains("message") && (*error)["message"].is_string())
    return (*error)["message"].get<std::string>();
  if (error->is_string()) return error->get<std::string>();
  return error->dump();
}

Result<std::string> arguments_of(const WaitingDiagnostic& diagnostic, const MasterKey& key) {
  if (!has_sealed_arguments(diagnostic.op)) return diagnostic.arguments;
  return unseal_arguments(key, diagnostic.id, diagnostic.arguments);
}

}  // namespace

void LinkSession::look_now() {
  {
    const std::scoped_lock lock(mutex_);
    looked_ = Clock::now();
    look_later_ = false;
  }
  const auto view = services_.database.read(
      [&](Database::Session& session) { return view_gateway(session, peer_); });
  act_on(view);
}

void LinkSession::act_on(const GatewayView& view) {
  if (!view.let_in) return end({End::permission_denied, "this gateway is revoked"});
  if (view.console != name_) return end({End::aborted, "this gateway has another stream by now"});
  const bool key_is_old = send_rotation(view);
  if (view.wants_bundle() && sent_version_ < view.desired_version) {
    if (key_refused_ && view.delivery_state == "delivering")
      return refuse_bundle(view.desired_version, "signing_key",
                           "the gateway did not accept the tenant's new signing key");
    if (!key_is_old) return send_bundle(view);
  }
  if (takes_content_ && !key_is_old && view.wants_content() && sent_content_ < view.content_desired)
    return send_content(view);
  if (takes_databases_ && !key_is_old) offer_databases(view);
  send_diagnostics(view);
}

/// True: the gateway must pin a newer key before it can be sent anything signed.
bool LinkSession::send_rotation(const GatewayView& view) {
  if (view.key_sequence >= view.newest_key_sequence) return false;
  if (key_refused_ || sent_key_ > view.key_sequence) return true;
  const auto chain = services_.database.read([&](Database::Session& session) {
    return services_.keys.chain_after(session, peer_.tenant, view.key_sequence);
  });
  if (chain.empty()) return true;
  sent_key_ = view.key_sequence + 1;
  v1::ToGateway message;
  message.mutable_key_rotation()->set_statement(chain.front());
  send(std::move(message));
  return true;
}

void LinkSession::handle_key(const v1::KeyPinned& pinned) {
  if (!pinned.refusal().empty()) {
    spdlog::warn("gateway {} does not pin the new signing key: {}", peer_.gateway,
                 pinned.refusal());
    key_refused_ = true;
    look();
    return done_with_message();
  }
  write(
      0,
      [this, sequence = pinned.sequence()](GroupTransaction& transaction) {
        record_key(transaction.session, peer_.gateway, sequence);
      },
      [this] {
        look();
        done_with_message();
      });
}

void LinkSession::send_bundle(const GatewayView& view) {
  if (view.delivery_state == "succeeded") {
    write(
        0,
        [this, version = view.desired_version](GroupTransaction& transaction) {
          deliver_again(transaction.session, peer_, version, unix_ms());
        },
        [this] { look(); });
    return;
  }
  if (services_.bundle_bytes.load() > kMaxBundleBytesUnderWay) return look_later();
  auto made = services_.bundles.make({peer_.tenant, peer_.gateway, view.desired_version},
                                     view.group, view.newest_key_sequence);
  if (!made && made.error().code == Error::Code::version) return look_later();
  if (!made) return refuse_bundle(view.desired_version, "console", made.error().message);
  sent_version_ = view.desired_version;
  const std::size_t bytes = made->size();
  auto message = std::make_unique<v1::ToGateway>();
  message->mutable_bundle()->set_version(view.desired_version);
  message->mutable_bundle()->set_bytes(std::move(*made));
  send_bundle_message(std::move(message), bytes);
}

void LinkSession::send_content(const GatewayView& view) {
  if (services_.bundle_bytes.load() > kMaxBundleBytesUnderWay) return look_later();
  const auto version = view.content_desired;
  auto made = services_.bundles.make_content(
      {peer_.tenant, peer_.gateway, version, bundle::Kind::content}, view.newest_key_sequence);
  if (!made && made.error().code == Error::Code::version) return look_later();
  if (!made)
    return write(
        0,
        [this, version, why = made.error().message](GroupTransaction& transaction) {
          fail_content(transaction.session, peer_, version, why, unix_ms());
        },
        [this] { look(); });
  sent_content_ = version;
  const std::size_t bytes = made->size();
  auto message = std::make_unique<v1::ToGateway>();
  message->mutable_content_bundle()->set_version(version);
  message->mutable_content_bundle()->set_bytes(std::move(*made));
  send_bundle_message(std::move(message), bytes);
}

void LinkSession::look_later() {
  const std::scoped_lock lock(mutex_);
  look_later_ = true;
}

void LinkSession::send_bundle_message(std::unique_ptr<v1::ToGateway> message, std::size_t bytes) {
  auto& under_way = services_.bundle_bytes;
  under_way += bytes;
  wire_->send({message.release(), [&under_way, bytes](const v1::ToGateway* sent) {
                 delete sent;
                 under_way -= bytes;
               }});
  look();  // for what else there is to say
}

void LinkSession::refuse_bundle(std::uint64_t version, const std::string& code,
                                const std::string& reason) {
  write(
      0,
      [this, version, code, reason](GroupTransaction& transaction) {
        fail_delivery(transaction.session, peer_, version, code, reason, unix_ms());
      },
      [this] { look(); });
}

void LinkSession::send_diagnostics(const GatewayView& view) {
  constexpr std::size_t kAtOnce = 2;  // what a gateway answers at a time
  if (view.diagnostics.empty() || diagnostics_.size() >= kAtOnce) return;
  auto asked = std::make_shared<std::vector<WaitingDiagnostic>>();
  auto waiting = std::make_shared<std::vector<WaitingDiagnostic>>(view.diagnostics);
  waiting->resize(std::min(waiting->size(), kAtOnce - diagnostics_.size()));
  write(
      0,
      [this, asked, waiting](GroupTransaction& transaction) {
        asked->clear();
        for (const auto& diagnostic : *waiting) {
          if (!take_diagnostic(transaction.database, transaction.session, diagnostic.id)) continue;
          auto arguments = arguments_of(diagnostic, services_.keys.master_key());
          if (arguments)
            asked->push_back({diagnostic.id, diagnostic.op, std::move(*arguments)});
          else
            console::finish_diagnostic(transaction.session, peer_.gateway,
                                       {diagnostic.id, true, "{}", arguments.error().message, ""});
        }
      },
      [this, asked] {
        for (const auto& diagnostic : *asked) {
          diagnostics_[diagnostic.id].op = diagnostic.op;
          v1::ToGateway message;
          auto& request = *message.mutable_diagnostic();
          request.set_id(diagnostic.id);
          request.set_op(diagnostic.op);
          request.set_arguments(diagnostic.arguments);
          send(std::move(message));
        }
      });
}

void LinkSession::handle_diagnostic(const v1::DiagnosticReply& reply) {
  const auto found = diagnostics_.find(reply.id());
  if (found == diagnostics_.end()) return done_with_message();  // given up, or never asked
  std::string& file = found->second.file;
  if (file.size() + reply.file().size() > kMaxDiagnosticFile)
    return finish_diagnostic({reply.id(), true, "{}", "the gateway's file is over 4 MiB", ""});
  file += reply.file();
  if (!reply.last()) return done_with_message();
  auto failure = failure_in(reply.json());
  if (failure) tidy(*failure, kMaxReasonBytes);
  if (failure) return finish_diagnostic({reply.id(), true, "{}", *failure, ""});
  finish_diagnostic({reply.id(), false, reply.json(), "", std::move(file)});
}

void LinkSession::finish_diagnostic(DiagnosticResult result) {
  const auto asked = diagnostics_.extract(result.id);
  // What the question changed shows at once, not with the next report.
  if (!asked.empty() && asked.mapped().op.starts_with("ca.")) {
    v1::ToGateway message;
    message.mutable_status_wanted();
    send(std::move(message));
  }
  auto finished = std::make_shared<const DiagnosticResult>(std::move(result));
  const std::size_t bytes = finished->json.size() + 3 * finished->file.size();
  write(
      bytes,
      [this, finished](GroupTransaction& transaction) {
        console::finish_diagnostic(transaction.session, peer_.gateway, *finished);
      },
      [this] {
        look();  // another may wait
        done_with_message();
      });
}

}  // namespace sekisho::console
