#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/inquiry/messages.h"
#include "dataplane/decrypt/tls/digest.h"
#include "dataplane/decrypt/tls/recent.h"
#include "engines/origin/validation.h"

namespace sekisho::decrypt {

/// What was judged of an origin.
struct Judgement {
  engines::origin::Fault fault = engines::origin::Fault::none;
  engines::origin::Revocation revocation = engines::origin::Revocation::unknown;
  std::int64_t valid_until = 0;  // Unix seconds
  /// The certificate says where more is to be had: that it is revoked, or what its chain lacks.
  bool leaves_open = false;
};

/// Judges what origins show, and remembers: whoever shows the very same is not looked at again as
/// long as that holds. One thread.
class Judgements {
 public:
  static constexpr std::size_t kMax = 8192;
  /// What is refused is looked at again after so long: it may be mended, or the clock be set.
  static constexpr std::int64_t kRefusedSeconds = 30;

  explicit Judgements(engines::origin::TrustStore trusted) : trusted_(std::move(trusted)) {}

  Judgement judge(const engines::origin::Presented& presented);
  /// With what sekisho-fetch found out about it: its authorities are judged like those that were
  /// sent, its word that the certificate is revoked is taken. Nothing is left open then.
  Judgement conclude(const engines::origin::Presented& presented, const inquiry::Finding& finding);
  std::uint64_t remembered() const noexcept { return remembered_; }

 private:
  static Digest name_of(const engines::origin::Presented& presented);
  Judgement look_at(const engines::origin::Presented& presented) const;

  engines::origin::TrustStore trusted_;
  Recent<Digest, Judgement, DigestHash> known_{kMax};
  std::uint64_t remembered_ = 0;
};

}  // namespace sekisho::decrypt
