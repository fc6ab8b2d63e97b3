"""What the two commands do before they build: Debian packages, the country database."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NPM_OF_A_REGISTRY = """#!/bin/sh
while [ "$1" != --pack-destination ]; do shift; done
mkdir -p "$2/package"
for version in 4 6; do echo data >"$2/package/geo-whois-asn-country-ipv$version.mmdb"; done
echo both >"$2/package/geo-whois-asn-country.mmdb"
tar -C "$2" -czf "$2/geo.tgz" package
echo fetched >>"$NPM_LOG"
"""
NPM_WITHOUT_REGISTRY = """#!/bin/sh
echo "npm ERR! network" >&2
exit 1
"""


class Setup(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sekisho-test-")))
        (self.tree / "tools").mkdir()
        (self.tree / "bin").mkdir()
        for name in ("fetch-geo", "install", "packages"):
            shutil.copy(ROOT / "tools" / name, self.tree / "tools" / name)

    def program(self, name, text):
        (self.tree / "bin" / name).write_text(text)
        (self.tree / "bin" / name).chmod(0o755)

    def tool(self, name, *arguments):
        environment = os.environ | {"PATH": f"{self.tree}/bin:{os.environ['PATH']}", "NPM_LOG": str(self.tree / "log")}
        return subprocess.run([self.tree / "tools" / name, *arguments], capture_output=True, text=True, timeout=60,
                              env=environment, check=False)

    def test_the_country_database_is_fetched_once_and_without_the_file_of_both_families(self):
        self.program("npm", NPM_OF_A_REGISTRY)
        first = self.tool("fetch-geo")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertIn("country database: build/geo", first.stdout)
        self.assertEqual(sorted(path.name for path in (self.tree / "build/geo").iterdir()),
                         ["geo-whois-asn-country-ipv4.mmdb", "geo-whois-asn-country-ipv6.mmdb"])
        again = self.tool("fetch-geo")
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""))
        self.assertEqual((self.tree / "log").read_text(), "fetched\n")
        self.assertEqual([path.name for path in (self.tree / "build").iterdir()], ["geo"])

    def test_no_registry_is_a_note_and_no_failure(self):
        self.program("npm", NPM_WITHOUT_REGISTRY)
        tried = self.tool("fetch-geo")
        self.assertEqual((tried.returncode, tried.stderr), (0, ""))
        self.assertRegex(tried.stdout, r"\Anote: no country database: .*registry.*\n\Z")
        self.assertEqual(list((self.tree / "build").iterdir()), [])

    def test_a_package_that_another_one_provides_is_not_installed(self):
        """A vendor's nodejs brings npm and refuses Debian's beside it."""
        wanted = [line.split()[0] for line in (ROOT / "tools/packages").read_text().splitlines()
                  if line and line[0] not in "#["]
        listing = "".join(f"installed {name}, \n" for name in wanted if name != "npm")
        self.program("apt-get", '#!/bin/sh\necho apt-get "$@"\nexit 1\n')
        for nodejs, code in (("installed nodejs, nodejs-doc, npm (= 10.1)\n", 0), ("installed nodejs, \n", 1),
                             ("config-files npm, \n", 1)):
            with self.subTest(nodejs=nodejs):
                self.program("dpkg-query", f"#!/bin/sh\ncat <<'END'\n{listing}{nodejs}END\n")
                self.assertEqual(self.tool("install").returncode, code)


if __name__ == "__main__":
    unittest.main()
