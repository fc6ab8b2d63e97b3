#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::engines::origin {

/// The authorities that an origin's certificate may come from. Immutable: any number of threads may
/// judge with one at once.
class TrustStore {
 public:
  /// `pem`: certificates as a distribution bundles them; text around them is skipped, as is one
  /// that stands there twice. invalid_input: one of them is damaged (its number is told), or there
  /// is none.
  static Result<TrustStore> from_pem(std::string_view pem);
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  std::size_t size() const noexcept { return size_; }

 private:
  friend class Validation;
  struct Store;
  TrustStore(std::unique_ptr<Store> store, std::size_t size) noexcept;
  std::unique_ptr<Store> store_;
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines::origin
