"""People who cannot be anybody: names that nobody has, ID numbers of a province that does not exist."""

from dataclasses import dataclass
from random import Random

from domain.id_number import check_digit

SURNAMES = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
GIVEN = "东西南北中春夏秋冬山川江河湖海松竹梅兰菊荷桂枫"


@dataclass(frozen=True)
class Somebody:
    """A made-up person."""

    name: str
    id_number: str


@dataclass(frozen=True)
class Household:
    """A made-up household: `people` in order, the applicant first; `relations` of the others to them."""

    number: int
    town: str
    village: str
    programme: str
    people: tuple[Somebody, ...]
    relations: tuple[str, ...]
    account: str


def somebody(number: int, dice: Random) -> Somebody:
    """The `number`-th person of the simulation, with an ID number of their own (GB 11643-1999).

    Provinces are numbered from 11 on: 00 is none.
    """
    born = f"{dice.randint(1935, 2015)}{dice.randint(1, 12):02d}{dice.randint(1, 28):02d}"
    body = f"00{number // 1000 % 10_000:04d}{born}{number % 1000:03d}"
    return Somebody(f"虚{dice.choice(SURNAMES)}{dice.choice(GIVEN)}", body + check_digit(body))


def household(number: int, town: str, village: str, programme: str, dice: Random) -> Household:
    """A household of one to five; 特困 live alone."""
    size = 1 if programme == "extreme_poverty" else dice.choices((1, 2, 3, 4, 5), (44, 28, 14, 10, 4))[0]
    people = tuple(somebody(number * 8 + place, dice) for place in range(size))
    relations = tuple(dice.choice(("spouse", "child", "parent")) for _ in range(size - 1))
    return Household(number, town, village, programme, people, relations, f"0000{number:015d}")
