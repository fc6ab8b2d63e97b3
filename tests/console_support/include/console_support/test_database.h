#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console_support/scratch.h"
#include "controlplane/console/store/database.h"

namespace sekisho::tests {

/// SQLite, and PostgreSQL where it is installed (where it is not, that is said on stderr).
std::vector<console::Backend> backends_here();

/// An empty console database of its own.
class TestDatabase {
 public:
  explicit TestDatabase(console::Backend backend);
  console::Database& get() { return *database_; }
  /// For Database::open by another console.
  const std::string& where() const { return where_; }
  const Scratch& scratch() const { return scratch_; }

  /// Rows that most tests need; ids are UUIDs.
  std::string add_tenant(const std::string& name = "tenant");
  std::string add_group(const std::string& tenant, const std::string& name = "group");
  std::string add_gateway(const std::string& tenant, const std::string& group,
                          const std::string& name = "gateway");

 private:
  Scratch scratch_;
  std::string where_;
  std::unique_ptr<console::Database> database_;
  int gateways_ = 0;
};

}  // namespace sekisho::tests
