"""A made-up office that signs acts and writes them to a real ledger, the way the service does."""

import os
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.act import BEIJING, act_digest, encode_state, idempotency_key, sign_act
from ledger.batch import Command, NewEvent
from ledger.checkpoint import Checkpoint
from ledger.committer import Committer
from ledger.disclosure import Disclosure, disclose
from ledger.jws import PrivateKey, key_of, sign_jws
from ledger.note import NoteSigner
from ledger.opening import Administrator, create_tables, open_ledger
from ledger.schema import grant_statements
from ledger.store import read_head
from ledger.vault import CaseKey, Kek, load_kek, new_case_key, seal
from ledger.waiting import Committed
from tests.torture.rules import POSSESSION, SECOND, TABLES, statement

ORIGIN = "office.example/torture"


class Office:
    """Opens a ledger and fills it. `commands` made by `open_case`, `note`… are sent with `send`, in order."""

    def __init__(self, dsn: str, seed: int = 1) -> None:
        self.random = Random(seed)
        self.dsn = dsn
        self.kek_text = b64encode(self.random.randbytes(32)).decode()
        self.kek: Kek = load_kek(None, self.kek_text)
        self.log = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(self.random.randbytes(32)))
        self.officers: dict[str, PrivateKey] = {str(self._uuid()): self._ed25519() for _ in range(2)}
        self.administrators = list(self.officers)
        self.streams: dict[str, tuple[int, str | None]] = {}
        self.cases: list[str] = []
        self._case_keys: dict[str, CaseKey] = {}
        self._committer: Committer | None = None

    def open(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            create_tables(connection, TABLES)
            people = [Administrator(id_, key_of(key.public_key()), "610900") for id_, key in self.officers.items()]
            for statement in grant_statements(TABLES, "mingzhang_service"):
                connection.execute(statement)
            open_ledger(connection, TABLES, ORIGIN, log_keys=[self.log.key], administrators=people)

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.dsn, autocommit=True)

    @property
    def committer(self) -> Committer:
        if self._committer is None:
            self._committer = Committer(self.connect, TABLES, origin=ORIGIN, signers=[self.log])
        return self._committer

    def close(self) -> None:
        if self._committer is not None:
            self._committer.close()
        self._committer = None

    def fill(self, lines: int, batch: int = 8) -> None:
        """Roughly `lines` lines: officers registered and revoked, cases opened and carried on, plain events between."""
        self.send([self.register(es256=number == 1) for number in range(3)])
        waiting: list[Command] = []
        for number in range(lines - 3):
            waiting.append(self._next(number))
            if len(waiting) >= self.random.randint(1, 2 * batch):
                self.send(waiting)
                waiting = []
        self.send(waiting)

    def _next(self, number: int) -> Command:
        if number % 97 == 50:
            return self.register()
        if number % 97 == 80 and len(self.officers) > 4:
            return self.revoke(list(self.officers)[3])
        if number % 23 == 7:
            return self.plain()
        if not self.cases or self.random.random() < 0.2:
            return self.open_case()
        return self.note(self.random.choice(self.cases[-40:]))

    def send(self, commands: Sequence[Command]) -> list[Committed]:
        futures: list[Future[Committed]] = [self.committer.submit(command) for command in commands]
        return [future.result() for future in futures]

    def kept_head(self) -> str:
        """The latest head, signed: what somebody outside keeps."""
        with self.connect() as connection:
            head = read_head(connection, TABLES)
        assert head is not None
        return Checkpoint(ORIGIN, head.size, head.root).sign([self.log])

    def open_case(self) -> Command:
        case = str(self._uuid())
        self.cases.append(case)
        personal = [disclose("name", f"person {self.random.randrange(10**6)}"), disclose("phone", "none")]
        return self.act(
            "case.open", case, {"person": {"_sd": [one.digest for one in personal]}, "members": 3}, personal
        )

    def note(self, case: str) -> Command:
        personal = [disclose("remark", "made up")] if self.random.random() < 0.5 else []
        data: dict[str, Any] = {"finding": "meets", "visit": self.random.randrange(100)}
        if personal:
            data["seen"] = {"_sd": [one.digest for one in personal]}
        return self.act("case.note", case, data, personal)

    def register(self, es256: bool = False) -> Command:
        officer = str(self._uuid())
        key: PrivateKey = ec.generate_private_key(ec.SECP256R1()) if es256 else self._ed25519()
        public = key_of(key.public_key())
        said = statement({"aud": ORIGIN, "case": officer}, public.kid)
        first, second = self.administrators
        body = b'{"aud":"%b","officer":"%b","kid":"%b"}' % tuple(text.encode() for text in said.values())
        data = {
            "jwk": public.jwk(),
            "possession": sign_jws(key, POSSESSION, body),
            "second": sign_jws(self.officers[second], SECOND, body),
        }
        command = self.act("officer.register", officer, data, signer=first)
        self.officers[officer] = key
        return command

    def revoke(self, officer: str) -> Command:
        key = self.officers.pop(officer)
        data = {"kid": key_of(key.public_key()).kid}
        return self.act("officer.revoke", officer, data, signer=self.administrators[0])

    def plain(self) -> Command:
        """An event of an ordinary application, with bytes that are no JSON now and then."""
        stream = UUID(int=7 + self.random.randrange(3) << 64 | 0x4 << 76 | 0x2 << 62)
        version = self.streams.get(str(stream), (0, None))[0] + self.random.randint(1, 3)
        self.streams[str(stream)] = version, None
        state = b'{"counter":%d}' % version if self.random.random() < 0.7 else self.random.randbytes(20)
        return Command((NewEvent(stream, version, "counter.moved", state),))

    def act(
        self,
        code: str,
        stream: str,
        data: dict[str, Any],
        disclosures: Sequence[Disclosure] = (),
        signer: str | None = None,
    ) -> Command:
        """The command of a signed act, relying on its signer's stream and a few others."""
        signer = signer or self._signer()
        version, prev = self.streams.get(stream, (0, None))
        jti, now = str(self._uuid7()), int(time.time())
        claims: dict[str, Any] = {
            "iss": signer,
            "aud": ORIGIN,
            "jti": jti,
            "iat": now,
            "on": str(datetime.fromtimestamp(now, UTC).astimezone(BEIJING).date()),
            "case": stream,
            "version": version + 1,
            "act": code,
            "basis": "direct",
            "data": data,
        }
        if prev is not None:
            claims["prev"] = prev
        jws = sign_act(self.officers[signer], claims, disclosures).split("~")[0]
        relied = {id_: self.streams.get(id_, (0, None))[0] for id_ in (stream, signer, *self.cases[-1:])}
        self.streams[stream] = version + 1, act_digest(jws)
        type_ = {"open": "opened", "note": "noted", "register": "registered", "revoke": "revoked"}[code.split(".")[1]]
        event = NewEvent(
            UUID(stream), version + 1, f"{code.split('.')[0]}.{type_}", encode_state(jws, {"streams": relied}), True
        )
        sealed, case_key = self._seal(stream, disclosures)
        return Command(
            (event,),
            tuple((UUID(id_), version) for id_, version in relied.items()),
            key=idempotency_key(signer, jti),
            same=b'{"act":"%b"' % jws.encode(),
            sealed=sealed,
            case_key=case_key,
        )

    def _seal(
        self, stream: str, disclosures: Sequence[Disclosure]
    ) -> tuple[tuple[bytes, ...], tuple[UUID, str, bytes] | None]:
        if not disclosures:
            return (), None
        new = stream not in self._case_keys
        key = self._case_keys.setdefault(stream, new_case_key(self.kek, ORIGIN, stream))
        sealed = tuple(seal(key, ORIGIN, stream, disclosures))
        return sealed, (UUID(stream), self.kek.name, key.wrapped) if new else None

    def _signer(self) -> str:
        return self.random.choice(list(self.officers)[2:] or self.administrators)

    def _ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.random.randbytes(32))

    def _uuid(self) -> UUID:
        return UUID(bytes=self.random.randbytes(16), version=4)

    def _uuid7(self) -> UUID:
        value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
