"""Mutations of tiles, heads, vault, and of what protects the tables."""

from tests.torture.attack import Attack, Expected


def change_tile(attack: Attack) -> Expected:
    (level, n) = attack.one_of("SELECT level, n FROM {tiles}")
    at = attack.random.randrange(8192)
    changed = "set_byte(hashes, %s, 255 - get_byte(hashes, %s))"
    attack.run(f"UPDATE {{tiles}} SET hashes = {changed} WHERE (level, n) = (%s, %s)", at, at, level, n)
    return Expected(f"tile {level}/{n}", frozenset({"tile.wrong"}))


def delete_tile(attack: Attack) -> Expected:
    (level, n) = attack.one_of("SELECT level, n FROM {tiles}")
    attack.run("DELETE FROM {tiles} WHERE (level, n) = (%s, %s)", level, n)
    return Expected(f"tile {level}/{n} deleted", frozenset({"tile.missing"}))


def insert_tile(attack: Attack) -> Expected:
    attack.run("INSERT INTO {tiles} SELECT level, n + 7000, hashes FROM {tiles} LIMIT 1")
    return Expected("a tile too many", frozenset({"tile.stray"}))


def change_head(attack: Attack) -> Expected:
    (size,) = attack.one_of("SELECT size FROM {heads}")
    attack.run("UPDATE {heads} SET root = sha256(root) WHERE size = %s", size)
    return Expected(f"head {size}", frozenset({"head.wrong"}), size - 1)


def move_head(attack: Attack) -> Expected:
    (size,) = attack.one_of(
        "SELECT size FROM {heads} h WHERE NOT EXISTS (SELECT FROM {heads} o WHERE o.size = h.size + 1)"
    )
    attack.run("UPDATE {heads} SET size = size + 1 WHERE size = %s", size)
    return Expected(f"head {size} moved", frozenset({"head.wrong", "head.beyond", "head.missing"}))


def delete_head(attack: Attack) -> Expected:
    (size,) = attack.one_of("SELECT size FROM {heads}")
    attack.run("DELETE FROM {heads} WHERE size = %s", size)
    return Expected(f"head {size} deleted", frozenset({"head.missing"}), size - 1)


def delete_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    attack.run("DELETE FROM {vault} WHERE index = %s", index)
    return Expected(f"vault entry of line {index} deleted", frozenset({"vault.missing"}), index)


def move_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    free = next(
        i for i in range(attack.size + 1) if not attack.run("SELECT 1 FROM {vault} WHERE index = %s", i).fetchone()
    )
    attack.run("UPDATE {vault} SET index = %s WHERE index = %s", free, index)
    return Expected(f"vault entry of line {index} moved to {free}", frozenset({"vault.missing"}), index)


def swap_vault(attack: Attack) -> Expected:
    """Two ciphertexts exchanged."""
    rows = attack.run("SELECT index FROM {vault}").fetchall()
    (first,), (second,) = attack.random.sample(rows, 2)
    attack.run(
        "UPDATE {vault} v SET sealed = o.sealed FROM {vault} o WHERE (v.index, o.index) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    return Expected(f"vault entries {first} and {second} exchanged", frozenset({"vault.broken", "vault.count"}), first)


def flip_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    at = attack.random.randrange(28)
    attack.run("UPDATE {vault} SET sealed[1] = set_byte(sealed[1], %s, 255 - get_byte(sealed[1], %s)) WHERE index = %s",
               at, at, index)  # fmt: skip
    return Expected(f"a byte in the vault entry of line {index}", frozenset({"vault.broken"}), index)


def shorten_vault(attack: Attack) -> Expected:
    (index,) = attack.one_of("SELECT index FROM {vault}")
    attack.run("UPDATE {vault} SET sealed = sealed || sealed WHERE index = %s", index)
    return Expected(f"vault entry of line {index} doubled", frozenset({"vault.count"}), index)


def delete_vault_key(attack: Attack) -> Expected:
    (stream,) = attack.one_of("SELECT stream FROM {vault_keys}")
    attack.run("DELETE FROM {vault_keys} WHERE stream = %s", stream)
    return Expected(f"data key of {stream} deleted", frozenset({"vault.key-missing"}))


def insert_vault_key(attack: Attack) -> Expected:
    attack.run("INSERT INTO {vault_keys} SELECT gen_random_uuid(), kek, wrapped FROM {vault_keys} LIMIT 1")
    return Expected("a data key of nothing", frozenset({"vault.key-stray"}))


def flood_vault(attack: Attack) -> Expected:
    """Thousands of data keys and entries of nothing."""
    attack.run("INSERT INTO {vault_keys} SELECT gen_random_uuid(), 'another', sha256('') FROM generate_series(1, 3000)")
    attack.run(
        "INSERT INTO {vault} SELECT %s + n * n, ARRAY['\\x00'::bytea] FROM generate_series(1, 3000) n", attack.size
    )
    return Expected("the vault flooded", frozenset({"vault.key-stray"}), attack.size + 1)


def malform_vault(attack: Attack) -> Expected:
    """An entry that can be no sealed field, as can be seen without the key."""
    (index,) = attack.one_of("SELECT index FROM {vault}")
    other = attack.random.choice(["'\\x00'::bytea", "NULL", "decode(repeat('00', 70000), 'hex')"])
    attack.run(f"UPDATE {{vault}} SET sealed[1] = {other} WHERE index = %s", index)
    return Expected(f"the vault's entry of line {index} made {other}", frozenset({"vault.malformed"}), index)


def swap_vault_keys(attack: Attack) -> Expected:
    rows = attack.run("SELECT stream FROM {vault_keys}").fetchall()
    (first,), (second,) = attack.random.sample(rows, 2)
    attack.run(
        "UPDATE {vault_keys} v SET wrapped = o.wrapped FROM {vault_keys} o"
        " WHERE (v.stream, o.stream) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    return Expected("two data keys exchanged", frozenset({"vault.key-broken"}))


def rename_kek(attack: Attack) -> Expected:
    (stream,) = attack.one_of("SELECT stream FROM {vault_keys}")
    attack.run("UPDATE {vault_keys} SET kek = 'another' WHERE stream = %s", stream)
    return Expected(f"the vault key's name at {stream}", frozenset({"vault.key-name"}))


def drop_trigger(attack: Attack) -> Expected:
    table = attack.random.choice(["lines", "tiles", "heads", "vault", "vault_keys"])
    how = attack.random.choice(["DROP TRIGGER append_only ON {%s}", "ALTER TABLE {%s} DISABLE TRIGGER append_only"])
    attack.run(how % table)
    return Expected(f"the trigger of {table}", frozenset({"protection.trigger"}))


def blunt_trigger(attack: Attack) -> Expected:
    attack.run("CREATE OR REPLACE FUNCTION {no_change}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    return Expected("the trigger's function", frozenset({"protection.trigger"}))


def drop_constraint(attack: Attack) -> Expected:
    table, constraint = attack.random.choice(
        [("lines", "lines_pkey"), ("lines", "lines_act_key"), ("lines", "lines_stream_version_key"),
         ("tiles", "tiles_pkey"), ("heads", "heads_pkey"), ("vault", "vault_pkey"), ("vault_keys", "vault_keys_pkey")]
    )  # fmt: skip
    attack.run(f"ALTER TABLE {{{table}}} DROP CONSTRAINT office_{constraint}")
    return Expected(f"constraint {constraint}", frozenset({"protection.constraint"}))


def grant_rights(attack: Attack) -> Expected:
    attack.run("GRANT UPDATE ON {lines} TO PUBLIC")
    return Expected("everybody may update", frozenset({"protection.right"}))
