"""Sample data for the acts of the archives."""

from typing import Any

from api.examples.made_up import TOWN, paper

EXAMPLES: dict[str, dict[str, Any]] = {
    "archive.file": {
        "documents": [
            {"kind": "application", "sha256": paper("application"), "pages": 2, "shelf": f"{TOWN}/2/14"},
            {"kind": "identity", "sha256": paper("identity"), "pages": 4, "shelf": f"{TOWN}/2/14"},
        ]
    },
    "archive.move": {
        "documents": [paper("application"), paper("identity")],
        "shelf": f"{TOWN}/3/1",
        "handover": paper("handover"),
    },
    "archive.close": {"holds": ["approval", "management"], "shelf": f"{TOWN}/3/1", "keep_until": "2032-06-01"},
}
