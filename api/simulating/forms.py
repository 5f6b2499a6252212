"""What is planted: misconduct of every form, and beside each what looks like it and is honest.

What the rules refuse outright stands on the ledger as a refused attempt; what only people can tell (好处费), as a
complaint whose paper is sealed. 优亲厚友 and 关系保 differ in whose kin it is: a committee member's, an officer's.

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
         "over_the_holiday", "as many days, all but one or two of them of a holiday"),
    Form("overdue", "刁难", "decided long after the limit, and nothing was told to the household",
         "extended_and_told", "just as long, within an extension that was told to the household"),
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
    Form("objection_brushed_off", "人情保", "objected to; the same two visit again within the hour, with the form they"
         " had, and the county overturns it", "objection_looked_into",
         "objected to; another visits days later, the neighbours appraise it, and the county passes it"),
    Form("committee_kin_hurried", "优亲厚友", "kin of a committee member: confirmation is attempted before the county"
         " visited, and refused", "committee_kin_visited", "kin of a committee member: visited by the county first"),
    Form("joined_household", "拼户保", "somebody whose application was refused joins another household as no kin of it"
         " days later, and is helped after all", "spouse_joins", "a spouse joins, who never applied before"),
    Form("inherited", "死亡冒领", "the account is changed in the month after a death that is reported a year late;"
         " somebody lives on the payments", "account_renewed", "the account is changed; the re-check finds everybody"),
    Form("reported_and_kept", "应退未退", "means are reported, and nothing follows for the rest of the year",
         "reported_and_changed", "means are reported, and the amount is less within weeks"),
    Form("half_year_missed", "应退未退", "income is not steady, and nobody checks again for eleven months",
         "half_year_kept", "income is not steady; checked again within the half-year"),
    Form("one_voice", "一言堂", "appraisals of a village are all unanimous, by three people, with one and the same"
         " minutes", "unanimous", "unanimous too: a dozen people, and minutes of each"),
    Form("kin_account", "冒领截留", "the payments go to the account of an officer's kin in the same town",
         "relatives_account", "the payments go to a relative's account, by a custody agreement on the county's file"),
    Form("kickback", "好处费", "a complaint, the county overturns what was confirmed, and refers it to the commission",
         "unfounded_complaint", "a complaint; the county visits, passes, and answers it"),
    Form("confirmed_early", "公示走过场", "confirmation is attempted while the posting still hangs, and refused",
         "confirmed_on_the_day", "confirmed on the very day on which the posting has hung long enough"),
    Form("same_photograph", "公示走过场", "postings of a village carry the digest of one and the same photograph",
         "photograph_each", "posted on one board on one day, a photograph each"),
    Form("against_the_check", "错保", "the opinion is to be eligible though the check does not fit, and refused",
         "check_stands", "the check does not fit, the household is told and does not object: refused"),
    Form("approved_by_visitor", "自查自批", "who investigated attempts to confirm, and is refused",
         "head_stood_aside", "the head investigated, and leaves the confirmation to the county"),
    Form("visited_alone", "纸上入户", "the opinion is attempted without the second investigator's hand, and refused",
         "hand_late", "the second investigator signs a week later, and the opinion waits for it"),
    Form("burst_before_inspection", "补档", "re-checks of months ago are recorded for a village in one evening, the day"
         " before the county comes", "rechecked_in_bulk",
         "re-checked in one afternoon from one list, and visited by the county weeks later"),
    Form("paper_differs", "篡改", "the visit's form is filed on paper under another digest than the visit named",
         "paper_filed_later", "filed on paper weeks later, under the digest that the visit named"),
    Form("overturned_often", "监管失守", "of one head's confirmations the county overturns one after the other",
         "sampled_often", "drawn as often in one town, and passed"),
)  # fmt: skip
NAMES = tuple(name for form in FORMS for name in (form.name, form.twin))
"""Every fault is followed by its look-alike."""
