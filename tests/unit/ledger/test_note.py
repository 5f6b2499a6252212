"""Signed notes: what counts as signed, and all the near misses."""

from base64 import b64encode
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.note import NoteError, NoteKey, NoteSigner, open_note, parse_note, sign_note

SIGNER = NoteSigner("log.example/county", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
OTHER = NoteSigner("witness.example", Ed25519PrivateKey.from_private_bytes(b"\x02" * 32))
TEXT = "一行\n第二行\n"
NOTE = sign_note(TEXT, [SIGNER])
LINE = NOTE.split("\n\n")[1]
BASE64 = LINE.split(" ")[2].strip()


def test_a_note_opens_for_whoever_trusts_a_signer():
    assert open_note(NOTE, [SIGNER.key]) == (TEXT, [SIGNER.key])
    both = sign_note(TEXT, [SIGNER, OTHER])
    assert open_note(both, [OTHER.key]) == (TEXT, [OTHER.key])
    assert open_note(both, [OTHER.key, SIGNER.key])[1] == [SIGNER.key, OTHER.key]


def test_a_note_nobody_we_trust_signed_is_refused():
    for keys in ([], [OTHER.key], [NoteKey("other.name", SIGNER.key.public)]):
        with pytest.raises(NoteError, match="none of the trusted keys"):
            open_note(NOTE, keys)


def test_a_signature_of_the_same_name_by_another_key_is_a_stranger_s():
    namesake = NoteSigner(SIGNER.name, OTHER.private)
    with pytest.raises(NoteError, match="none of the trusted keys"):
        open_note(sign_note(TEXT, [namesake]), [SIGNER.key])
    assert open_note(sign_note(TEXT, [namesake, SIGNER]), [SIGNER.key])[1] == [SIGNER.key]


def test_a_known_key_s_failing_signature_rejects_the_note_even_beside_a_good_one():
    forged = f"— {SIGNER.name} {b64encode(SIGNER.key.key_id + b'0' * 64).decode()}\n"
    for note in (NOTE + forged, TEXT + "\n" + forged + LINE, TEXT + "\n" + forged + OTHER.sign(TEXT)):
        with pytest.raises(NoteError, match="does not fit"):
            open_note(note, [SIGNER.key, OTHER.key])


def test_a_signature_cut_short_or_drawn_out_fails():
    for blob in (SIGNER.key.key_id + b"x", SIGNER.key.key_id + SIGNER.private.sign(TEXT.encode()) + b"\x00"):
        note = f"{TEXT}\n— {SIGNER.name} {b64encode(blob).decode()}\n"
        with pytest.raises(NoteError, match="does not fit"):
            open_note(note, [SIGNER.key])


@given(st.integers(0, len(TEXT) - 1), st.characters(min_codepoint=0x20, exclude_categories=["Cs"]))
def test_any_change_of_the_text_is_noticed(at, character):
    changed = TEXT[:at] + character + TEXT[at + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(NoteError):
        open_note(changed + "\n" + LINE, [SIGNER.key])


def test_the_same_signature_twice_counts_once():
    assert open_note(NOTE + LINE, [SIGNER.key])[1] == [SIGNER.key]


def test_an_empty_line_in_the_text_belongs_to_the_text():
    text = "one\n\nthree\n"
    assert open_note(sign_note(text, [SIGNER]), [SIGNER.key])[0] == text


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace("—", "-"),
        LINE.replace("—", "–"),
        LINE.replace("—", "―"),
        LINE.replace("— ", "—"),
        LINE.replace("— ", "—  "),
        LINE.replace("— ", "—\u00a0"),
        " " + LINE,
        LINE.replace("\n", " \n"),
        LINE.replace(SIGNER.name, "log.example county"),
        LINE.replace(SIGNER.name, "log.example+county"),
        LINE.replace(SIGNER.name, "log.example\u3000county"),
        LINE.replace(SIGNER.name + " ", ""),
        LINE.replace(BASE64, ""),
        LINE.replace(BASE64, BASE64[:-1]),
        LINE.replace(BASE64, BASE64 + "="),
        LINE.replace(BASE64, BASE64.rstrip("=") + "!="),
        LINE.replace(BASE64, BASE64[:20] + " " + BASE64[20:]),
        LINE.replace(BASE64, BASE64.replace("+", "-").replace("/", "_") + "-"),
        LINE.replace(BASE64, b64encode(SIGNER.key.key_id).decode()),
        LINE.replace(BASE64, b64encode(b"abc").decode()),
        LINE.replace(BASE64, "AAAAAAB="),
        "a stray line\n",
    ],
)
def test_a_malformed_signature_line_rejects_the_note_instead_of_being_skipped(line):
    assert line != LINE
    for note in (TEXT + "\n" + line, TEXT + "\n" + line + LINE, TEXT + "\n" + LINE + line):
        with pytest.raises(NoteError):
            open_note(note, [SIGNER.key])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        LINE,
        NOTE.rstrip("\n"),
        NOTE + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("一", "\x00"),
        NOTE.replace("一", "\t"),
        TEXT + LINE,
        "\ufeff" + NOTE,
        TEXT + "\n" + LINE * 65,
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, [SIGNER.key])


def test_sixteen_long_signatures_of_strangers_are_borne():
    strangers = "".join(f"— w{n}.example {b64encode(bytes([n] * 5000)).decode()}\n" for n in range(16))
    assert open_note(TEXT + "\n" + strangers + LINE, [SIGNER.key])[0] == TEXT


@pytest.mark.parametrize("text", ["no end", "a\x07\n", "a\r\n", "", "\t\n"])
def test_nothing_is_signed_that_could_not_be_read_back(text):
    with pytest.raises(NoteError):
        sign_note(text, [SIGNER])


def test_a_verifier_key_is_read_back_as_it_was_written():
    assert NoteKey.parse(SIGNER.key.vkey()) == SIGNER.key


@pytest.mark.parametrize(
    "change",
    [
        lambda name, id_, key: f"{name}+{id_}",
        lambda name, id_, key: f"{name}+{id_}+",
        lambda name, id_, key: f"+{id_}+{key}",
        lambda name, id_, key: f"{name}x+{id_}+{key}",
        lambda name, id_, key: f"{name} +{id_}+{key}",
        lambda name, id_, key: f"{name}+{id_.upper()}+{key}" if id_.upper() != id_ else f"{name}+{id_[1:]}+{key}",
        lambda name, id_, key: f"{name}+{'0' * 8}+{key}",
        lambda name, id_, key: f"{name}+{id_}+{key}=",
        lambda name, id_, key: f"{name}+{id_}+{key[:-4]}",
        lambda name, id_, key: f"{name}+{id_}+{key} ",
        lambda name, id_, key: f"{name}+{id_}+B{key[1:]}",
        lambda name, id_, key: f"{name}+{id_}+密钥",
    ],
)
def test_a_mangled_verifier_key_is_refused(change):
    with pytest.raises(NoteError):
        NoteKey.parse(change(*SIGNER.key.vkey().split("+", 2)))


@given(st.text(max_size=120))
def test_rubbish_never_crashes_the_parser(text):
    for note in (text, text + "\n\n" + LINE, TEXT + "\n" + text):
        with suppress(NoteError):
            parse_note(note)
