#include "controlplane/console/http/static_files.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "console_support/scratch.h"

using namespace sekisho;
using namespace sekisho::console::http;

namespace {

void write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

Request get(const std::string& path) {
  Request request;
  request.method = "GET";
  request.path = path;
  return request;
}

std::string header_of(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

struct Page {
  Page() {
    write(scratch.file("page/index.html"), "<html>");
    write(scratch.file("page/assets/app-4f3a.js"), "run();");
    write(scratch.file("page/日本.svg"), "<svg/>");
    write(scratch.file("secret"), "not for you");
    std::filesystem::create_symlink(scratch.file("secret"), scratch.file("page/link.txt"));
    std::filesystem::create_directory_symlink(scratch.folder(), scratch.file("page/up"));
  }
  StaticFiles files() const { return *StaticFiles::load(scratch.file("page")); }
  tests::Scratch scratch;
};

}  // namespace

TEST_CASE("a file comes with its type, and with a cache for ever when its name has its hash") {
  const auto files = Page().files();
  const auto script = files.answer(get("/assets/app-4f3a.js"));
  CHECK(script.status == 200);
  CHECK(script.content() == "run();");
  CHECK(header_of(script, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header_of(script, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(files.answer(get("/%E6%97%A5%E6%9C%AC.svg")).content() == "<svg/>");
}

TEST_CASE("a page that the browser has already is not sent again") {
  const auto files = Page().files();
  auto request = get("/");
  const auto first = files.answer(request);
  CHECK(first.content() == "<html>");
  CHECK(header_of(first, "Cache-Control") == "no-cache");
  request.headers = {{"if-none-match", header_of(first, "ETag")}};
  const auto second = files.answer(request);
  CHECK(second.status == 304);
  CHECK(second.content().empty());
}

TEST_CASE("paths of the page's own router get the page, missing files do not") {
  const auto files = Page().files();
  CHECK(files.answer(get("/tenants/5/gateways")).content() == "<html>");
  CHECK(files.answer(get("/assets/gone.js")).status == 404);
}

TEST_CASE("no path leads out of the folder") {
  const auto files = Page().files();
  for (const std::string path :
       {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret", "//secret",
        "/link.txt", "/up/secret", "/%00", "/%zz", "/assets/..%5c..%5csecret"}) {
    CAPTURE(path);
    CHECK(files.answer(get(path)).content().find("not for you") == std::string_view::npos);
  }
}

TEST_CASE("only GET is for files") {
  auto request = get("/");
  request.method = "POST";
  CHECK(Page().files().answer(request).status == 405);
}

TEST_CASE("a folder that is no page is refused") {
  const tests::Scratch scratch;
  CHECK_FALSE(StaticFiles::load(scratch.file("missing")));
  CHECK_FALSE(StaticFiles::load(scratch.folder()));
}
