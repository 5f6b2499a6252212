"""Why an act is not allowed: a stable code, and the facts its message needs. Wording by language is the door's."""

from typing import Any


class NotAllowed(Exception):
    """The rules refuse this act, by this officer, here and now. Nothing was recorded.

    `article` among the facts is the law's own place, in Chinese (民发〔2021〕57号第十九条), where there is one.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.params = params
