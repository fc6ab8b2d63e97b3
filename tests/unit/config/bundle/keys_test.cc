#include "config/bundle/keys.h"

#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

TEST_CASE("a key survives the way through its secret") {
  const auto key = SigningKey::generate();
  const auto again = SigningKey::from_secret(key.secret());
  CHECK(again.public_key() == key.public_key());
  CHECK(again.secret().bytes == key.secret().bytes);
  CHECK(SigningKey::generate().public_key() != key.public_key());
}

TEST_CASE("a secret has the public key that RFC 8032 gives it") {
  // Section 7.1, test 1.
  Secret secret;
  const unsigned char bytes[] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
  for (std::size_t i = 0; i < secret.bytes.size(); ++i)
    secret.bytes[i] = static_cast<char>(bytes[i]);
  CHECK(SigningKey::from_secret(secret).public_key().to_hex() ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST_CASE("a public key survives the way through bytes and hex digits") {
  const auto key = known_key().public_key();
  CHECK(key.to_hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
  CHECK(key.id_hex() == "56475aa75463474c");
  CHECK(to_hex(key.id()) == key.id_hex());
  CHECK(*PublicKey::from_bytes(key.bytes()) == key);
  CHECK(*PublicKey::from_hex(key.to_hex()) == key);
  CHECK(*PublicKey::from_hex("03A107BFF3CE10BE1D70DD18E74BC09967E4D6309BA50D5F1DDC8664125531B8") ==
        key);
}

TEST_CASE("what is no public key is refused") {
  CHECK(PublicKey::from_bytes("short").error().message ==
        "public key: 5 bytes, an Ed25519 key has 32");
  CHECK(PublicKey::from_bytes(std::string(33, 'x')).error().message ==
        "public key: 33 bytes, an Ed25519 key has 32");
  CHECK(PublicKey::from_hex("0g").error().message == "public key: not pairs of hex digits");
  CHECK(PublicKey::from_hex("012").error().message == "public key: not pairs of hex digits");
  CHECK(PublicKey::from_hex("").error().message == "public key: 0 bytes, an Ed25519 key has 32");
}

TEST_CASE("a public key for which anybody can sign is refused") {
  const auto* const hex =
      GENERATE("0000000000000000000000000000000000000000000000000000000000000000",
               "0000000000000000000000000000000000000000000000000000000000000080",
               "0100000000000000000000000000000000000000000000000000000000000000",
               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
               "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
               "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  CHECK(PublicKey::from_hex(hex).error().message ==
        "public key: anybody can make signatures for it");
}
