"""The names of acts and events: stable for ever."""

from domain.acts import ACTS, EVENTS


def test_event_names_are_the_ones_that_stand_on_ledgers():
    """A failure here means that old ledgers could not be read any more: names are added, never changed."""
    assert sorted(EVENTS) == NAMES


def test_an_act_is_named_by_its_stage_and_an_imperative_and_its_event_by_the_same_stage():
    for code, act in ACTS.items():
        assert code.count(".") == 1
        assert act.event.partition(".")[0] == code.partition(".")[0]


NAMES = [
    "apply.accepted", "apply.registered", "apply.rejected", "apply.returned", "apply.submitted",
    "apply.supplemented", "apply.withdrawn",
    "archive.closed", "archive.filed", "archive.moved",
    "complaint.answered", "complaint.assigned", "complaint.closed", "complaint.lodged",
    "confirm.deliberated", "confirm.granted", "confirm.notified", "confirm.published", "confirm.refused",
    "delegation.granted", "delegation.limited", "delegation.resumed", "delegation.suspended", "delegation.withdrawn",
    "dispute.decided", "dispute.executed", "dispute.filed",
    "exit.deferred", "exit.ended", "exit.proposed",
    "officer.assigned", "officer.declared", "officer.deputation_ended", "officer.deputised", "officer.handed_over",
    "officer.key_added", "officer.key_revoked", "officer.reading_key_added", "officer.reading_key_ended",
    "officer.registered", "officer.taken_over",
    "payment.custody_ended", "payment.entrusted", "payment.overpaid", "payment.recorded", "payment.recovered",
    "payment.waived",
    "place.merged",
    "policy.adopted", "policy.proposed",
    "referral.answered", "referral.closed", "referral.opened", "referral.received", "referral.sent",
    "referral.withdrawn",
    "review.adjusted", "review.appraised", "review.assessed", "review.check_begun", "review.check_requested",
    "review.checked", "review.corrected", "review.cosigned", "review.extended", "review.informed", "review.moved",
    "review.objected", "review.opened", "review.opined", "review.posted", "review.rechecked", "review.reported",
    "review.visited",
    "source.corrected", "source.granted", "source.imported", "source.vanished",
    "suspend.lifted", "suspend.started",
    "verify.drawn", "verify.overturned", "verify.passed", "verify.rectification_ordered",
    "verify.rectification_reported", "verify.visited",
]  # fmt: skip
