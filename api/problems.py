"""Errors as RFC 9457 problem details: a stable code, and what is wrong and what to do, in Chinese and English.

`{…}` in a text is filled from the error's facts, and the `article` that a refusal rests on is cited after it. A code
that is not listed keeps its English message; some have words of their own for each `why`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eventsourcing.persistence import PersistenceError

from api.wording import TEXTS, WHYS
from api.wording.shapes import fault_zh
from api.wording.words import words_zh
from domain.errors import NotAllowed
from domain.pack_words import PROGRAMME_ZH
from domain.sealed import SEALED_ZH
from domain.vocabulary import STAGE_ZH, VERIFICATION_ZH
from ledger.errors import Conflict, LedgerError, LedgerFaulty, LedgerMissing, Moved, NotDone, OutcomeUnknown, Refused

TYPE = "tag:mingzhang,2026:problem/"


def problem(error: Exception, language: str = "en") -> tuple[int, dict[str, Any]]:
    """(HTTP status, problem details) of an error. Facts of the error become members beside the standard ones."""
    status, code, given = classify(error)
    longest = PAYLOAD if code == "countersignature.payload" else LONGEST
    params = {name: _bounded(value, longest) for name, value in given.items()}
    zh, en = WHYS.get((code, str(params.get("why")))) or TEXTS.get(code, ("", ""))
    if "refused_line" in params:
        zh, en = TEXTS["act.refused-before"]
    chosen = zh if language == "zh" else en
    said = dict(params)
    if code == "not-found" and language == "zh":
        said["what"] = _in_chinese(str(params["what"]))
    if code in ("case.order", "archive.open", "sealed.order") and language == "zh" and "stage" in params:
        said |= _stages_in_chinese(str(params["stage"]), params.get("stages", ()))
    if code == "data.schema" and "kind" in params and language == "zh":
        said["detail"] = fault_zh(str(params["kind"]), params["facts"], str(params["detail"]))
    if language == "zh":
        said |= {name: _words_in_chinese(name, value) for name, value in said.items() if isinstance(value, str)}
    try:
        detail = chosen.format(**said) if chosen else _bounded(str(error), SENTENCE)
    except KeyError:
        detail = _bounded(str(error), SENTENCE)
    if article := params.get("article"):
        detail = f"{detail}（依据：{article}）" if language == "zh" else f"{detail} ({article})"
    facts = {name: value for name, value in params.items() if value is not None}
    return status, {"type": TYPE + code, "title": code, "status": status, "detail": detail, "code": code} | {
        name: value for name, value in facts.items() if name not in ("type", "title", "status", "detail", "code")
    }


LONGEST, SENTENCE, PAYLOAD = 200, 600, 4000
"""Characters of one fact, which may be what was sent, that an answer repeats; of a whole sentence; and of what was to
be countersigned, which somebody has to sign now."""


def _bounded(value: Any, limit: int) -> Any:
    """Text as it can be shown anywhere: not endless, and nothing in it that a terminal would obey."""
    if not isinstance(value, str):
        return value
    text = value if len(value) <= limit else value[:limit] + "…"
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _stages_in_chinese(stage: str, stages: Iterable[str]) -> dict[str, str]:
    words = {str(code): word for code, word in (*STAGE_ZH.items(), *VERIFICATION_ZH.items(), *SEALED_ZH.items())}
    return {"stage": words.get(stage, stage), "stages": "”或“".join(words.get(one, one) for one in stages) or "未开立"}


_AS_WRITTEN = ("stage", "stages", "zh", "detail", "kind", "article", "what", "field", "place")
"""Facts that are sentences or places already, or that were put into Chinese before."""


def _words_in_chinese(name: str, value: str) -> str:
    """A fact that is a code of ours, or a list of them, with its words."""
    if name == "programme":
        return PROGRAMME_ZH.get(value, value)
    return value if name in _AS_WRITTEN else words_zh(value)


def _in_chinese(what: str) -> str:
    """What is not there: `case ID`, `officer ID`, `line N`, `document SHA-256`, `tile L/N`, …, or a path."""
    kind, _, which = what.partition(" ")
    named = {"case": "案件", "officer": "人员", "document": "材料", "referral": "移交", "record": "制作记录"}
    named |= {"checkpoint": "已公布的账头", "tile": "哈希片", "bundle": "行组", "seal": "封记"}
    if kind == "line":
        return f"第 {which} 行"
    return f"{named[kind]} {which}".rstrip() if kind in named else f" {what} "


def classify(error: Exception) -> tuple[int, str, Mapping[str, Any]]:
    """(HTTP status, code, facts)."""
    if isinstance(error, NotFound):
        return 404, error.code, error.params
    if isinstance(error, NotAllowed):
        return DOMAIN_STATUS.get(error.code.partition(".")[0], 422), error.code, error.params
    if isinstance(error, PersistenceError):
        return 503, "database.away", {}
    if isinstance(error, LedgerError):
        if error.code in CODE_STATUS:
            return CODE_STATUS[error.code], error.code, error.params
        for kind, status in _STATUS:
            if isinstance(error, kind):
                return status, error.code, error.params
        return 503, error.code, error.params
    raise error


class NotFound(LedgerError):
    """There is no such thing."""

    code = "not-found"


_STATUS: tuple[tuple[type[LedgerError], int], ...] = (
    (Conflict, 409),
    (Moved, 409),
    (Refused, 422),
    (NotDone, 503),
    (OutcomeUnknown, 503),
    (LedgerMissing, 503),
    (LedgerFaulty, 503),
)
CODE_STATUS = {
    "key.unknown": 403,
    "key.not-valid": 403,
    "act.too-large": 413,
    "request.too-large": 413,
    "request.type": 415,
    "document.kind": 415,
    "request.slow": 408,
    "request.method": 405,
    "request.no-host": 400,
    "request.host": 421,
    "request.origin": 403,
}
"""Where the code says more than the kind of error; whichever check notices first, the answer is the same."""
DOMAIN_STATUS = {
    "officer": 403,
    "key": 403,
    "delegation": 403,
    "case": 409,
    "handover": 409,
    "archive": 409,
    "source": 409,
    "sealed": 409,
    "person": 409,
    "payment": 409,
    "dispute": 409,
}


def language_of(accept: str | None) -> str:
    """`zh` or `en`, by Accept-Language (RFC 9110 §12.5.4); the first of the two by weight, English if neither."""
    best, chosen = 0.0, "en"
    for part in (accept or "").split(","):
        tag, *weights = part.strip().split(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weights[0]) if weights else None
        weight = float(match[1]) if match else (1.0 if not weights else 0.0)
        name = tag.strip().lower().split("-")[0]
        if name in ("zh", "en") and weight > best:
            best, chosen = weight, name
    return chosen
