"""The other side of complaints and referrals: whom a paper may be sealed to, and what its act then says."""

from base64 import urlsafe_b64decode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from api.directory import Directory
from domain.assignment import Duty
from domain.contents import faults_of
from domain.officer import Officer
from domain.sealed import SIZES
from domain.vocabulary import Level
from ledger.envelope import Place, commitment, seal, write_paper


class SealingError(ValueError):
    """The paper cannot be sealed like that; the message says why and what to do, in Chinese and English."""


@dataclass(frozen=True)
class SealedPaper:
    """An envelope and what its line says of it."""

    envelope: bytes
    data: dict[str, Any]


def check_content(code: str, content: dict[str, Any]) -> None:
    """Raises `SealingError` naming every fault of a paper."""
    if faults := faults_of(code, content):
        listed = "\n".join(f"  {where}: {what}" for where, what in faults)
        raise SealingError(
            f"{code} 的内容不合格式，共 {len(faults)} 处。 The paper does not fit, in {len(faults)} places:\n{listed}"
        )


def choose_readers(
    directory: Directory, named: Sequence[UUID], code: str, content: dict[str, Any], today: date
) -> list[Officer]:
    """The officers of these ids, each of whom may read this paper. Raises `SealingError`.

    A reader belongs to the county, supervises or serves the commission today, has a reading key of their own on the
    ledger, and is not concerned. A referral is sent to somebody of the commission.
    """
    concerned = concerned_by(content)
    readers = [_reader(directory, id_, concerned, today) for id_ in dict.fromkeys(named)]
    if code == "referral.send" and not any(reader.has_duty(Duty.COMMISSION, today) for reader in readers):
        raise SealingError(
            "移送须封给至少一名纪检监察人员：--to。"
            " A referral is sent to the commission: name one of its people with --to."
        )
    return readers


def _reader(directory: Directory, id_: UUID, concerned: Collection[str], today: date) -> Officer:
    officer = directory.officers.get(id_)
    if officer is None:
        raise SealingError(f"{id_} 未登记。 There is no such officer on the ledger.")
    if str(id_) in concerned:
        raise SealingError(f"{id_} 是内容所涉人员，不能封给本人。 The paper is about them; they may not read it.")
    supervises = officer.has_duty(Duty.SUPERVISE, today) or officer.has_duty(Duty.COMMISSION, today)
    if officer.level is not Level.COUNTY or not supervises:
        raise SealingError(
            f"{id_}（{officer.unit}）今日没有监督或纪检监察职责，不能作为读者。"
            " They have no duty of supervision or of the commission today, so nothing is sealed to them."
        )
    if not officer.reading_keys:
        raise SealingError(
            f"{id_} 没有登记阅读公钥：请本人办理 mingzhang officer add-reading-key。"
            " They have no reading key on the ledger: `mingzhang officer add-reading-key`, by themselves."
        )
    return officer


def concerned_by(content: dict[str, Any]) -> set[str]:
    """The officers that a paper is about."""
    about = content.get("about", {}).get("officers", [])
    return {*about, *(str(person["officer"]) for person in content.get("persons", []) if person.get("officer"))}


def seal_content(place: Place, content: dict[str, Any], readers: Sequence[Officer]) -> SealedPaper:
    """Write the paper, pad it, seal it to every reading key of the readers. Raises `ledger.envelope.EnvelopeError`."""
    paper = write_paper(place, content, SIZES)
    envelope = seal(paper, place, [public_bytes(key) for reader in readers for key in sorted(reader.reading_keys)])
    data = {"content": commitment(paper), "envelope": sha256(envelope).hexdigest(), "size": len(paper)}
    return SealedPaper(envelope, data)


def public_bytes(public: str) -> bytes:
    """The 32 bytes of a reading key as it stands on the ledger."""
    return urlsafe_b64decode(public + "=")


def cited_lines(content: dict[str, Any]) -> list[tuple[int, str]]:
    """(index, hash) of every line of the ledger that a paper relies on."""
    return [(line["index"], line["hash"]) for line in content.get("lines", [])]
