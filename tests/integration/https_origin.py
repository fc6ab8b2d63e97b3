"""An origin that speaks HTTPS by HTTP/1.1 and HTTP/2 under many names, behind a gateway that decrypts."""

import subprocess

from console_harness import wait_until
from harness import SERVER, LabTest, rule

NGINX = """
daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  default_type application/octet-stream;
  server {{
    listen {address}:443 ssl http2; listen [{address6}]:443 ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {root};
    location = /x {{ return 200 "came"; }}
  }}
}}
"""
VERSIONS = ("--http1.1", "--http2")
FAMILIES = (SERVER.ipv4, SERVER.ipv6)


class HttpsTest(LabTest):
    """`names`: of the origin; `files`: of its pages what they hold. It takes what is posted to /x."""

    names = ("origin.example", "*.origin.example")
    files = {"page": b"an ordinary page"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = cls.lab.directory / "origin"
        root = directory / "root"
        root.mkdir(parents=True)
        names = ",".join(f"DNS:{name}" for name in cls.names)
        certificate, key = directory / "server.crt", directory / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=origin.example", "-addext", f"subjectAltName={names}", "-out", certificate, "-keyout", key],
                       check=True, capture_output=True)
        cls.root = root
        for name, content in cls.files.items():
            (root / name).write_bytes(content)
        settings = directory / "nginx.conf"
        settings.write_text(NGINX.format(directory=directory, address=SERVER.ipv4, address6=SERVER.ipv6,
                                         certificate=certificate, key=key, root=root))
        cls.nginx = subprocess.Popen(["ip", "netns", "exec", cls.lab.namespace("server"), "nginx", "-c", str(settings)])
        cls.addClassCleanup(cls.nginx.wait)
        cls.addClassCleanup(cls.nginx.terminate)
        wait_until(lambda: (directory / "nginx.pid").exists(), "the origin is there")

    def inspect(self, *rules, profile=None, **policy):
        section = {"name": "p", "https_decryption": {"enabled": True, "untrusted_origin": "show"}} | (profile or {})
        self.apply(*rules, rule("web", "allow", profile="p"), profiles=[section], **policy)

        def all_workers():
            state = self.gateway.dataplane("status")["decryption"]
            return state and state["attached"] == state["workers"]
        self.eventually(all_workers, "every worker has a channel")

    def fetch(self, path, version="--http1.1", host="www.origin.example", *more, address=SERVER.ipv4):
        """(curl's exit code, status, body) of a client that takes every certificate."""
        if ":" in address:
            address = f"[{address}]"
        done = subprocess.run(["ip", "netns", "exec", self.lab.namespace("client"), "curl", "-s", "-k", "-m", "20", version,
                               "--resolve", f"{host}:443:{address}", "-w", "\n%{http_version} %{http_code}", *more,
                               f"https://{host}{path}"], capture_output=True, timeout=40, check=False)
        body, _, line = done.stdout.rpartition(b"\n")
        return done.returncode, line.decode(), body
