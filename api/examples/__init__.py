"""Sample data for every act that can be signed by itself: complete, and accepted as it stands. Nobody in it exists."""

from typing import Any

from api.examples import archives, cases, county, sealed

EXAMPLES: dict[str, dict[str, Any]] = {
    **cases.EXAMPLES,
    **county.EXAMPLES,
    **archives.EXAMPLES,
    **sealed.EXAMPLES,
}
