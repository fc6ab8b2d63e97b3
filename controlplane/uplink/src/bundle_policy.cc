#include "bundle_policy.h"

namespace sekisho::controlplane {
namespace {

constexpr std::string_view kPolicyFile = "policy.yaml";

}  // namespace

OpenedBundle open_policy_bundle(std::string_view bytes, const bundle::Expectation& expected) {
  auto opened = bundle::open(bytes, expected);
  if (!opened)
    return BundleRefusal{std::string(bundle::name_of(opened.refusal().reason)),
                         opened.refusal().message};
  for (auto& file : opened->files)
    if (file.name == kPolicyFile) return DeliveredPolicy{opened->version, std::move(file.bytes)};
  return BundleRefusal{std::string(bundle::name_of(bundle::Reason::bad_content)),
                       "the bundle has no file policy.yaml"};
}

}  // namespace sekisho::controlplane
