"""What the documents say is what the programs say."""

import re
import subprocess

from harness import ROOT, unittest
from sekisho_lab.gateway import binaries


class Documents(unittest.TestCase):
    def test_the_process_table_of_security_md_is_the_supervisors(self):
        told = subprocess.run([binaries() / "sekisho-supervisor", "--processes"], capture_output=True, text=True,
                              check=True).stdout.strip()
        table = re.search(r"<!-- processes -->\n(.*?)\n?<!-- /processes -->", (ROOT / "SECURITY.md").read_text(), re.S)
        self.assertEqual(table.group(1).strip(), told)

    def test_the_commands_of_the_readme_exist(self):
        readme = (ROOT / "README.md").read_text()
        words = set(re.findall(r"(?:tools/lab|bin)/sekisho ([a-z-]+)", readme))
        self.assertGreater(len(words), 5)
        for word in sorted(words):
            with self.subTest(word):
                helped = subprocess.run([binaries() / "sekisho", word, "--help"], capture_output=True, check=False)
                self.assertEqual(helped.returncode, 0)

    def test_the_files_that_the_documents_name_exist(self):
        tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                                 check=True).stdout.splitlines()
        for document in ("README.md", "ARCHITECTURE.md", "SECURITY.md"):
            named = set(re.findall(r"[\w./*-]+\.(?:cc|h|md|cmake|py|yaml)\b", (ROOT / document).read_text()))
            named = {name for name in named if not name.startswith("my.")}
            self.assertTrue(named, document)
            for name in sorted(named):
                pattern = re.compile("(^|/)" + re.escape(name).replace(r"\*", "[^/]*") + "$")
                with self.subTest(document=document, file=name):
                    self.assertTrue(any(pattern.search(path) for path in tracked))


if __name__ == "__main__":
    unittest.main()
