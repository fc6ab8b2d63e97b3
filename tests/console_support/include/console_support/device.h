#pragma once

#include <string>

namespace sekisho::tests {

/// A gateway's key as the box makes it.
struct Device {
  std::string key_pem;
  std::string request;  // PKCS #10, DER
};

enum class DeviceKey { p256, p384, secp256k1, rsa2048 };

/// The request's subject is `name`, which no console should care about.
Device make_device(DeviceKey kind = DeviceKey::p256, const std::string& name = "box");

}  // namespace sekisho::tests
