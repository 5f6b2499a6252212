"""In bulk: a raised standard for every household of a simulated county, from the list to a result for each."""

import time
from collections import Counter
from datetime import datetime
from hashlib import sha256

from api.bulk.listing import read_listing, write_listing
from api.bulk.signing import sign_listing
from api.client import Client, connect
from api.service import brought_kid
from api.simulating.office import Office
from domain.bulk import Kind, Terms, judged, listed
from domain.view import View
from ledger.act import BEIJING
from projections.standing import read_standing
from tests.bench.figures import Goal, Row
from tests.e2e.trial import running_trial
from tests.simulated import raise_standard, simulated


def bulk(households: int) -> Row:
    """A year of a county is played first; `households` of it end up on the list, more or less."""
    with running_trial("--simulation") as trial, connect(trial.url) as client:
        began = time.perf_counter()
        office, played = simulated(client, "bulk", round(households * 1.35))
        playing = time.perf_counter() - began
        raise_standard(client, office)
        return _measured(client, office, f"{played.acts / playing:,.0f} acts/s while the county was played")


def _measured(client: Client, office: Office, note: str) -> Row:
    signer = office.officers["county/supervisor1"]
    today = datetime.now(BEIJING).date()
    began = time.perf_counter()
    standing = read_standing(client.lines(0), brought_kid)
    terms = Terms(today, signer.id, today)
    view, policy = View(standing.origin, terms.on, standing.streams), standing.policy
    assert policy is not None
    rows = [judged(row, Kind.STANDARD, terms, view) for row in listed(Kind.STANDARD, standing.streams, policy, terms)]
    text = write_listing(
        Kind.STANDARD, [(row, standing.hashes[row.case.id], row.aside or "") for row in rows], standing.size
    )
    listing_took = time.perf_counter() - began
    listing = read_listing(text, {"form": sha256(b"notice").hexdigest()})
    began = time.perf_counter()
    outcomes = sign_listing(client, listing, text.encode(), signer.id, signer.private, lambda done: None)
    counted = Counter(outcome.what for outcome in outcomes)
    took = time.perf_counter() - began
    return Row(
        "bulk",
        f"In bulk: a raised standard, {len(listing.signed):,} households",
        (Goal("refused, or not answered", 0, "", len(listing.signed) - counted["recorded"], at_least=False),),
        notes=(
            f"the list: {listing_took:.1f} s from {standing.size:,} lines,"
            f" {len(rows) - len(listing.signed)} households pulled out",
            f"signing and sending, one client: {took:.1f} s, {counted['recorded'] / took:,.0f} acts/s; {note}",
        ),
    )
