#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "controlplane/console/http/message.h"
#include "json_text.h"

namespace sekisho::console {

/// Thrown by whoever finds that a request cannot be done; undoes the transaction that it leaves.
/// `code` is one of Problem.code in openapi.yaml.
class Refusal : public std::runtime_error {
 public:
  Refusal(int status, std::string_view code, const std::string& message)
      : std::runtime_error(message), status_(status) {
    problem_ = {{"code", code}, {"message", message}};
  }

  /// One more of Problem's fields.
  Refusal&& with(const std::string& field, Json value) && {
    problem_[field] = std::move(value);
    return std::move(*this);
  }
  Refusal&& header(std::string name, std::string value) && {
    headers_.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }

  http::Response response() const;

 private:
  int status_;
  Json problem_;
  http::Headers headers_;
};

inline Refusal not_found(const std::string& message) { return {404, "not_found", message}; }
inline Refusal conflict(const std::string& message) { return {409, "conflict", message}; }
inline Refusal forbidden(const std::string& message) { return {403, "forbidden", message}; }

http::Response json_response(int status, const Json& body);
http::Response no_content();

}  // namespace sekisho::console
