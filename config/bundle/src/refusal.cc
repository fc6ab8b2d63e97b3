#include "config/bundle/refusal.h"

namespace sekisho::bundle {

std::string_view name_of(Reason reason) noexcept {
  switch (reason) {
    case Reason::too_large:
      return "too_large";
    case Reason::not_a_bundle:
      return "not_a_bundle";
    case Reason::not_a_rotation:
      return "not_a_rotation";
    case Reason::truncated:
      return "truncated";
    case Reason::unknown_key:
      return "unknown_key";
    case Reason::bad_signature:
      return "bad_signature";
    case Reason::bad_manifest:
      return "bad_manifest";
    case Reason::unsupported_format:
      return "unsupported_format";
    case Reason::other_tenant:
      return "other_tenant";
    case Reason::other_gateway:
      return "other_gateway";
    case Reason::other_kind:
      return "other_kind";
    case Reason::not_newer:
      return "not_newer";
    case Reason::bad_content:
      return "bad_content";
  }
  return "unknown";
}

}  // namespace sekisho::bundle
