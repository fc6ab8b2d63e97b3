#include "bundle_maker.h"

#include <algorithm>
#include <utility>

#include "content_rows.h"

namespace sekisho::console {

Result<std::string> BundleMaker::make(const bundle::Identity& identity, const std::string& group,
                                      std::uint64_t key_sequence) {
  const auto name =
      "policy " + identity.tenant + " " + std::to_string(identity.version) + " " + group;
  const auto files = files_of(name, [&] { return policy_files(identity, group); });
  if (!files) return Error{files.error()};
  const auto key = key_of(identity.tenant, key_sequence);
  if (!key) return Error{key.error()};
  return bundle::build(identity, **files, **key);
}

Result<std::string> BundleMaker::make_content(const bundle::Identity& identity,
                                              std::uint64_t key_sequence) {
  const auto packs = database_.read([&](Database::Session& session) {
    return content_for(session, identity.gateway, identity.version);
  });
  if (!packs) return Error{packs.error()};
  std::string name = "content";
  for (const auto& pack : *packs) name += " " + pack.id + ":" + std::to_string(pack.version);
  const auto files = files_of(name, [&] {
    return database_.read(
        [&](Database::Session& session) { return files_of_content(session, *packs); });
  });
  if (!files) return Error{files.error()};
  const auto key = key_of(identity.tenant, key_sequence);
  if (!key) return Error{key.error()};
  return bundle::build(identity, **files, **key);
}

Result<std::string> BundleMaker::make_description(const bundle::Identity& identity,
                                                  const content::Description& description,
                                                  std::uint64_t key_sequence) {
  const auto packed = bundle::PackedFiles::pack({content::description_file(description)});
  if (!packed) return Error{packed.error()};
  const auto key = key_of(identity.tenant, key_sequence);
  if (!key) return Error{key.error()};
  return bundle::build(identity, *packed, **key);
}

Result<std::shared_ptr<const bundle::PackedFiles>> BundleMaker::files_of(const Name& name,
                                                                         const Packing& files) {
  const std::scoped_lock lock(packing_);
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Packed& packed) { return packed.name == name; });
  if (found != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, found);
    return kept_.front().files;
  }
  auto unpacked = files();
  if (!unpacked) return std::move(unpacked).error();
  auto packed = bundle::PackedFiles::pack(*unpacked);
  if (!packed) return std::move(packed).error();
  auto shared = std::make_shared<const bundle::PackedFiles>(std::move(*packed));
  keep(name, shared);
  return shared;
}

Result<std::vector<bundle::File>> BundleMaker::policy_files(const bundle::Identity& identity,
                                                            const std::string& group) {
  const auto number = static_cast<long long>(identity.version);
  std::string policy;
  const bool exists = database_.read([&](Database::Session& session) {
    session << "SELECT policy FROM delivered_policies WHERE tenant = :tenant AND "
               "version = :version AND group_id = :group_id",
        soci::into(policy), soci::use(identity.tenant), soci::use(number), soci::use(group);
    return session.got_data();
  });
  if (!exists)
    return Error{Error::Code::not_found, "version " + std::to_string(identity.version) +
                                             " has no policy for the gateway's group"};
  return std::vector<bundle::File>{{"policy.yaml", std::move(policy)}};
}

void BundleMaker::keep(const Name& name, std::shared_ptr<const bundle::PackedFiles> files) {
  kept_bytes_ += files->stream().size();
  kept_.push_front({name, std::move(files)});
  while (kept_bytes_ > kMaxPackedBytes && kept_.size() > 1) {
    kept_bytes_ -= kept_.back().files->stream().size();
    kept_.pop_back();
  }
}

Result<std::shared_ptr<const bundle::SigningKey>> BundleMaker::key_of(const std::string& tenant,
                                                                      std::uint64_t sequence) {
  const std::scoped_lock lock(keys_mutex_);
  const auto found = unsealed_.find({tenant, sequence});
  if (found != unsealed_.end()) return found->second;
  auto key = database_.read(
      [&](Database::Session& session) { return keys_.signing_key(session, tenant); });
  if (!key) return std::move(key).error();
  if (key->sequence != sequence)
    return Error{Error::Code::version, "the signing key was rotated at this moment"};
  if (unsealed_.size() >= kMaxKeys) unsealed_.clear();
  auto shared = std::make_shared<const bundle::SigningKey>(std::move(key->key));
  unsealed_[{tenant, sequence}] = shared;
  return shared;
}

}  // namespace sekisho::console
