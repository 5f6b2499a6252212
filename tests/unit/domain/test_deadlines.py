"""The limits of a case from its acts: the first that ends one, every pause, re-check after re-check, corrections."""

from datetime import date
from itertools import takewhile

from domain.calendar import announced, working_days_from
from domain.clock import add_months
from domain.deadlines import Deadline, deadlines
from domain.pack_text import read_pack
from domain.rules_in_force import Rules, overlay
from tests.unit.domain.life import Life
from tests.unit.domain.world import DIGEST, World, shipped

HEAD = 'pack = "ours"\nkind = "county"\ntitle = "本县规定"\nstarting = 2021-07-01\n'
ARTICLE = '[[article]]\nid = "1"\ncite = "本县规定第一条"\nsays = "…"\n'
PAUSED = (
    '[[limit]]\nname = "home"\nprogrammes = ["rural_minimum"]\nbegins = ["confirm.grant"]\nends = ["exit.end"]\n'
    'number = 40\ncounted = "working_days"\nturn = "town"\n'
    'pauses = [["suspend.start", "suspend.lift"]]\narticle = "1"\n'
)


def ours(*rules: str) -> Rules:
    return overlay(shipped("law-2022-10"), read_pack(HEAD + ARTICLE + "".join(rules)), announced())


def named(life: Life, name: str, rules: Rules | None = None, asked: date | None = None) -> list[Deadline]:
    return [one for one in deadlines(life.case, rules or life.world.rules, asked or life.today) if one.name == name]


def test_article_15_what_began_in_time_was_in_time_however_long_the_rest_takes():
    """57号第十五条 sets when the investigation begins, not when it ends."""
    life = Life(World()).until("review.begin_check")
    life.later(1).do("review.begin_check")
    life.later(9).do("review.check")
    life.later(2).visit()
    (begun,), (checked,) = named(life, "visit-begins"), named(life, "check-begins")
    assert (begun.done, begun.due.late) == (date(2026, 3, 2), False)
    assert (checked.done, checked.due.late) == (date(2026, 3, 3), False)


def test_a_limit_that_stood_still_twice_is_longer_by_both_pauses():
    life, rules = Life(World()).until("confirm.notify"), ours(PAUSED)
    granted = life.today
    (plain,) = named(life, "home", rules)
    for _ in range(2):
        life.later(7).do("suspend.start")
        (standing,) = named(life, "home", rules)
        assert standing.due.day is None, "nothing is due while it stands still"
        life.later(14).do("suspend.lift")
    (again,) = named(life, "home", rules)
    assert plain.due.day is not None
    assert again.due.day is not None
    last = again.due.day
    after = takewhile(lambda day: day <= last, working_days_from(announced(), plain.due.day))
    assert sum(1 for _ in after) == 20, "two pauses of ten working days"
    (then,) = named(life, "home", rules, granted)
    assert then.due.day == plain.due.day, "asked for a day before both, it has not stood still"


def test_article_31_a_recheck_meets_its_limit_or_misses_it_and_the_next_one_runs():
    life = Life(World()).until("verify.draw")
    life.later(400).do("review.recheck")
    done, running = sorted(named(life, "recheck"), key=lambda one: one.done is None)
    assert (done.done, done.due.late) == (life.today, True)
    assert (running.done, running.began) == (None, life.today)


def test_a_correction_of_the_day_of_a_death_moves_its_limit_and_begins_no_other():
    life = Life(World()).until("verify.draw")
    life.today = date(2026, 4, 20)
    life.do("review.report", kind="death", day="2026-04-01")
    for number, right in enumerate(("2026-03-31", "2026-04-15")):
        said = life.case.said["review.report"]
        life.later(number).do("review.correct", version=said.version, act=said.digest, reason="evidence",
                              authority="own", paper=DIGEST, report={"kind": "death", "day": right})  # fmt: skip
        (death,) = named(life, "death")
        assert (str(death.began), death.due.day) == (right, add_months(date.fromisoformat(right), 3))


def test_a_corrected_posting_neither_begins_nor_ends_anything_anew():
    life = Life(World()).until("confirm.notify")
    before = deadlines(life.case, life.world.rules, life.today)
    said = life.case.said["review.post"]
    life.do("review.correct", version=said.version, act=said.digest, reason="clerical", authority="own", paper=DIGEST,
            post={"village": life.case.village, "days": 7, "photograph": "cd" * 32})  # fmt: skip
    assert deadlines(life.case, life.world.rules, life.today) == before


def test_a_posting_that_hangs_longer_is_waited_for_and_the_county_counts_from_its_end():
    for days in (7, 10):
        life = Life(World())
        life.until("review.post").do("review.post", days=days)
        (posting,) = named(life, "posting")
        assert posting.due.day is not None
        assert ((posting.due.day - life.today).days, posting.waits) == (days, True)
    life = Life(World())
    life.world.withdraw("610924100")
    life.until("review.post").do("review.post", days=10)
    (opinion,) = named(life, "opinion")
    assert (opinion.began - life.today).days == 10
