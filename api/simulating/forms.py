"""What is planted: misconduct of every form that leaves a trace, and what looks like it and is honest.

Each form is a word that a household's life knows how to play (`life.py`); the answer file says which household got
which.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A form and its honest look-alike: what a reader of the ledger could see, and why it is, or is not, a fault."""

    name: str
    zh: str
    trace: str
    twin: str
    twin_why: str


FORMS = (
    Form("posting_backdated", "公示走过场", "the posting is recorded with the confirmation, of a day long before",
         "posting_recorded_late", "recorded two days late, while the posting still hung"),
    Form("cloned_survey", "纸上入户", "many visits of one officer carry the digest of one and the same form",
         "twin_forms", "two visits at one address on one day, a form each"),
    Form("visits_in_bursts", "纸上入户", "one officer visits far more households in a day than anybody can",
         "busy_day", "six visits in one village on one day"),
    Form("slow", "刁难", "weeks lie between acceptance and the first step",
         "slow_and_told", "just as long, with an extension that was told to the household"),
    Form("returned_again", "吃拿卡要", "a second return of the papers was attempted, and refused",
         "returned_once", "papers were missing, and the household was told once"),
    Form("paid_after_death", "死亡冒领", "payments go on for months after the day of death that is reported at last",
         "death_in_time", "reported within weeks; what was paid too much came back"),
    Form("recheck_overdue", "应退未退", "no re-check for far more than a year",
         "recheck_in_time", "re-checked in the eleventh month"),
    Form("backfilled", "补档", "everything from the check to the opinion is recorded within an hour, days later",
         "from_paper", "transcribed from paper the day after, each act naming its scan"),
    Form("kin_declared_late", "关系保", "an officer who handled the case declares a member as kin only afterwards",
         "kin_registered", "declared before, registered separately, handled by others, visited by the county"),
    Form("stopped_without_notice", "违规停发", "suspended, and no notice was ever served",
         "stopped_with_notice", "suspended, and the notice served the day after"),
    Form("wrongly_refused", "漏保", "refused against the opinion; the county overturns it",
         "rightly_refused", "refused with reasons, and the county finds it right"),
    Form("in_and_out", "轮流保", "exits, and applies again within days, again and again",
         "applied_again", "exits, and applies again after a year of hardship"),
    Form("equal_amounts", "平均保", "every household of a village gets the same amount, whatever its size",
         "equal_by_size", "households of one size in one village get the same amount"),
    Form("wrong_amount", "错保", "the county finds the amount wrong and orders it put right",
         "small_correction", "the town corrects a slip of the pen on its own authority"),
    Form("split_household", "拆户保", "a member leaves, and is helped by themself days later, in the same village",
         "grown_up_leaves", "a member leaves, and is not helped again"),
    Form("hidden_means", "瞒骗保", "a check that did not fit is made again the next day, by the same officer, and fits",
         "check_disputed", "told of, objected to with evidence, checked again weeks later by another officer"),
    Form("shared_account", "虚报冒领", "several households of one village are paid into one and the same account",
         "entrusted_account", "one account for several, each by a custody agreement that the county has on file"),
    Form("edited_after_draw", "补档", "the opinion is corrected between the draw and the county's visit",
         "corrected_before_draw", "corrected weeks before the case was drawn"),
)  # fmt: skip
NAMES = tuple(name for form in FORMS for name in (form.name, form.twin))
"""Every fault is followed by its look-alike."""
