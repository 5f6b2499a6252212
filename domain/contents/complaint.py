"""The papers of a complaint 举报投诉 (57号 Arts 36, 37): who said what of whom, who checks it, what was answered."""

from typing import Annotated, Literal

from pydantic import Field

from domain.contents.common import CitedLines, Confidentiality, EvidenceList, Narrative, Streams, Words
from domain.data import Data, Day, OfficerId, StreamId, Unit


class Received(Data):
    """How and when it came in."""

    on: Day
    channel: Literal["visit", "letter", "hotline", "online", "transferred", "inspection"]
    reference: Words | None = None


class Complainant(Data):
    """Who complains, where they gave their name (实名举报)."""

    name: Words
    phone: Words | None = None
    address: Words | None = None
    id_number: Words | None = None


class Named(Data):
    """Somebody complained about, as the complainant names them."""

    name: Words
    unit: Words | None = None
    post: Words | None = None


class About(Data):
    """Whom and what it is about."""

    cases: Streams
    officers: Annotated[list[OfficerId], Field(max_length=100)]
    units: Annotated[list[Unit], Field(max_length=100)]
    others: Annotated[list[Named], Field(max_length=100)]


class Lodge(Data):
    """complaint.lodge. Without `complainant` it is anonymous."""

    received: Received
    complainant: Complainant | None = None
    about: About
    what: Narrative
    evidence: EvidenceList
    confidentiality: Confidentiality


class Assign(Data):
    """complaint.assign: who checks it, until when."""

    to: Annotated[list[OfficerId], Field(min_length=1, max_length=10)]
    due: Day | None = None
    text: Narrative | None = None


class Answer(Data):
    """complaint.answer: what the check found, and how whoever complained was told."""

    result: Literal["confirmed", "partly", "not_confirmed", "not_ours"]
    told: Literal["in_person", "phone", "letter", "online", "anonymous", "unreachable"]
    on: Day
    text: Narrative
    lines: CitedLines
    evidence: EvidenceList


class Close(Data):
    """complaint.close. `referral` where it led to one."""

    reason: Literal["answered", "corrected", "referred", "not_ours", "withdrawn"]
    referral: StreamId | None = None
    text: Narrative | None = None


CONTENTS: dict[str, type[Data]] = {
    "complaint.lodge": Lodge,
    "complaint.assign": Assign,
    "complaint.answer": Answer,
    "complaint.close": Close,
}
