"""Papers as PDF: A4, the font embedded with the glyphs that are used, the same bytes for the same papers.

The lines are broken here and set one by one: the library's own paragraphs take several times as long.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TextMode

from api.evidence.paper import Block, Heading, Paper, Para, Signatures, Table

_LEFT, _TOP, _WIDTH, _BOTTOM = 17.0, 16.0, 176.0, 279.0
"""Millimetres on A4: left edge, first line, width, and where the text ends."""
_BODY, _CELL, _SMALL = 10.0, 8.5, 8.0
"""Points."""
_LEADING = 1.5
_MM = 25.4 / 72
_PAD = 1.2
_TOKEN = re.compile(r"[!-~]+|.", re.DOTALL)
_CLOSING = frozenset("，。；：、）》】」』！？〕”’…")
"""These never begin a line: they hang over the edge instead."""
_OPENING = "（《【「『〔“‘"
"""These never end one."""


def pdf_of(papers: Sequence[Paper], made: datetime) -> bytes:
    """The papers one after the other, each on a new page and numbered by itself."""
    printer = _Printer(made)
    for paper in papers:
        printer.print(paper)
    return printer.finish(papers[0].title)


class _Pages(FPDF):
    """Pages whose foot is written when they end."""

    foot = ""
    first = 1

    def footer(self) -> None:
        self.set_font_size(_SMALL)
        self.set_text_color(90)
        self.text(_LEFT, 289, self.foot)
        self.text(_LEFT + _WIDTH - 14, 289, f"第 {self.page_no() - self.first + 1} 页")
        self.set_text_color(0)


class _Printer:
    """One document. `_y` is where the next block begins, in millimetres from the top."""

    def __init__(self, made: datetime) -> None:
        self._pdf = _Pages()
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(made)
        self._pdf.set_lang("zh-CN")
        with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as font:
            self._pdf.add_font("noto", fname=font)
        self._pdf.set_font("noto", size=_BODY)
        font_used = self._pdf.fonts["noto"]
        # Boxes stay those of the whole font, and its date: computing them takes longer than all the rest.
        font_used.ttfont.recalcBBoxes = font_used.ttfont.recalcTimestamp = False  # type: ignore[union-attr]
        self._cmap = font_used.cmap  # type: ignore[union-attr]
        self._foot = ""
        self._widths = {code: width * 0.001 * _MM for code, width in font_used.cw.items()}
        self._y = 0.0

    def print(self, paper: Paper) -> None:
        self._pdf.foot = ""
        if self._pdf.page:
            self._pdf.foot = self._foot
        self._foot = self._shown(paper.foot)
        self._new_page()
        self._pdf.first = self._pdf.page_no()
        if paper.banner:
            self._pdf.set_text_color(160, 0, 0)
            self._lines(paper.banner, _BODY, centred=True)
            self._pdf.set_text_color(0)
            self._y += 2
        self._lines(paper.title, 18, centred=True, bold=True)
        self._y += 3
        for block in paper.blocks:
            self._block(block)

    def finish(self, title: str) -> bytes:
        self._pdf.foot = self._foot
        self._pdf.set_title(title)
        self._pdf.set_producer("mingzhang")
        return bytes(self._pdf.output())

    def _new_page(self) -> None:
        self._pdf.add_page()
        self._pdf.foot = self._foot
        self._y = _TOP

    def _room(self, height: float) -> None:
        if self._y + height > _BOTTOM:
            self._new_page()

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            size = 13.0 if block.level == 2 else 10.5
            self._room(24 if block.level == 2 else 34)
            self._y += 4 if block.level == 2 else 2.5
            self._lines(block.text, size, bold=True)
            if block.level == 2:
                self._rule(0.35)
            self._y += 1
        elif isinstance(block, Para):
            self._lines(block.text, _BODY, bold=block.strong)
            self._y += 1.5
        elif isinstance(block, Signatures):
            for label in block.labels:
                self._signature(label)
        else:
            self._table(block)

    def _signature(self, label: str) -> None:
        self._room(15)
        self._y += 14
        text = self._shown(label)
        self._set(_LEFT, self._y, text, _BODY)
        begins = _LEFT + self._width(text, _BODY) + 2
        self._pdf.set_line_width(0.2)
        self._pdf.line(begins, self._y + 1, _LEFT + 120, self._y + 1)
        self._set(_LEFT + 126, self._y, "　　　年　　　月　　　日", _BODY)
        self._y += 1

    def _table(self, table: Table) -> None:
        edges, at = [], _LEFT
        for _, share in table.columns:
            edges.append((at, share * _WIDTH))
            at += share * _WIDTH
        titles = [title for title, _ in table.columns] if table.titled else None
        if titles:
            self._room(18)
            self._row(edges, titles, titles, bold=True)
        for row in table.rows:
            self._row(edges, row, titles)
        self._y += 2.5

    def _row(
        self,
        edges: Sequence[tuple[float, float]],
        cells: Sequence[str],
        titles: Sequence[str] | None,
        bold: bool = False,
    ) -> None:
        """One row; it stays together where a page can hold it, and goes on overleaf where none can."""
        broken = [
            list(self._broken(cell, width - 2 * _PAD, _CELL)) for cell, (_, width) in zip(cells, edges, strict=True)
        ]
        step = _CELL * _MM * 1.42
        count, done = max(map(len, broken)), 0
        if self._y + count * step + 1.6 > _BOTTOM and count * step < (_BOTTOM - _TOP) * 0.8:
            self._over(edges, titles)
        while done < count:
            fits = max(1, int((_BOTTOM - self._y - 1.6) / step))
            for lines, (left, _) in zip(broken, edges, strict=True):
                for number, line in enumerate(lines[done : done + fits]):
                    self._set(left + _PAD, self._y + 0.6 + (number + 0.78) * step, line, _CELL, bold)
            shown = min(fits, count - done)
            self._y += shown * step + 1.6
            done += shown
            if done < count:
                self._over(edges, titles)
        self._rule(0.3 if bold else 0.1, grey=0 if bold else 170)

    def _over(self, edges: Sequence[tuple[float, float]], titles: Sequence[str] | None) -> None:
        self._new_page()
        if titles:
            self._row(edges, titles, None, bold=True)

    def _lines(self, text: str, size: float, *, centred: bool = False, bold: bool = False) -> None:
        step = size * _MM * _LEADING
        for line in self._broken(text, _WIDTH, size):
            self._room(step)
            left = _LEFT + (_WIDTH - self._width(line, size)) / 2 if centred else _LEFT
            self._set(left, self._y + step * 0.76, line, size, bold)
            self._y += step

    def _set(self, x: float, y: float, text: str, size: float, bold: bool = False) -> None:
        """One line. There is no bold face: the letters' outlines are drawn, too."""
        if not text:
            return
        self._pdf.set_font_size(size)
        if not bold:
            self._pdf.text(x, y, text)
            return
        with self._pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=size * 0.03 * _MM):
            self._pdf.text(x, y, text)

    def _rule(self, width: float, grey: int = 0) -> None:
        self._pdf.set_line_width(width)
        self._pdf.set_draw_color(grey)
        self._pdf.line(_LEFT, self._y, _LEFT + _WIDTH, self._y)
        self._pdf.set_draw_color(0)

    def _shown(self, text: str) -> str:
        """What the font has; of any other character its number, so that none is lost."""
        if all(ord(sign) in self._cmap for sign in text):
            return text
        return "".join(sign if ord(sign) in self._cmap else f"〔U+{ord(sign):X}〕" for sign in text)

    def _width(self, text: str, size: float) -> float:
        widths = self._widths
        return sum(widths[ord(sign)] for sign in text) * size

    def _broken(self, text: str, width: float, size: float) -> Iterator[str]:
        """Lines of at most this width, in millimetres: broken between any two characters of Chinese, within a word of
        Latin only where it would not fit on a line of its own."""
        widths = self._widths
        for part in text.split("\n"):
            line, used = "", 0.0
            for token in _TOKEN.findall(self._shown(part)):
                wide = sum(widths[ord(sign)] for sign in token) * size
                if used + wide <= width or (token in _CLOSING and line):
                    line, used = line + token, used + wide
                    continue
                if wide <= width:
                    kept = line.rstrip(_OPENING) or line
                    yield kept
                    line = line[len(kept) :] + (token if token != " " else "")
                    used = sum(widths[ord(sign)] for sign in line) * size
                    continue
                for sign in token:
                    one = widths[ord(sign)] * size
                    if used + one > width:
                        yield line
                        line, used = "", 0.0
                    line, used = line + sign, used + one
            yield line
