#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::console {

/// Seals what the database must keep but must not tell whoever reads it: with AES-256-GCM under 32
/// random bytes that live in a file beside it, not in it. Consoles that share a database share the
/// file. Const members may be called from any thread.
class MasterKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// Reads the key; makes it (mode 0600, on the disk before it is used) where there is no file.
  /// Refused: another length, a file that others than its owner may read or write.
  static Result<MasterKey> open(const std::filesystem::path& file);

  MasterKey(MasterKey&& other) noexcept;
  MasterKey& operator=(MasterKey&&) = delete;
  MasterKey(const MasterKey&) = delete;
  MasterKey& operator=(const MasterKey&) = delete;
  ~MasterKey();

  /// `what` names the thing ("signing key of TENANT 3"): sealed bytes of one do not open as
  /// another.
  std::string seal(std::string_view secret, std::string_view what) const;

  /// Error::Code::signature: altered, sealed for something else, or under another master key.
  Result<std::string> unseal(std::string_view sealed, std::string_view what) const;

 private:
  MasterKey() = default;
  std::array<char, kBytes> key_{};
};

}  // namespace sekisho::console
