"""Every error's words: code -> (中文, English). `{…}` is filled from the error's facts; an empty English one keeps the
error's own message."""

from api.wording import (
    archives,
    casework,
    delegations,
    evidence,
    officers,
    sealed,
    service,
)

TEXTS: dict[str, tuple[str, str]] = {
    **service.TEXTS,
    **officers.TEXTS,
    **casework.TEXTS,
    **delegations.TEXTS,
    **archives.TEXTS,
    **sealed.TEXTS,
    **evidence.TEXTS,
}
WHYS = delegations.WHYS
"""(code, why) -> (中文, English), for refusals whose `why` has words of its own."""
