"""The 17 towns of 紫阳县, their residents in the census of 2020, and villages that are made up."""

from dataclasses import dataclass

COUNTY = "610924"

TOWNS = {
    # code: (name, residents in 2020)
    "610924100": ("城关", 53_654),
    "610924101": ("蒿坪", 23_016),
    "610924102": ("汉王", 11_646),
    "610924103": ("焕古", 9_779),
    "610924104": ("向阳", 16_813),
    "610924105": ("洞河", 10_558),
    "610924106": ("洄水", 9_588),
    "610924108": ("双桥", 12_343),
    "610924109": ("高桥", 14_561),
    "610924110": ("红椿", 13_017),
    "610924111": ("高滩", 20_288),
    "610924112": ("毛坝", 14_381),
    "610924113": ("瓦庙", 10_891),
    "610924114": ("麻柳", 9_561),
    "610924115": ("双安", 13_133),
    "610924116": ("东木", 9_572),
    "610924117": ("界岭", 8_170),
}
VILLAGES = 6
"""A town; their codes begin where no village's does."""


@dataclass(frozen=True)
class Village:
    """A made-up village of a town."""

    town: str
    code: str


def villages(town: str) -> list[Village]:
    """The made-up villages of a town."""
    return [Village(town, f"{town}9{number:02d}") for number in range(1, VILLAGES + 1)]
