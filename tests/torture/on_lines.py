"""Mutations of lines and rows: bytes, places, index columns, with nothing recomputed."""

import orjson

from ledger.act import decode_state
from ledger.line import decode_line, encode_line
from tests.torture.attack import Attack, Expected


def flip_byte(attack: Attack) -> Expected:
    index = attack.some_line()
    line = bytearray(attack.line(index))
    at = attack.random.randrange(len(line))
    line[at] ^= 1 << attack.random.randrange(8)
    attack.write(index, bytes(line))
    return Expected(f"one bit of line {index}, byte {at}", frozenset(), index)


def replace_span(attack: Attack) -> Expected:
    """Put other characters of the same alphabet into the act, as a careful forger would."""
    index = attack.some_act()
    line = bytearray(attack.line(index))
    start = line.index(b'{"act":"') + 8
    at = attack.random.randrange(start, start + 600)
    line[at] = attack.random.choice([c for c in b"abcXYZ019-_" if c != line[at]])
    attack.write(index, bytes(line))
    return Expected(f"a character of the act on line {index}", frozenset({"line.altered"}), index)


def cut_line(attack: Attack) -> Expected:
    index = attack.inner_line()
    line = attack.line(index)
    attack.write(index, line[: attack.random.randrange(len(line))])
    # Cut right before its last brace it is still a line, of another event.
    return Expected(f"line {index} cut short", frozenset({"line.malformed", "line.altered"}), index)


def odd_line(attack: Attack) -> Expected:
    """A line that is JSON and whose members are of no kind that anybody expects."""
    index = attack.inner_line()
    line = attack.line(index)
    parts = decode_line(line)
    stream, type_, version = (orjson.dumps(value) for value in (parts.stream, parts.type, parts.version))
    old, new = attack.random.choice(
        [
            (b'"stream":' + stream, b'"stream":' + attack.random.choice([b"{}", b"[]", b"7", b"null", b'"\\u0000"'])),
            (b'"type":' + type_, b'"type":' + attack.random.choice([b"{}", b"[1]", b"null", b'"officer.registered"'])),
            (b'"version":' + version, b'"version":' + attack.random.choice([b"-1", b"18446744073709551615", b"1e3"])),
            (b'"prev":"', b'"prev":"zz'),
            (b',"event":', b',"event":[[[[[[' if attack.random.random() < 0.5 else b',"event":' + b"[" * 3000),
            (b'"at":"2', b'"at":"X'),
        ]
    )
    attack.write(index, line.replace(old, new, 1))
    return Expected(f"line {index}: {new[:60]!r}", frozenset({"line.altered"}), index)


def all_null(attack: Attack) -> Expected:
    """A row whose constraints were taken away and whose columns are empty."""
    table, columns, code = attack.random.choice(
        [
            ("lines", ["version", "stream", "type", "line"], "protection.column"),
            ("heads", ["root"], "head.wrong"),
            ("tiles", ["hashes"], "tile.missing"),
            ("vault", ["sealed"], "vault.missing"),
            ("vault_keys", ["wrapped"], "vault.key-broken"),
        ]
    )
    column = attack.random.choice(columns)
    attack.run(f"ALTER TABLE {{{table}}} ALTER {column} DROP NOT NULL")
    last = f"(SELECT max(ctid) FROM {{{table}}})"
    attack.run(f"UPDATE {{{table}}} SET {column} = NULL WHERE ctid = {last}")
    return Expected(f"{column} of a row of {table} emptied", frozenset({code}))


def change_time(attack: Attack) -> Expected:
    index = attack.inner_line()
    parts = decode_line(attack.line(index))
    year = attack.random.choice(["1999", "2031"])
    other = encode_line(index, parts.prev, year + parts.at[4:], parts.stream, parts.version, parts.type, parts.state,
                        plain=parts.plain)  # fmt: skip
    attack.write(index, other)
    return Expected(f"the time of line {index}", frozenset({"line.altered"}), index)


def change_relied(attack: Attack) -> Expected:
    index = attack.some_act()
    line = attack.line(index)
    parts = decode_line(line)
    act = decode_state(parts.state)
    assert act is not None
    stream, version = attack.random.choice(list(act[1]["streams"].items()))
    old, new = f'"{stream}":{version}'.encode(), f'"{stream}":{version + attack.random.choice([1, 2, 7])}'.encode()
    attack.write(index, line.replace(old, new))
    return Expected(f"what line {index} relied on", frozenset({"line.altered"}), index)


def swap_lines(attack: Attack) -> Expected:
    """The bytes of two lines, their index columns staying where they are."""
    first, second = attack.random.sample(range(1, attack.size), 2)
    one, two = attack.line(first), attack.line(second)
    attack.write(first, two)
    attack.write(second, one)
    return Expected(f"the bytes of lines {first} and {second} swapped", frozenset({"line.index"}), first)


def swap_rows(attack: Attack) -> Expected:
    """Two rows whole: the index column of each becomes the other's."""
    first, second = attack.random.sample(range(1, attack.size), 2)
    for old, new in ((first, -1), (second, first), (-1, second)):
        drop_checks(attack)
        attack.run("UPDATE {lines} SET index = %s WHERE index = %s", new, old)
    return Expected(f"rows {first} and {second} swapped", frozenset({"line.index"}), second)


def drop_checks(attack: Attack) -> None:
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT IF EXISTS office_lines_index_check")


def delete_row(attack: Attack) -> Expected:
    index = attack.inner_line()
    attack.run("DELETE FROM {lines} WHERE index = %s", index)
    return Expected(f"line {index} deleted", frozenset({"line.missing"}), index)


def delete_rows(attack: Attack) -> Expected:
    first = attack.inner_line()
    count = attack.random.randint(2, 40)
    attack.run("DELETE FROM {lines} WHERE index BETWEEN %s AND %s", first, first + count)
    return Expected(f"lines {first} to {first + count} deleted", frozenset({"line.missing"}), first)


def delete_last(attack: Attack) -> Expected:
    count = attack.random.randint(1, 9)
    attack.run("DELETE FROM {lines} WHERE index >= %s", attack.size - count)
    return Expected(f"the last {count} line(s) deleted", frozenset({"line.missing"}), attack.size - 1)


def repoint(attack: Attack) -> Expected:
    """An index column that says something else than its line."""
    index = attack.inner_line()
    column, value = attack.random.choice(
        [
            ("version", "version + 1000"),
            ("stream", "gen_random_uuid()"),
            ("type", "type || 'x'"),
            ("act", "gen_random_uuid()"),
        ]
    )
    attack.run(f"UPDATE {{lines}} SET {column} = {value} WHERE index = %s", index)
    return Expected(f"column {column} of line {index}", frozenset({"column.differs"}), index)


def forget_act(attack: Attack) -> Expected:
    index = attack.some_act()
    attack.run("UPDATE {lines} SET act = NULL WHERE index = %s", index)
    return Expected(f"column act of line {index} emptied", frozenset({"column.differs"}), index)


def hide_row(attack: Attack) -> Expected:
    """A row that stands in the table and in no index."""
    catalog = "UPDATE pg_index SET indisready = %s WHERE indrelid = 'ledger.office_lines'::regclass"
    with attack.connection.transaction():
        attack.run(catalog, False)
    attack.run("INSERT INTO {lines} SELECT 5, version, stream, act, type, line FROM {lines} WHERE index = 5")
    with attack.connection.transaction():
        attack.run(catalog, True)
    # A plan that reads the table itself comes upon it as a second row of its index.
    return Expected("a row in no index", frozenset({"table.hidden", "line.extra"}))


def huge_line(attack: Attack) -> Expected:
    """A line longer than any, which nobody should have to read whole."""
    index = attack.inner_line()
    length = attack.random.choice([65_536, 70_000, 3_000_000])
    attack.run("ALTER TABLE {lines} DROP CONSTRAINT office_lines_line_check")
    attack.run("UPDATE {lines} SET line = line || convert_to(repeat('x', %s), 'UTF8') WHERE index = %s", length, index)
    return Expected(f"line {index} longer by {length} bytes", frozenset({"line.too-long"}), index)


def scatter_rows(attack: Attack) -> Expected:
    """Rows a million indexes apart from each other: time must go by the rows, not by the indexes."""
    first = attack.random.choice([10**6, 10**12, 2**62])
    attack.run(
        "INSERT INTO {lines} SELECT %s::bigint + n * 1000003, 1, gen_random_uuid(), NULL, 'x', '{{}}'"
        " FROM generate_series(1, 300) n",
        first,
    )
    return Expected(f"rows scattered from {first} on", frozenset({"line.malformed"}), first + 1000003)


def double_row(attack: Attack) -> Expected:
    """Every constraint gone and a row there twice."""
    table = attack.random.choice(["lines", "tiles", "heads", "vault"])
    for name in ("pkey", "act_key", "stream_version_key"):
        attack.run(f"ALTER TABLE {{{table}}} DROP CONSTRAINT IF EXISTS office_{table}_{name}")
    attack.run(f"INSERT INTO {{{table}}} SELECT * FROM {{{table}}} OFFSET 1 LIMIT 1")
    codes = {"lines": "line.extra", "tiles": "protection.constraint", "heads": "head.twice", "vault": "vault.twice"}
    return Expected(f"a row of {table} twice", frozenset({codes[table]}))
