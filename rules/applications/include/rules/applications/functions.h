#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::rules {

/// What an application is used for ("upload"). Ids are stable for ever; 0 is none.
using FunctionId = std::uint8_t;

struct FunctionKind {
  FunctionId id;
  std::string_view name;  // what policies write: "youtube/upload"
  std::string_view title;
  std::string_view title_ja;
};

/// All there are, ascending by id from 1.
inline constexpr std::array<FunctionKind, 9> kFunctionKinds{{
    {1, "view", "View", "閲覧"},
    {2, "post", "Post", "投稿"},
    {3, "comment", "Comment", "コメント"},
    {4, "upload", "Upload", "アップロード"},
    {5, "download", "Download", "ダウンロード"},
    {6, "chat", "Chat", "チャット"},
    {7, "call", "Call", "通話"},
    {8, "send", "Send mail", "メール送信"},
    {9, "broadcast", "Broadcast", "ライブ配信"},
}};

/// Null: none of that name, or of that id.
constexpr const FunctionKind* find_function(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(kFunctionKinds.begin(), kFunctionKinds.end(),
                   [name](const FunctionKind& kind) { return kind.name == name; });
  return found == kFunctionKinds.end() ? nullptr : found;
}
constexpr const FunctionKind* function_kind(FunctionId id) noexcept {
  return id == 0 || id > kFunctionKinds.size() ? nullptr : &kFunctionKinds[id - 1U];
}

/// Bit i: the function of id i.
using FunctionSet = std::uint32_t;
static_assert(kFunctionKinds.size() < 32);

constexpr FunctionSet set_of(FunctionId function) noexcept { return FunctionSet{1} << function; }

/// What shows one function of an application. All that is not empty must fit, one of each list.
/// Without decryption only the host can: a signature of hosts alone fits there, too.
struct FunctionSignature {
  std::span<const std::string_view> hosts;    // suffixes, on whole labels
  std::span<const std::string_view> methods;  // "POST"
  std::span<const std::string_view>
      paths;  // beginnings; "*": anything; one with "?" looks at the query, too. Without case
  std::span<const std::string_view> content_types;  // of the request's body; "video/*"
  std::span<const std::string_view> headers;        // beginnings of lines, the name without case
};

/// The header lines of a request, as "Name: value".
class RequestHeaders {
 public:
  virtual ~RequestHeaders() = default;
  /// Whether some line begins with `beginning`; case counts only in the value.
  virtual bool has(std::string_view beginning) const noexcept = 0;
};

/// What a client asks for, as far as it can be read. Lent for the call.
struct SeenRequest {
  std::string_view host{};  // in lower case
  std::string_view method{};
  std::string_view path{};  // canonical, without the query
  std::string_view query{};
  std::string_view content_type{};  // as sent: "multipart/form-data; boundary=x"
  const RequestHeaders* headers = nullptr;
};

bool fits(const FunctionSignature& signature, const SeenRequest& request) noexcept;

/// Whether `line` ("Name: value") begins with `beginning`; the name in any case. Spaces behind the
/// colon do not count.
bool begins_header(std::string_view line, std::string_view beginning) noexcept;

/// Whether `text` begins as `pattern` says; '*' stands for any run of characters. Without case.
bool begins_like(std::string_view text, std::string_view pattern) noexcept;

}  // namespace sekisho::rules
