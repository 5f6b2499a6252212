"""A paper for people, as blocks: written once, shown as HTML and as PDF with the same words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title; level 2, or 3 below it."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph. `strong`: not to be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are (title, share of the width); without `titled` it is a list of labels and values."""

    columns: tuple[tuple[str, float], ...]
    rows: tuple[tuple[str, ...], ...]
    titled: bool = True


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to be signed by hand, each with room for a day."""

    labels: tuple[str, ...]


Block = Heading | Para | Table | Signatures


@dataclass(frozen=True, slots=True)
class Paper:
    """`banner`: what must stand above everything; `foot`: at the foot of every page."""

    title: str
    foot: str
    blocks: tuple[Block, ...]
    banner: str = ""


def pairs(rows: Iterable[tuple[str, str]], label: float = 0.18) -> Table:
    """Labels with their values; those without a value are left out."""
    shown = tuple((name, value) for name, value in rows if value)
    return Table((("", label), ("", 1 - label)), shown, titled=False)


_STYLE = """
@page { size: A4; margin: 18mm 16mm; }
body { font: 10.5pt/1.6 "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif;
  max-width: 178mm; margin: 8mm auto; padding: 0 4mm; color: #111; }
h1 { font-size: 19pt; text-align: center; margin: 0 0 6mm; }
h2 { font-size: 13pt; border-bottom: 1pt solid #333; margin: 7mm 0 2mm; break-after: avoid; }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
.banner { border: 1.5pt solid #a00; color: #a00; text-align: center; padding: 2mm; font-weight: bold;
  margin-bottom: 5mm; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin: 1mm 0 3mm; }
td, th { border-bottom: .4pt solid #bbb; padding: .8mm 1.5mm; vertical-align: top; text-align: left;
  overflow-wrap: anywhere; white-space: pre-line; font-size: 9.5pt; line-height: 1.45; }
th { border-bottom: 1pt solid #333; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.label { color: #444; }
.sign { display: flex; gap: 6mm; margin: 9mm 0 0; break-inside: avoid; }
.sign span { flex: 1; border-bottom: .6pt solid #333; }
footer { margin-top: 10mm; font-size: 8.5pt; color: #555; }
"""
_HEAD = (
    '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    '<meta name="viewport" content="width=device-width">\n'
)


def html_of(paper: Paper) -> bytes:
    """A page that needs nothing else and runs nothing, wide enough for a screen and made for A4."""
    return "".join(_page(paper)).encode()


def _page(paper: Paper) -> Iterator[str]:
    yield f"{_HEAD}<title>{escape(paper.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    if paper.banner:
        yield f'<div class="banner">{escape(paper.banner)}</div>\n'
    yield f"<h1>{escape(paper.title)}</h1>\n"
    for block in paper.blocks:
        yield from _block(block)
    yield f"<footer>{escape(paper.foot)}</footer>\n</body>\n</html>\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"<h{block.level}>{escape(block.text)}</h{block.level}>\n"
    elif isinstance(block, Para):
        yield f"<p><strong>{escape(block.text)}</strong></p>\n" if block.strong else f"<p>{escape(block.text)}</p>\n"
    elif isinstance(block, Signatures):
        for label in block.labels:
            yield f'<div class="sign">{escape(label)}<span></span>　　年　　月　　日</div>\n'
    else:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield "<table>\n<colgroup>"
    yield "".join(f'<col style="width:{share:.1%}">' for _, share in table.columns)
    yield "</colgroup>\n"
    if table.titled:
        yield f"<thead><tr>{''.join(f'<th>{escape(title)}</th>' for title, _ in table.columns)}</tr></thead>\n"
    yield "<tbody>\n"
    for row in table.rows:
        first = "<td>" if table.titled else '<td class="label">'
        cells = (f"{first if i == 0 else '<td>'}{escape(cell)}</td>" for i, cell in enumerate(row))
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody>\n</table>\n"
