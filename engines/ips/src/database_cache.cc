#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pack_groups.h"

namespace sekisho::engines::ips {
namespace {

/// SHA-256 over everything that makes a database what it is.
std::string content_address(std::span<const pattern::Literal> literals) {
  std::vector<std::uint8_t> bytes;
  const auto add = [&bytes](const void* data, std::size_t count) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), begin, begin + count);
  };
  const auto format = pattern::database_format();
  add(&format, sizeof(format));
  for (const auto& literal : literals) {
    const std::uint32_t head[3] = {static_cast<std::uint32_t>(literal.bytes.size()),
                                   literal.nocase ? 1U : 0U, literal.id};
    add(head, sizeof(head));
    add(literal.bytes.data(), literal.bytes.size());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string name;
  for (unsigned int i = 0; i < size; ++i) {
    std::array<char, 3> text{};
    std::snprintf(text.data(), text.size(), "%02x", digest[i]);
    name += text.data();
  }
  return name + ".hsdb";
}

}  // namespace

Result<std::vector<std::byte>> GroupPacker::compiled(
    std::span<const pattern::Literal> literals) const {
  if (options_.cache_dir.empty()) return pattern::compile_literals(literals);
  const auto path = options_.cache_dir + "/" + content_address(literals);
  if (std::ifstream file(path, std::ios::binary); file) {
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    std::vector<std::byte> bytes(begin, begin + text.size());
    if (pattern::LiteralDatabase::load(bytes)) return bytes;
  }
  auto bytes = pattern::compile_literals(literals);
  if (!bytes) return bytes;
  // A cache that cannot be written costs time, nothing else.
  std::error_code ignored;
  std::filesystem::create_directories(options_.cache_dir, ignored);
  const auto temporary = path + ".new";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes->data()),
             static_cast<std::streamsize>(bytes->size()));
  file.close();
  if (file)
    std::filesystem::rename(temporary, path, ignored);
  else
    std::filesystem::remove(temporary, ignored);
  return bytes;
}

}  // namespace sekisho::engines::ips
