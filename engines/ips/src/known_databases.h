#pragma once

#include <map>
#include <span>

#include "engines/pattern/expressions.h"
#include "engines/pattern/literals.h"
#include "tables.h"

namespace sekisho::engines::ips {

/// SHA-256 over everything that makes a database what it is: its literals or expressions, their
/// numbers, the library's version and the processor.
DatabaseAddress address_of(std::span<const pattern::Literal> literals);
DatabaseAddress address_of(std::span<const pattern::Expression> expressions);

/// The databases of rules that were compiled before. What other rules need of them, too, is not
/// compiled again.
class KnownDatabases {
 public:
  /// `artifact`: as compile() made it, or empty; outlives this. One of another version has nothing
  /// that is known.
  explicit KnownDatabases(std::span<const std::byte> artifact);
  /// Serialised; empty: not known.
  std::span<const std::byte> find(const DatabaseAddress& address) const;

 private:
  std::map<DatabaseAddress, std::span<const std::byte>> databases_;
};

}  // namespace sekisho::engines::ips
