#pragma once

#include <array>
#include <vector>

#include "engines/api/facts.h"
#include "payload.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {

/// The beginnings of payloads that the catalogue knows applications by.
class Signatures {
 public:
  Signatures();
  /// The first of the catalogue that fits this payload, which is not empty, of a flow over TCP or
  /// UDP; 0: none. Looks only at those that the payload's first byte allows.
  ApplicationId find(const Facts& facts, const Payload& payload) const noexcept;

 private:
  struct Signature {
    ApplicationId application;
    rules::ApplicationPayload payload;
  };
  using ByFirstByte = std::array<std::vector<Signature>, 256>;
  ByFirstByte tcp_, udp_;
};

}  // namespace sekisho::engines::appid
