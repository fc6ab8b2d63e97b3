#include "controlplane/keys/key_service.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "config/base/hex.h"

namespace sekisho::controlplane {
namespace {

constexpr std::string_view kUntrustedName = "Sekisho untrusted";

Error not_allowed(std::string_view who) {
  return {Error::Code::invalid_input, "only " + std::string(who) + " may ask that"};
}

/// Nobody installs it: whatever it signs is refused, or warned of, by every client.
Result<Authority> make_untrusted(std::int64_t now) {
  return Authority::make({.key_type = keys::KeyType::ecdsa_p256,
                          .organization = std::string(kDefaultOrganization),
                          .common_name = std::string(kUntrustedName)},
                         now);
}

}  // namespace

KeyService::KeyService(AuthorityFile file, Access access, Clock clock)
    : file_(std::move(file)),
      access_(access),
      clock_(std::move(clock)),
      trusted_(file_.open(clock_())),
      untrusted_(controlplane::make_untrusted(clock_())) {
  if (trusted_)
    spdlog::info("authority: SHA-256 {}", to_hex(std::span(trusted_->fingerprint())));
  else
    spdlog::error("authority: {}; regenerate or import one", trusted_.error().message);
}

std::string KeyService::answer(uid_t user, std::span<const std::uint8_t> request) {
  return keys::encode(dispatch(user, request));
}

keys::Reply KeyService::dispatch(uid_t user, std::span<const std::uint8_t> bytes) {
  auto request = keys::parse_request(bytes);
  if (!request) return std::move(request).error();
  if (std::holds_alternative<keys::DescribeRequest>(*request)) return describe();
  if (const auto* leaf = std::get_if<keys::SignRequest>(&*request)) {
    if (user != access_.signs) return not_allowed("sekisho-decrypt");
    return sign(*leaf);
  }
  if (user != access_.administers) return not_allowed("sekisho-control");
  if (const auto* plan = std::get_if<keys::RegenerateRequest>(&*request)) return regenerate(*plan);
  return import(*std::get_if<keys::ImportRequest>(&*request));
}

keys::Reply KeyService::describe() const {
  if (!trusted_) return Error(trusted_.error());
  auto reply = trusted_->describe();
  if (untrusted_) reply.untrusted_certificate = untrusted_->describe().certificate;
  return reply;
}

keys::Reply KeyService::sign(const keys::SignRequest& request) const {
  const auto& authority = request.issuer == keys::Issuer::trusted ? trusted_ : untrusted_;
  if (!authority) return Error(authority.error());
  auto leaf = authority->sign(request, clock_());
  if (!leaf) return std::move(leaf).error();
  return keys::SignReply{std::move(*leaf), authority->fingerprint()};
}

keys::Reply KeyService::regenerate(const keys::RegenerateRequest& request) {
  NewAuthority plan{.key_type = request.key_type};
  if (trusted_) {
    const auto before = trusted_->describe();
    if (before.origin == keys::Origin::generated) {
      plan.organization = before.organization;
      plan.common_name = before.common_name;
    }
  }
  if (!request.organization.empty()) plan.organization = request.organization;
  if (!request.common_name.empty()) plan.common_name = request.common_name;
  return take_up(Authority::make(plan, clock_()), "made anew");
}

keys::Reply KeyService::import(const keys::ImportRequest& request) {
  return take_up(Authority::import(request.certificate_pem, request.key_pem, clock_()), "imported");
}

/// On the disk first: what leafs are signed with outlives the next start.
keys::Reply KeyService::take_up(Result<Authority> authority, const char* how) {
  if (!authority) return std::move(authority).error();
  if (auto saved = file_.save(*authority); !saved) return std::move(saved).error();
  trusted_ = std::move(*authority);
  spdlog::warn("authority: {}, SHA-256 {}", how, to_hex(std::span(trusted_->fingerprint())));
  return describe();
}

}  // namespace sekisho::controlplane
