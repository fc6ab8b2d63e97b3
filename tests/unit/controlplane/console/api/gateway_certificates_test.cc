#include "api_fixture.h"
#include "controlplane/console/secrets/sealed_arguments.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Office {
  ApiFixture fixture;
  std::string tenant = fixture.add_tenant();
  std::string gateway = fixture.add_gateway(tenant, fixture.first_group(tenant));
  std::string path = "/tenants/" + tenant + "/gateways/" + gateway;
  Caller taro = customer();

  Caller customer() {
    fixture.add_user(tenant, "taro", "customer");
    return fixture.log_in("taro");
  }
  void report(const json& authority) {
    const std::string status = json{{"authority", authority}}.dump();
    fixture.sql([&](auto& session) {
      session << "UPDATE gateways SET console = 'c', seen_at = 1790000000000, status = :status",
          soci::use(status);
    });
  }
  std::string column(const std::string& name) {
    std::string value;
    fixture.sql([&](auto& session) {
      session << "SELECT " + name + " FROM diagnostics", soci::into(value);
    });
    return value;
  }
};

const json kAuthority{{"certificate", "-----BEGIN CERTIFICATE-----\n"},
                      {"subject", "O=Sekisho, CN=Sekisho"},
                      {"issuer", "O=Sekisho, CN=Sekisho"},
                      {"not_before", 1'800'000'000},
                      {"not_after", 2'588'940'000},
                      {"key", "ECDSA P-256"},
                      {"origin", "generated"},
                      {"fingerprint", "00ab"},
                      {"trouble", ""}};

}  // namespace

TEST_CASE("a gateway's authority is shown as it was reported, or why there is none") {
  Office office;
  const auto shown = [&] { return office.fixture.must(office.taro, "GET", office.path); };
  CHECK_FALSE(shown().contains("authority"));
  office.report(kAuthority);
  const auto authority = shown()["authority"];
  CHECK(authority["subject"] == "O=Sekisho, CN=Sekisho");
  CHECK(authority["not_after"] == 2'588'940'000'000);
  CHECK(authority["fingerprint"] == "00ab");
  CHECK_FALSE(authority.contains("certificate"));
  CHECK_FALSE(authority.contains("trouble"));
  office.report({{"trouble", "authority.pem is damaged"}});
  CHECK(shown()["authority"] == json{{"trouble", "authority.pem is damaged"}});
  office.report(nullptr);
  CHECK_FALSE(shown().contains("authority"));
}

TEST_CASE("the certificate is a file that is always called Sekisho.crt") {
  Office office;
  const auto fetch = [&] {
    return office.fixture.send(
        ApiFixture::request(office.taro, "GET", office.path + "/certificate", nullptr));
  };
  CHECK(fetch().status == 404);
  office.report(kAuthority);
  const auto file = fetch();
  REQUIRE(file.status == 200);
  CHECK(file.header("Content-Disposition") == "attachment; filename=\"Sekisho.crt\"");
  CHECK(file.header("Content-Type") == "application/x-x509-ca-cert");
  CHECK(file.text == "-----BEGIN CERTIFICATE-----\n");
  office.report({{"trouble", "away"}});
  CHECK(fetch().status == 404);
}

TEST_CASE("a new authority is asked of the gateway, and written down") {
  Office office;
  const std::string path = office.path + "/certificate/regeneration";
  CHECK(office.fixture.call(office.taro, "POST", path, json::object()).code() == "offline");
  office.report(kAuthority);
  const auto asked = office.fixture.must(office.taro, "POST", path,
                                         {{"common_name", "Gate"}, {"key_type", "rsa-3072"}});
  CHECK(asked["op"] == "ca.regenerate");
  CHECK(asked["state"] == "waiting");
  CHECK(json::parse(office.column("arguments")) ==
        json{{"common_name", "Gate"}, {"key_type", "rsa-3072"}});
  const auto audited =
      office.fixture.must(office.taro, "GET", "/tenants/" + office.tenant + "/audit")["entries"][0];
  CHECK(audited["action"] == "regenerateGatewayCertificate");
  CHECK(audited["detail"].get<std::string>().find("Gate") != std::string::npos);
  CHECK(office.fixture.call(office.taro, "POST", path, {{"key_type", "dsa"}}).code() ==
        "invalid_request");
}

TEST_CASE("an imported key stands nowhere in the clear") {
  Office office;
  office.report(kAuthority);
  const json pair{{"certificate", "a certificate"}, {"key", "a very private key"}};
  const auto asked =
      office.fixture.must(office.taro, "POST", office.path + "/certificate/import", pair);
  CHECK(asked["op"] == "ca.import");
  const auto kept = office.column("arguments");
  CHECK(kept.find("private") == std::string::npos);
  const auto hexadecimal = kept.find_first_not_of("0123456789abcdef");
  CHECK(hexadecimal == std::string::npos);
  const auto& key = office.fixture.tenant_keys().master_key();
  CHECK(json::parse(*unseal_arguments(key, asked["id"].get<std::string>(), kept)) == pair);
  CHECK_FALSE(unseal_arguments(key, "another question", kept));
  const auto audit =
      office.fixture.must(office.taro, "GET", "/tenants/" + office.tenant + "/audit").dump();
  CHECK(audit.find("importGatewayCertificate") != std::string::npos);
  CHECK(audit.find("private key") == std::string::npos);
  // The general way of asking a gateway does not lead here.
  CHECK(office.fixture
            .call(office.fixture.root, "POST", office.path + "/diagnostics",
                  {{"op", "ca.import"}, {"arguments", pair}})
            .code() == "invalid_request");
}
