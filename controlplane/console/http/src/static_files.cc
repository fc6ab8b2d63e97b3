#include "controlplane/console/http/static_files.h"
#include "config/base/hex.h"

#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace sekisho::console::http {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashedAssets = "/assets/";  // the bundler puts a hash into these names

struct Type {
  std::string_view suffix;
  std::string_view name;
};
constexpr std::array kTypes{
    Type{".css", "text/css; charset=utf-8"},
    Type{".html", "text/html; charset=utf-8"},
    Type{".ico", "image/x-icon"},
    Type{".jpg", "image/jpeg"},
    Type{".js", "text/javascript; charset=utf-8"},
    Type{".json", "application/json"},
    Type{".map", "application/json"},
    Type{".png", "image/png"},
    Type{".svg", "image/svg+xml"},
    Type{".txt", "text/plain; charset=utf-8"},
    Type{".webmanifest", "application/manifest+json"},
    Type{".webp", "image/webp"},
    Type{".woff", "font/woff"},
    Type{".woff2", "font/woff2"},
};

std::string type_of(std::string_view path) {
  for (const Type& type : kTypes)
    if (path.ends_with(type.suffix)) return std::string(type.name);
  return "application/octet-stream";
}

std::string etag_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return '"' + to_hex(std::span(digest).first(16)) + '"';
}

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return Error{Error::Code::io, path.string() + ": not readable"};
  return bytes;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      text += path[i];
      continue;
    }
    if (i + 2 >= path.size() || digit(path[i + 1]) < 0 || digit(path[i + 2]) < 0)
      return std::nullopt;
    text += static_cast<char>(digit(path[i + 1]) * 16 + digit(path[i + 2]));
    i += 2;
  }
  return text;
}

bool mentions(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;
}

Response plain(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text),
          .shared_body = nullptr};
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::string& folder) {
  StaticFiles files;
  std::size_t total = 0;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_symlink() || !entry.is_regular_file()) continue;
      auto bytes = read_file(entry.path());
      if (!bytes) return std::move(bytes).error();
      total += bytes->size();
      if (total > kMaxStaticBytes || files.files_.size() >= kMaxStaticFiles)
        return Error{Error::Code::resource, folder + ": more than " +
                                                std::to_string(kMaxStaticFiles) + " files or " +
                                                std::to_string(kMaxStaticBytes) + " bytes"};
      const std::string path = "/" + fs::relative(entry.path(), folder).generic_string();
      files.files_[path] = {.bytes = std::make_shared<const std::string>(*bytes),
                            .type = type_of(path),
                            .etag = etag_of(*bytes),
                            .immutable = path.starts_with(kHashedAssets)};
    }
  } catch (const fs::filesystem_error& problem) {
    return Error{Error::Code::io, folder + ": " + problem.code().message()};
  }
  if (!files.files_.contains(kIndex))
    return Error{Error::Code::not_found, folder + ": no index.html in it"};
  return files;
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
  const auto decoded = decode(path);
  if (!decoded) return nullptr;
  if (const auto found = files_.find(*decoded); found != files_.end()) return &found->second;
  const auto last_segment = decoded->substr(decoded->rfind('/') + 1);
  if (last_segment.find('.') != std::string::npos) return nullptr;
  return &files_.find(kIndex)->second;
}

Response StaticFiles::answer(const Request& request) const {
  if (request.method != "GET") {
    auto refusal = plain(405, "only GET and HEAD\n");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  const File* const file = find(request.path);
  if (file == nullptr) return plain(404, "no such file\n");
  Response response;
  response.headers = {
      {"ETag", file->etag},
      {"Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (mentions(request.header("if-none-match"), file->etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", file->type);
  response.shared_body = file->bytes;
  return response;
}

}  // namespace sekisho::console::http
