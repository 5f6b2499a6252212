"""A real timestamp authority on loopback: `openssl ts` behind the standard library's HTTP server (RFC 3161 §3.4)."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
O = Made-up Authority
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ts]
default_tsa = here
[here]
serial = {place}/serial
crypto_device = builtin
signer_cert = {place}/tsa.pem
certs = {place}/ca.pem
signer_key = {place}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """`url` answers while it runs; `ca` is its root certificate. `broken` makes it answer 503, `garbled` rubbish."""

    def __init__(self, place: Path, root: str) -> None:
        self.place, self.ca, self.url = place, place / root, ""
        self.broken = self.garbled = False
        self.asked = 0

    def reply(self, query: bytes) -> bytes:
        """What `openssl ts -reply` answers."""
        (self.place / "query.tsq").write_bytes(query)
        files = ("-queryfile", "query.tsq", "-out", "reply.tsr")
        _openssl(self.place, "ts", "-reply", "-config", "tsa.cnf", "-section", "here", *files)
        return (self.place / "reply.tsr").read_bytes()


def make_authority(place: Path, name: str = "Made-up TSA", *, under_a_root: bool = False) -> Authority:
    """Keys, certificates and configuration in an empty directory. `under_a_root`: its issuer has an issuer again."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "tsa.cnf").write_text(_CONFIG.format(name=name, place=place))
    (place / "serial").write_text("01\n")
    new = ("req", "-config", "tsa.cnf", "-new", "-newkey", "rsa:2048", "-nodes")
    root = "root" if under_a_root else "ca"
    _openssl(place, *new, "-x509", "-days", "30", "-extensions", "ca", "-keyout", f"{root}.key", "-out", f"{root}.pem")
    if under_a_root:
        _certify(place, new, "ca", "root", f"/O=Made-up Authority/CN={name} issuer")
    _certify(place, new, "tsa", "ca", f"/O=Made-up Authority/CN={name} signer")
    return Authority(place, f"{root}.pem")


def _certify(place: Path, new: tuple[str, ...], whose: str, by: str, subject: str) -> None:
    _openssl(place, *new, "-keyout", f"{whose}.key", "-out", f"{whose}.csr", "-subj", subject)
    issuer = ("-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "30")
    extensions = ("-extfile", "tsa.cnf", "-extensions", whose)
    _openssl(place, "x509", "-req", "-in", f"{whose}.csr", *issuer, *extensions, "-out", f"{whose}.pem")


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """The authority, reachable on a free port of loopback."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                authority.asked += 1
                if authority.broken:
                    self.send_error(503)
                    return
                body = b"rubbish" if authority.garbled else authority.reply(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _openssl(place: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=place, check=True, capture_output=True)
