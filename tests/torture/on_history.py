"""Mutations that recompute chain, tree and heads afterwards: signatures, streams or a kept head must show them."""

from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.act import encode_state, idempotency_key, sign_act
from ledger.jws import key_of
from ledger.line import decode_line, encode_line, line_hash
from tests.torture.attack import Attack, Expected, rebuild
from tests.torture.on_lines import change_relied, drop_checks


def truncate_consistently(attack: Attack) -> Expected:
    """Cut the ledger back to an earlier head, with everything that belongs to what was cut."""
    (size,) = attack.one_of("SELECT size FROM {heads} WHERE size > 1 AND size < (SELECT max(size) FROM {heads})")
    attack.run("DELETE FROM {vault} WHERE index >= %s", size)
    attack.run(
        "DELETE FROM {vault_keys} WHERE stream NOT IN (SELECT l.stream FROM {lines} l JOIN {vault} v USING (index)"
        " WHERE l.index < %s)",
        size,
    )
    attack.run("DELETE FROM {lines} WHERE index >= %s", size)
    attack.run("DELETE FROM {heads} WHERE size > %s", size)
    attack.run("DELETE FROM {tiles} WHERE (n + 1) << (8 * (level + 1)) > %s", size)
    return Expected(f"cut back to {size} lines", frozenset({"since.truncated"}), hidden=True)


def insert_copy(attack: Attack) -> Expected:
    """A copy of a line at the end, its index and prev set right, everything recomputed."""
    index = attack.some_act()
    parts = decode_line(attack.line(index))
    last = decode_line(attack.line(attack.size - 1))
    prev = line_hash(attack.line(attack.size - 1)).hex()
    line = encode_line(attack.size, prev, last.at, parts.stream, parts.version, parts.type, parts.state, plain=True)
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_act_key")
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_stream_version_key")
    attack.run(
        "INSERT INTO {lines} SELECT %s, version, stream, act, type, %s FROM {lines} WHERE index = %s",
        attack.size, line, index,
    )  # fmt: skip
    attack.size += 1
    rebuild(attack, attack.size - 1)
    return Expected(f"a copy of line {index} at the end", frozenset({"stream.version"}), attack.size - 1)


def insert_event(attack: Attack) -> Expected:
    """An unsigned line at the end of a case's stream, everything recomputed."""
    index = attack.some_act()
    stream = decode_line(attack.line(index)).stream
    row = attack.run("SELECT max(version) FROM {lines} WHERE stream = %s", UUID(stream)).fetchone()
    assert row is not None
    last = attack.line(attack.size - 1)
    version, type_ = row[0] + 1, attack.random.choice(["case.noted", "case.whatever"])
    line = encode_line(attack.size, line_hash(last).hex(), decode_line(last).at, stream, version, type_, b'{"a":1}')
    attack.run("INSERT INTO {lines} VALUES (%s, %s, %s, NULL, %s, %s)", attack.size, version, stream, type_, line)
    attack.size += 1
    rebuild(attack, attack.size - 1)
    codes = frozenset({"act.missing", "stream.mixed"})
    return Expected(f"an unsigned line in the stream of line {index}", codes, attack.size - 1)


def forge_officer(attack: Attack) -> Expected:
    """A key of the forger's own, registered by an act that it signs itself, everything recomputed."""
    key = Ed25519PrivateKey.from_private_bytes(attack.random.randbytes(32))
    officer = str(UUID(bytes=attack.random.randbytes(16), version=4))
    claims: dict[str, Any] = {
        "iss": officer, "aud": "office.example/torture", "jti": "0197d9f0-aaaa-7bbb-8ccc-0123456789ab",
        "iat": 1_700_000_000, "on": "2023-11-14", "case": officer, "version": 1, "act": "officer.register",
        "basis": "direct", "data": {"jwk": key_of(key.public_key()).jwk()},
    }  # fmt: skip
    state = encode_state(sign_act(key, claims).split("~")[0], {"streams": {officer: 0}})
    last, act = attack.line(attack.size - 1), idempotency_key(officer, claims["jti"])
    line = encode_line(
        attack.size, line_hash(last).hex(), decode_line(last).at, officer, 1, "officer.registered", state, plain=True
    )
    attack.run("INSERT INTO {lines} VALUES (%s, 1, %s, %s, 'officer.registered', %s)", attack.size, officer, act, line)
    attack.size += 1
    rebuild(attack, attack.size - 1)
    return Expected("a forger's own key registered", frozenset({"act.countersignature"}), attack.size - 1)


def move_act(attack: Attack) -> Expected:
    """An act put into another case, line and columns alike, everything recomputed."""
    index, other = attack.some_act(), attack.some_act()
    while decode_line(attack.line(index)).stream == decode_line(attack.line(other)).stream:
        other = attack.some_act()
    parts, target = decode_line(attack.line(index)), decode_line(attack.line(other)).stream
    line = encode_line(index, parts.prev, parts.at, target, parts.version + 500, parts.type, parts.state, plain=True)
    attack.write(index, line)
    attack.run("UPDATE {lines} SET stream = %s, version = %s WHERE index = %s", target, parts.version + 500, index)
    rebuild(attack, index + 1)
    return Expected(f"the act on line {index} moved to another case", frozenset({"act.case"}), index)


def replace_act(attack: Attack) -> Expected:
    """One act's state put in the place of another's, both validly signed; everything recomputed."""
    index, other = attack.random.sample(attack.acts[:-2], 2)
    parts, source = decode_line(attack.line(index)), decode_line(attack.line(other))
    line = encode_line(index, parts.prev, parts.at, parts.stream, parts.version, parts.type, source.state, plain=True)
    attack.write(index, line)
    rebuild(attack, index + 1)
    codes = frozenset({"act.case", "act.version", "act.type", "stream.version", "column.differs"})
    return Expected(f"the act of line {other} put on line {index}", codes, index)


def swap_acts(attack: Attack) -> Expected:
    """Two acts of one case exchanged with their versions, everything recomputed: the officers' own chain shows it."""
    stream, first, second = attack.one_of(
        "SELECT a.stream, a.index, b.index FROM {lines} a JOIN {lines} b ON b.stream = a.stream AND b.version ="
        " a.version + 1 WHERE a.act IS NOT NULL AND a.version > 1"
    )
    one, two = decode_line(attack.line(first)), decode_line(attack.line(second))
    for index, here, taken in ((first, one, two), (second, two, one)):
        line = encode_line(index, here.prev, here.at, str(stream), taken.version, taken.type, taken.state, plain=True)
        attack.write(index, line)
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_stream_version_key")
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_act_key")
    attack.run(
        "UPDATE {lines} l SET version = o.version, act = o.act, type = o.type FROM {lines} o"
        " WHERE (l.index, o.index) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    rebuild(attack, first)
    return Expected(f"the acts on lines {first} and {second} exchanged", frozenset({"stream.version"}), first)


def drop_from_stream(attack: Attack) -> Expected:
    """An act in the middle of a case taken out, the later lines moved up, everything recomputed."""
    (index,) = attack.one_of(
        "SELECT a.index FROM {lines} a WHERE a.act IS NOT NULL AND EXISTS (SELECT FROM {lines} b"
        " WHERE b.stream = a.stream AND b.version = a.version + 1)"
    )
    attack.run("DELETE FROM {lines} WHERE index = %s", index)
    drop_checks(attack)
    attack.run("UPDATE {lines} SET index = -index WHERE index > %s", index)
    attack.run("UPDATE {lines} SET index = -index - 1 WHERE index < 0")
    attack.run("DELETE FROM {vault} WHERE index = %s", index)
    attack.run("UPDATE {vault} SET index = -index WHERE index > %s", index)
    attack.run("UPDATE {vault} SET index = -index - 1 WHERE index < 0")
    attack.size -= 1
    rebuild(attack, index)
    return Expected(f"line {index} taken out of its case", frozenset({"stream.version", "act.prev"}))


def rewrite_tail(attack: Attack) -> Expected:
    """The time of an act that nothing refers to, everything recomputed: consistent in itself."""
    index = attack.size - 1
    parts = decode_line(attack.line(index))
    at = parts.at[:-2] + ("1Z" if parts.at[-2] != "1" else "2Z")
    at = max(at, decode_line(attack.line(index - 1)).at)
    line = encode_line(index, parts.prev, at, parts.stream, parts.version, parts.type, parts.state, plain=parts.plain)
    if line == attack.line(index):
        return change_relied(attack)
    attack.write(index, line)
    rebuild(attack, index)
    return Expected("the last line rewritten consistently", frozenset({"since.root"}), hidden=True)


def date_ahead(attack: Attack) -> Expected:
    """A line from the future at the end, everything recomputed: it would keep every honest clock from recording."""
    last, index = attack.line(attack.size - 1), attack.size
    line = encode_line(
        index, line_hash(last).hex(), "2999-01-01T00:00:00.000000Z", str(uuid4()), 1, "counter.moved", b'{"a":1}'
    )
    stream = decode_line(line).stream
    attack.run("INSERT INTO {lines} VALUES (%s, 1, %s, NULL, 'counter.moved', %s)", index, stream, line)
    attack.size += 1
    rebuild(attack, index)
    return Expected(f"line {index} dated ahead", frozenset({"line.ahead"}), index)


def replace_opening(attack: Attack) -> Expected:
    """Another line 0, everything recomputed: no head that was signed before is of this ledger."""
    line = attack.line(0).replace(b'"simulation":false', b'"simulation":true')
    attack.write(0, line)
    rebuild(attack, 1)
    return Expected("line 0 replaced", frozenset({"since.root", "act.prev"}), hidden=True)
