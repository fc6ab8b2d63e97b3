#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/bundle/bundle.h"
#include "config/content/description.h"
#include "controlplane/console/secrets/tenant_keys.h"

namespace sekisho::console {

/// Makes bundles of what was delivered, on demand. A group's policy, or its packs of IPS
/// rules, are packed once for all its gateways; only manifest and signature are each gateway's own.
/// Any thread.
class BundleMaker {
 public:
  static constexpr std::size_t kMaxPackedBytes = std::size_t{64} << 20;  // kept, of all tenants
  static constexpr std::size_t kMaxKeys = 1'000;                         // likewise

  BundleMaker(Database& database, const TenantKeys& keys) : database_(database), keys_(keys) {}

  /// The packs of IPS rules that `identity.gateway` is to have. not_found: there is no such
  /// gateway; version: they changed at this moment, and `identity.version` is not the newest any
  /// more.
  Result<std::string> make_content(const bundle::Identity& identity, std::uint64_t key_sequence);

  /// What a version of a database is (config/content), signed; `identity.kind` says of which kind.
  Result<std::string> make_description(const bundle::Identity& identity,
                                       const content::Description& description,
                                       std::uint64_t key_sequence);

  /// `identity.version` of `group`'s policy, signed with the tenant's newest key; the file in it is
  /// `policy.yaml` (JSON is YAML). not_found: there is no such policy.
  Result<std::string> make(const bundle::Identity& identity, const std::string& group,
                           std::uint64_t key_sequence);

 private:
  using Name = std::string;  // of a policy: tenant, version and group; of packs: theirs
  struct Packed {
    Name name;
    std::shared_ptr<const bundle::PackedFiles> files;
  };
  using Packing = std::function<Result<std::vector<bundle::File>>()>;
  Result<std::shared_ptr<const bundle::PackedFiles>> files_of(const Name& name,
                                                              const Packing& files);
  Result<std::vector<bundle::File>> policy_files(const bundle::Identity& identity,
                                                 const std::string& group);
  Result<std::shared_ptr<const bundle::SigningKey>> key_of(const std::string& tenant,
                                                           std::uint64_t sequence);
  void keep(const Name& name, std::shared_ptr<const bundle::PackedFiles> files);

  Database& database_;
  const TenantKeys& keys_;
  std::mutex packing_;      // held while one is packed: those who wait want the same one
  std::list<Packed> kept_;  // under packing_; the one used last in front
  std::size_t kept_bytes_ = 0;
  std::mutex keys_mutex_;
  std::map<std::pair<std::string, std::uint64_t>, std::shared_ptr<const bundle::SigningKey>>
      unsealed_;  // under keys_mutex_
};

}  // namespace sekisho::console
