"""A witness's decision: every status of the table, in its order, and requests that are none."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.note import NoteSigner
from ledger.tree import EMPTY_ROOT
from ledger.witness import MAX_REQUEST, RequestError, judge, parse_request, request_body
from tests.witnessing import MadeLog

LOG, FORKED = MadeLog(leaves=40), MadeLog(leaves=40, fork=5)
STRANGER = MadeLog("log.example/stranger", leaves=8)
LOGS = {LOG.origin: (LOG.signer.key, LOG.second.key)}


def asked(latest, old, note, proof=()):
    return judge(LOGS, latest, parse_request(request_body(old, proof, note)))


def test_what_contains_the_latest_whole_is_cosigned():
    for size in range(1, 41):
        assert asked(None, 0, LOG.note(size)).status == 200
        for old in range(1, size + 1):
            proof = LOG.prove(old, size)
            assert asked(LOG.head(old), old, LOG.note(size), proof).status == 200


def test_an_empty_log_is_cosigned_and_may_grow():
    assert asked(None, 0, LOG.note(0)).status == 200
    assert asked(LOG.head(0), 0, LOG.note(0)).status == 200
    assert asked(LOG.head(0), 0, LOG.note(7)).status == 200


def test_an_unknown_log_is_not_found_whoever_signed():
    assert asked(None, 0, STRANGER.note(3)).status == 404
    assert asked(None, 9, STRANGER.note(3)).status == 404


def test_what_no_trusted_key_signed_is_forbidden_and_so_is_a_trusted_signature_that_fails():
    text = LOG.head(7).text()
    by_another = f"{text}\n{NoteSigner(LOG.origin, STRANGER.signer.private).sign(text)}"
    assert asked(None, 0, by_another).status == 403
    failing = f"{text}\n{LOG.signer.sign(LOG.head(8).text())}"
    for more in ("", LOG.second.sign(text), LOG.signer.sign(text)):
        assert asked(None, 0, failing + more).status == 403
    assert asked(None, 9, failing).status == 403  # before sizes are compared
    assert asked(None, 0, by_another + LOG.signer.sign(text)).status == 200  # a stranger's is ignored
    assert asked(None, 0, f"{text}\n{LOG.second.sign(text)}").status == 200


def test_an_old_size_above_the_new_is_a_bad_request_even_where_another_was_cosigned():
    for latest in (None, LOG.head(9), LOG.head(30)):
        assert asked(latest, 9, LOG.note(8), LOG.prove(8, 9)).status == 400


@pytest.mark.parametrize(
    ("latest", "old", "size"), [(None, 3, 7), (5, 0, 7), (5, 4, 7), (5, 6, 7), (9, 5, 7), (9, 7, 7)]
)
def test_another_old_size_than_the_latest_is_a_conflict_that_names_it(latest, old, size):
    verdict = asked(latest and LOG.head(latest), old, LOG.note(size), LOG.prove(old, size) if old else ())
    assert (verdict.status, verdict.size, verdict.fork) == (409, latest or 0, False)


def test_a_proof_that_does_not_hold_is_unprocessable():
    good = LOG.prove(5, 21)
    for proof in ([], good[:-1], [*good, good[0]], good[::-1], [bytes(32), *good[1:]], LOG.prove(6, 21)):
        assert asked(LOG.head(5), 5, LOG.note(21), proof).status == 422
    assert asked(None, 0, LOG.note(7), good).status == 422
    assert asked(LOG.head(7), 7, LOG.note(7), good).status == 422
    assert asked(LOG.head(9), 9, FORKED.note(21), FORKED.prove(9, 21)).status == 422
    assert asked(LOG.head(4), 4, FORKED.note(21), FORKED.prove(4, 21)).status == 200  # they part only later


def test_another_root_of_the_size_that_was_cosigned_is_a_fork_however_it_is_asked():
    verdict = asked(LOG.head(9), 9, FORKED.note(9))
    assert (verdict.status, verdict.fork, verdict.size) == (422, True, None)
    verdict = asked(LOG.head(9), 0, FORKED.note(9))
    assert (verdict.status, verdict.fork, verdict.size) == (409, True, 9)


def test_an_empty_tree_with_a_root_is_unprocessable():
    text = LOG.head(0).text().replace(b64encode(EMPTY_ROOT).decode(), b64encode(bytes(32)).decode())
    assert asked(None, 0, f"{text}\n{LOG.signer.sign(text)}").status == 422


NOTE = LOG.note(7)
HASH = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 0\n",
        f"old 0\n{NOTE}",
        f"old +0\n\n{NOTE}",
        f"old 00\n\n{NOTE}",
        f"old 1_0\n\n{NOTE}",
        f"old ٣\n\n{NOTE}",
        f"old -1\n\n{NOTE}",
        f"old  0\n\n{NOTE}",
        f"old 0 \n\n{NOTE}",
        f"old 0\r\n\r\n{NOTE}",
        f"Old 0\n\n{NOTE}",
        f"old {10**19}\n\n{NOTE}",
        f"\nold 0\n\n{NOTE}",
        f"old 0\n{HASH}{HASH}\n\n{NOTE}",
        f"old 0\n{HASH[:-1]}\n\n{NOTE}",
        f"old 0\n{HASH[:-2]}B=\n\n{NOTE}",
        f"old 0\n {HASH}\n\n{NOTE}",
        f"old 0\n{b64encode(bytes(31)).decode()}\n\n{NOTE}",
        f"old 0\n{(HASH + chr(10)) * 64}\n{NOTE}",
        f"old 0\n\n\n{NOTE}",
        f"old 0\n\n{NOTE}\n",
        f"old 0\n\n{NOTE[:-1]}",
        f"old 0\n\n{NOTE.split(chr(10) * 2)[0]}\n",
        f"old 0\n\n{NOTE.replace(chr(10) + '7' + chr(10), chr(10) + '+7' + chr(10))}",
        f"old 0\n\n{NOTE.replace(chr(10) + '7' + chr(10), chr(10) + '07' + chr(10))}",
        "old 0\n\n" + NOTE.replace("— ", "— broken line\n— ", 1),
        "old 0\n\n" + NOTE + "x" * MAX_REQUEST,
    ],
)
def test_what_is_no_request_is_refused(body):
    with pytest.raises(RequestError):
        parse_request(body.encode())


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(RequestError):
        parse_request(b"old 0\n\n\xff" + NOTE.encode())


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_crashes_nothing(rubbish):
    for body in (rubbish, b"old 0\n\n" + rubbish, b"old 1\n" + rubbish + b"\n\n" + NOTE.encode()):
        with pytest.raises(RequestError):
            parse_request(body)


def test_a_request_is_read_as_it_was_written():
    request = parse_request(LOG.request(5, 21))
    assert (request.old, list(request.proof), request.note) == (5, LOG.prove(5, 21), LOG.note(21))
    assert request.body() == LOG.request(5, 21)
