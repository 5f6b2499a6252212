"""Every code that verification can give has its words, in both languages."""

import re
from pathlib import Path
from string import Formatter

from api.faults import FAULTS, NOTES, PARTS, place, say
from ledger.faults import Fault

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [*(ROOT / "ledger").glob("verify*.py"), ROOT / "api" / "rejudging.py"]


def codes_in_the_source() -> set[str]:
    sources = "".join(path.read_text("utf-8") for path in SOURCES)
    codes = set(re.findall(r'(?:\.add|_fault)\(\s*"([a-z]+\.[a-z-]+)"', sources))
    codes |= set(re.findall(r'"((?:act|head|tile|since)\.[a-z-]+)"', sources))
    return codes


def test_every_code_has_words_and_every_word_a_code():
    assert codes_in_the_source() == FAULTS.keys() | NOTES.keys()


def test_both_languages_use_the_same_facts():
    for texts in [*FAULTS.values(), *NOTES.values(), *PARTS.values()]:
        chinese, english = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in texts)
        # What a refusal says itself is there in both languages.
        assert {"en" if name == "zh" else name for name in chinese} == english, texts


def test_a_fault_is_told_with_its_place_even_when_facts_are_lacking():
    fault = Fault("line.index", "line", 4, 9, 6, {})
    assert say(fault, "en") == "the line says that it is line ?"
    assert place(fault, "zh") == "第 4–9 行"
    assert place(Fault("tile.wrong", "tile", 3, 3, 1, {"level": 1}), "en") == "tile 3"
    assert place(Fault("protection.trigger", "database", None, None, 1), "en") == "database"
