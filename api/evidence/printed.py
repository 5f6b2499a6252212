"""Everything in a bundle that is for people: the report and the forms, each as HTML and as PDF."""

from datetime import datetime

from api.evidence.bag import Content
from api.evidence.bundle import Bundle
from api.evidence.forms import Surroundings, forms_of
from api.evidence.paper import html_of
from api.evidence.pdf import pdf_of
from api.evidence.report import report_of


def add_printed(bundle: Bundle, around: Surroundings) -> None:
    """Put them into the bundle. The inventory lists every file but the forms, which cannot list themselves."""
    made = datetime.fromisoformat(bundle.made)
    report = report_of(bundle)
    bundle.payload["report.html"] = Content.of(html_of(report))
    bundle.payload["report.pdf"] = Content.of(pdf_of([report], made))
    forms = forms_of(bundle, around, dict(bundle.payload))
    for name, form in forms.items():
        bundle.payload[f"forms/{name}.html"] = Content.of(html_of(form))
    bundle.payload["forms/forms.pdf"] = Content.of(pdf_of(list(forms.values()), made))
