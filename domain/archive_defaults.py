"""What the archives go by where the county has adopted nothing else: `packs/county-defaults.toml`, read once."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.errors import NotAllowed
from domain.vocabulary import Programme


@dataclass(frozen=True, eq=False, slots=True)
class Defaults:
    """The settings by key and programme: (value, article as it is cited)."""

    values: dict[tuple[str, str], tuple[Any, str]]

    def sets(self, key: str, programme: str) -> bool:
        """Whether there is such a setting."""
        return (key, programme) in self.values

    def words(self, key: str, programme: str) -> tuple[str, ...]:
        """A list. Raises `NotAllowed` (`policy.no-rule`)."""
        return tuple(self._value(key, programme)[0])

    def number(self, key: str, programme: str) -> int:
        """A number. Raises `NotAllowed` (`policy.no-rule`)."""
        return int(self._value(key, programme)[0])

    def article(self, key: str, programme: str) -> str:
        """What it rests on. Raises `NotAllowed` (`policy.no-rule`)."""
        return self._value(key, programme)[1]

    def _value(self, key: str, programme: str) -> tuple[Any, str]:
        try:
            return self.values[key, programme]
        except KeyError:
            raise NotAllowed(
                "policy.no-rule", f"no rule sets {key} for {programme}", key=key, programme=programme
            ) from None


@lru_cache(maxsize=1)
def defaults() -> Defaults:
    """The county's default settings for the archives."""
    pack = tomllib.loads((Path(__file__).parent / "packs" / "county-defaults.toml").read_text("utf-8"))
    cited = {article["id"]: article["cite"] for article in pack["article"]}
    return Defaults(
        {
            (row["key"], programme): (row["value"], cited[row["article"]])
            for row in pack["value"]
            for programme in row.get("programmes", list(Programme))
        }
    )
