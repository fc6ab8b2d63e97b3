#include <algorithm>

#include "checks.h"
#include "compression_door.h"
#include "config/bundle/bundle.h"
#include "layout.h"
#include "manifest.h"
#include "signature_door.h"

namespace sekisho::bundle {
namespace {

Error bad(std::string why) { return {Error::Code::invalid_input, "bundle: " + std::move(why)}; }

}  // namespace

Result<PackedFiles> PackedFiles::pack(const std::vector<File>& files) {
  std::vector<const File*> sorted;
  sorted.reserve(files.size());
  for (const auto& file : files) sorted.push_back(&file);
  std::sort(sorted.begin(), sorted.end(),
            [](const File* a, const File* b) { return a->name < b->name; });

  PackedFiles packed;
  for (const auto* file : sorted) packed.entries_.push_back({file->name, file->bytes.size(), {}});
  if (const auto problem = problem_with(packed.entries_); !problem.empty()) return bad(problem);

  std::vector<std::string_view> parts;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    packed.entries_[i].sha256 = sha256(sorted[i]->bytes);
    parts.push_back(sorted[i]->bytes);
  }
  packed.stream_ = compress(parts);
  // With room for any manifest, so that what is packed can be signed for every gateway.
  constexpr std::size_t kMaxStreamBytes = kMaxBundleBytes - kManifestAt - kMaxManifestBytes;
  if (packed.stream_.size() > kMaxStreamBytes)
    return bad("the files are " + std::to_string(packed.stream_.size()) +
               " bytes when compressed, at most " + std::to_string(kMaxStreamBytes) +
               " are possible");
  return packed;
}

Result<std::string> build(const Identity& identity, const PackedFiles& files,
                          const SigningKey& key) {
  if (const auto problem = problem_with(identity); !problem.empty()) return bad(problem);
  // kMaxFiles names of full length are well below kMaxManifestBytes.
  const auto manifest = to_json({identity, files.entries()});
  const auto size = kManifestAt + manifest.size() + files.stream().size();

  std::string to_sign;
  to_sign.reserve(size - kSignedAt);
  append_be(to_sign, static_cast<std::uint32_t>(size));
  append_be(to_sign, static_cast<std::uint32_t>(manifest.size()));
  to_sign += manifest;
  to_sign += files.stream();

  std::string bundle(kMagic);
  bundle.reserve(size);
  bundle += key.public_key().id();
  bundle += SignatureDoor::sign(key, to_sign);
  bundle += to_sign;
  return bundle;
}

}  // namespace sekisho::bundle
