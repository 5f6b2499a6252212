"""C2SP tlog-tiles: names, which tiles a tree has, bundles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerFaulty, Refused
from ledger.tiles import TileName, bundle, check_tile, full_tiles, levels, parse_tile_name, partial_tiles, split_bundle
from ledger.tree import Tree, root_of
from tests import tlog_client


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TileName(0, 0), "0/000"),
        (TileName(0, 0, 1), "0/000.p/1"),
        (TileName(1, 999, 255), "1/999.p/255"),
        (TileName(2, 1000), "2/x001/000"),
        (TileName(0, 1234067), "0/x001/x234/067"),
        (TileName(63, 1_000_000), "63/x001/x000/000"),
    ],
)
def test_a_tile_has_one_name(name: TileName, text: str):
    assert name.path() == text
    assert parse_tile_name(text) == name


@given(st.integers(0, 63), st.integers(0, 10**18), st.integers(1, 256))
def test_names_are_those_of_the_specification(level: int, n: int, width: int):
    name = TileName(level, n, width)
    assert name.path() == tlog_client.path(level, n) + ("" if width == 256 else f".p/{width}")
    assert parse_tile_name(name.path()) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "64/000",
        "-1/000",
        "+1/000",
        "0/x000/001",
        "0/x001",
        "0/001/002",
        "0/x001/x002",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/",
        "0/000.p",
        "0/000.p/1/",
        "0/000/",
        "/0/000",
        "0/../000",
        "0/٠٠٠",
        "0/000\n",
        "data/000",
        "0/" + "x999/" * 7 + "999",
    ],
)
def test_other_spellings_are_none(text: str):
    with pytest.raises(Refused) as said:
        parse_tile_name(text)
    assert said.value.code == "tile.path"


def test_a_tile_is_within_a_tree_that_has_all_its_hashes():
    assert TileName(0, 0, 3).within(3)
    assert not TileName(0, 0, 4).within(3)
    assert not TileName(0, 0).within(255)
    assert TileName(0, 0).within(256)
    assert TileName(1, 0, 1).within(256)
    assert not TileName(1, 0, 1).within(255)
    assert not TileName(63, 0, 1).within(2**62)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 66_000])
def test_a_tree_is_its_full_tiles_and_the_partial_ones_at_its_edge(size: int):
    tree, leaves = Tree(), [i.to_bytes(32, "big") for i in range(size)]
    for leaf in leaves:
        tree.append(leaf)
    partial, below = partial_tiles(tree), leaves
    assert len(levels(size)) == (3 if size >= 65_536 else 2 if size >= 256 else 1)
    for level in levels(size):
        assert len(full_tiles(0, size, level)) == len(below) // 256
        rest = below[len(below) // 256 * 256 :]
        assert partial.get((level, len(below) // 256), b"") == b"".join(rest)
        below = [root_of(below[256 * n : 256 * n + 256]) for n in range(len(below) // 256)]
    assert below == []


def test_tiles_that_became_full_are_those_of_the_larger_tree_alone():
    assert full_tiles(0, 256, 0) == range(1)
    assert full_tiles(255, 600, 0) == range(2)
    assert full_tiles(256, 600, 0) == range(1, 2)
    assert full_tiles(600, 700, 0) == range(2, 2)
    assert full_tiles(0, 65_535, 1) == range(0)


def test_a_tile_that_the_one_above_does_not_know_is_at_fault():
    hashes = [i.to_bytes(32, "big") for i in range(256)]
    above = {(1, 0): bytes(32) + root_of(hashes)}
    check_tile(0, 1, b"".join(hashes), lambda level, n: above[level, n])
    hashes[7] = bytes(32)
    with pytest.raises(LedgerFaulty):
        check_tile(0, 1, b"".join(hashes), lambda level, n: above[level, n])


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_lines(lines: list[bytes]):
    assert list(split_bundle(bundle(lines))) == lines


@pytest.mark.parametrize("content", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_a_bundle_that_is_cut_off_is_none(content: bytes):
    with pytest.raises(ValueError, match="within an entry"):
        list(split_bundle(content))
