#include "config/bundle/rotation.h"

#include "samples.h"

using namespace sekisho;
using namespace sekisho::bundle;
using namespace sekisho::tests;

namespace {

PublicKey other_key() {
  return *PublicKey::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

std::string sample_rotation() {
  const auto statement = sign_rotation("acme", 3, other_key(), known_key());
  REQUIRE(statement);
  return *statement;
}

const Pinned& sample_pinned() {
  static const Pinned kPinned{known_key().public_key(), 2};
  return kPinned;
}

Refusal refusal_of_rotation(std::string_view bytes, const Pinned& pinned = sample_pinned()) {
  const auto accepted = accept_rotation(bytes, "acme", pinned);
  REQUIRE_FALSE(accepted);
  return accepted.refusal();
}

}  // namespace

TEST_CASE("a gateway goes over to the key that its old one names") {
  const auto accepted = accept_rotation(sample_rotation(), "acme", sample_pinned());
  REQUIRE(accepted);
  CHECK(*accepted == Pinned{other_key(), 3});
}

TEST_CASE("a rotation has the documented layout") {
  const auto statement = sample_rotation();
  REQUIRE(statement.size() == 184);
  CHECK(statement ==
        forge_rotation("SKROTAT1acme" + std::string(60, '\0') + std::string("\0\0\0\0\0\0\0\3", 8) +
                       known_key().public_key().id() + std::string(other_key().bytes())));
}

TEST_CASE("a gateway that was away follows the chain of rotations in order") {
  std::vector<SigningKey> keys;
  for (int i = 0; i < 4; ++i) keys.push_back(SigningKey::generate());
  std::vector<std::string> chain;
  for (std::size_t i = 1; i < keys.size(); ++i)
    chain.push_back(*sign_rotation("acme", i, keys[i].public_key(), keys[i - 1]));

  Pinned pinned{keys[0].public_key(), 0};
  CHECK(refusal_of_rotation(chain[1], pinned).reason == Reason::unknown_key);
  for (const auto& statement : chain) {
    const auto accepted = accept_rotation(statement, "acme", pinned);
    REQUIRE(accepted);
    pinned = *accepted;
  }
  CHECK(pinned == Pinned{keys[3].public_key(), 3});
  for (const auto& statement : chain)  // each a second time
    CHECK(refusal_of_rotation(statement, pinned).reason == Reason::unknown_key);
}

TEST_CASE("a rotation is not accepted twice, even where its key is trusted again") {
  const auto there = *sign_rotation("acme", 1, other_key(), known_key());
  const auto refusal = refusal_of_rotation(there, {known_key().public_key(), 2});
  CHECK(refusal.reason == Reason::not_newer);
  CHECK(refusal.message == "key rotation has number 1, this gateway has accepted number 2");
  CHECK(refusal_of_rotation(there, {known_key().public_key(), 1}).reason == Reason::not_newer);
}

TEST_CASE("a rotation with any byte altered is refused") {
  const auto statement = sample_rotation();
  for (std::size_t at = 0; at < statement.size(); ++at)
    for (const int flip : {0x01, 0x80, 0xff}) {
      auto altered = statement;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      CAPTURE(at, flip);
      CHECK(refusal_of_rotation(altered).reason == (at < 8                ? Reason::not_a_rotation
                                                    : at >= 80 && at < 88 ? Reason::unknown_key
                                                                          : Reason::bad_signature));
    }
}

TEST_CASE("a rotation of the wrong length is refused") {
  const auto statement = sample_rotation();
  for (std::size_t size = 0; size < statement.size(); ++size)
    CHECK(refusal_of_rotation(statement.substr(0, size)).reason == Reason::truncated);
  const auto refusal = refusal_of_rotation(statement + "x");
  CHECK(refusal.reason == Reason::too_large);
  CHECK(refusal.message == "key rotation has 185 bytes instead of 184");
}

TEST_CASE("a rotation by another key is refused, even under the trusted one's name") {
  const auto stranger = SigningKey::generate();
  auto statement = *sign_rotation("acme", 3, other_key(), stranger);
  CHECK(refusal_of_rotation(statement).message == "key rotation is signed with key " +
                                                      stranger.public_key().id_hex() +
                                                      ", this gateway trusts key 56475aa75463474c");
  statement.replace(80, 8, known_key().public_key().id());
  CHECK(refusal_of_rotation(statement).reason == Reason::bad_signature);
}

TEST_CASE("a rotation of another tenant is refused") {
  const auto* const tenant = GENERATE("umbrella", "acm", "acme2");
  const auto refusal = refusal_of_rotation(*sign_rotation(tenant, 3, other_key(), known_key()));
  CHECK(refusal.reason == Reason::other_tenant);
  CHECK(refusal.message == "key rotation is of another tenant, this gateway belongs to 'acme'");
}

TEST_CASE("a rotation to a key for which anybody can sign is refused") {
  auto statement = sample_rotation().substr(0, 120);
  statement.replace(88, 32, std::string(32, '\0'));
  const auto refusal = refusal_of_rotation(forge_rotation(statement));
  CHECK(refusal.reason == Reason::bad_content);
  CHECK(refusal.message ==
        "key rotation names a bad key: public key: anybody can make signatures for it");
}

TEST_CASE("bundles and rotations are not taken for each other") {
  CHECK(refusal_of(sample_rotation()).reason == Reason::not_a_bundle);
  CHECK(refusal_of_rotation(sample_bundle()).reason == Reason::not_a_rotation);
  // Nor when the signed part of one is put where the other has it.
  const auto refusal = refusal_of(forge_envelope(sample_rotation().substr(0, 120)));
  CHECK(refusal.reason == Reason::truncated);
}

TEST_CASE("a rotation that no gateway would accept is not signed") {
  CHECK(sign_rotation("", 1, other_key(), known_key()).error().message ==
        "key rotation: not a tenant's id");
  CHECK(sign_rotation("acme", 0, other_key(), known_key()).error().message ==
        "key rotation: sequence numbers start from 1");
  CHECK(sign_rotation("acme", 1, known_key().public_key(), known_key()).error().message ==
        "key rotation: the new key is the old one");
}
