#include "known_databases.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "config/base/text_bytes.h"
#include "engines/pattern/database.h"

namespace sekisho::engines::ips {
namespace {

bool has_this_form(const ArtifactHeader& header, std::size_t bytes) {
  const ArtifactHeader expected;
  return std::equal(std::begin(header.magic), std::end(header.magic), expected.magic) &&
         header.num_sections == expected.num_sections && header.bytes == bytes;
}

/// Empty where the section is not within the artifact.
std::span<const std::byte> section_of(std::span<const std::byte> artifact,
                                      const ArtifactHeader& header, Section section) {
  const auto& entry = header.sections[static_cast<std::size_t>(section)];
  if (entry.offset > artifact.size() || entry.bytes > artifact.size() - entry.offset) return {};
  return artifact.subspan(entry.offset, entry.bytes);
}

/// What a database is made of, as bytes that nothing else is written as.
class Description {
 public:
  enum class Of : std::uint8_t { literals, expressions };

  explicit Description(Of of) {
    add(pattern::database_format());
    add(of);
  }
  void add(std::span<const std::uint8_t> bytes, std::uint32_t options, std::uint32_t id) {
    add(static_cast<std::uint32_t>(bytes.size()));
    add(options);
    add(id);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  DatabaseAddress address() const {
    DatabaseAddress address{};
    EVP_Digest(bytes_.data(), bytes_.size(), address.data(), nullptr, EVP_sha256(), nullptr);
    return address;
  }

 private:
  template <class T>
  void add(const T& number) {
    std::array<std::uint8_t, sizeof(number)> raw{};
    std::memcpy(raw.data(), &number, sizeof(number));
    bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace

DatabaseAddress address_of(std::span<const pattern::Literal> literals) {
  Description description(Description::Of::literals);
  for (const auto& literal : literals)
    description.add(literal.bytes, literal.nocase ? 1 : 0, literal.id);
  return description.address();
}

DatabaseAddress address_of(std::span<const pattern::Expression> expressions) {
  Description description(Description::Of::expressions);
  for (const auto& expression : expressions)
    description.add(bytes_of(expression.text), expression.options, expression.id);
  return description.address();
}

KnownDatabases::KnownDatabases(std::span<const std::byte> artifact) {
  ArtifactHeader header;
  if (artifact.size() < sizeof(header)) return;
  std::memcpy(&header, artifact.data(), sizeof(header));
  if (!has_this_form(header, artifact.size())) return;
  const auto records = section_of(artifact, header, Section::databases);
  const auto bytes = section_of(artifact, header, Section::database_bytes);
  for (std::size_t at = 0; at + sizeof(DatabaseRecord) <= records.size();
       at += sizeof(DatabaseRecord)) {
    DatabaseRecord record;
    std::memcpy(&record, records.data() + at, sizeof(record));
    if (record.offset > bytes.size() || record.bytes > bytes.size() - record.offset) continue;
    databases_.emplace(record.address, bytes.subspan(record.offset, record.bytes));
  }
}

std::span<const std::byte> KnownDatabases::find(const DatabaseAddress& address) const {
  const auto found = databases_.find(address);
  return found == databases_.end() ? std::span<const std::byte>() : found->second;
}

}  // namespace sekisho::engines::ips
