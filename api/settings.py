"""What the surroundings decide: read once, from the environment, and passed on as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A setting is wrong; the message names the variable and says what it takes."""


@dataclass(frozen=True)
class WitnessMode:
    """What becomes of acts while no quorum of witnesses is fresh: refused, or marked 未见证 for up to `days` (then
    refused)."""

    refuse: bool = False
    days: int = 7

    @property
    def text(self) -> str:
        """`refuse` or `accept-marked:<days>`."""
        return "refuse" if self.refuse else f"accept-marked:{self.days}"

    @classmethod
    def parse(cls, text: str) -> WitnessMode:
        """Raises SettingsError."""
        kind, colon, days = text.partition(":")
        if text == "refuse":
            return cls(refuse=True)
        if kind == "accept-marked" and (not colon or (days.isascii() and days.isdigit() and 1 <= int(days) <= 366)):
            return cls(days=int(days) if colon else cls.days)
        raise SettingsError(
            f"MINGZHANG_WITNESSES is {text!r}; it takes refuse, accept-marked, or accept-marked:DAYS (1 to 366)."
        )


@dataclass(frozen=True)
class Settings:
    """`data` is where everything is kept. `port` is on the loopback interface; 0 takes any free one. `dsn`
    names the PostgreSQL server to use, as the service's role; None is the embedded one. `admin_dsn` is of a
    role that may create the ledger there; workers never get it. `workers` is a number of processes. `witnesses` says
    what becomes of acts while heads are not witnessed."""

    data: Path = Path("var")
    port: int = 8000
    dsn: str | None = None
    workers: int = 2
    admin_dsn: str | None = None
    witnesses: WitnessMode = WitnessMode()

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Settings from DATA, PORT, MINGZHANG_DSN, MINGZHANG_WORKERS, MINGZHANG_ADMIN_DSN and
        MINGZHANG_WITNESSES; an empty variable is an absent one.

        Raises SettingsError.
        """
        return cls(
            data=Path(env.get("DATA") or cls.data),
            port=_number(env, "PORT", cls.port, 0, 65535),
            dsn=env.get("MINGZHANG_DSN") or None,
            workers=_number(env, "MINGZHANG_WORKERS", cls.workers, 1, 256),
            admin_dsn=env.get("MINGZHANG_ADMIN_DSN") or None,
            witnesses=WitnessMode.parse(env.get("MINGZHANG_WITNESSES") or "accept-marked"),
        )

    def to_env(self) -> dict[str, str]:
        """The variables from which a worker's `from_env` makes this value again, without the administrator's
        DSN."""
        return {
            "DATA": str(self.data.absolute()),
            "PORT": str(self.port),
            "MINGZHANG_DSN": self.dsn or "",
            "MINGZHANG_WORKERS": str(self.workers),
            "MINGZHANG_ADMIN_DSN": "",
            "MINGZHANG_WITNESSES": self.witnesses.text,
        }


def _number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name) or str(default)
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise SettingsError(f"{name} is {text!r}; it takes a whole number from {least} to {most}.")
