#include "notes.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::ips {

void Notes::add(AlertNote::Scope scope, std::string_view name,
                std::span<const std::uint8_t> value) noexcept {
  if (num_notes_ == kMax) return;
  if (scope != AlertNote::Scope::context_json)
    value = value.first(std::min(value.size(), kMaxValueBytes));
  if (value.size() > kMaxBytes - num_bytes_) return;
  char* const at = bytes_.data() + num_bytes_;
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
  num_bytes_ += value.size();
  notes_[num_notes_++] = {scope, name, {at, value.size()}};
}

}  // namespace sekisho::engines::ips
