"""`mingzhang document`: scans go into the store, are named by an act, and are looked after."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from api.cli.act import Json, Key, Officer
from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.sending import load_signer, print_recorded, read_uuid, sign_and_send
from api.cli.showing import print_json, print_pairs, print_table
from api.client import Client, connect
from api.compose import ComposeError, hide_personal
from api.documents.check import WORDS, Difference, Outcome, check_documents
from api.documents.store import Store
from api.settings import Settings
from domain.papers import KINDS

documents = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="材料：扫描件按摘要存放。Documents: scans, kept under their digests.",
)


@documents.command("add")
@told
def add(
    files: Annotated[list[Path], typer.Argument(help="扫描件 Scans: PDF, JPEG, PNG, TIFF, OFD, XLSX, DOCX, text.")],
    case: Annotated[str | None, typer.Option(help="案件编号 The case whose file they belong to.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="材料种类 The kind, once for all files or once for each.")
    ] = None,
    pages: Annotated[list[int] | None, typer.Option(help="页数 Pages on paper, likewise.", min=1, max=9999)] = None,
    shelf: Annotated[
        str | None, typer.Option(help="存放处 Where the paper stands: 610924100/2/14 is the town's cabinet 2, box 14.")
    ] = None,
    key: Key = None,
    officer: Officer = None,
    as_json: Json = False,
) -> None:
    """存入扫描件并归档。Keep scans in the store, and file them in a case in one go (archive.file).

    先存文件，再入账：中途断了，什么也不会丢，再运行同一命令即可。没有 --case 时只存不归档。

    The files go first, then the act: if this stops half-way, run it again; nothing is lost and nothing is filed twice.
    Without --case they are kept only, for an act that names them itself.

    例 Example:

        mingzhang document add id.pdf --case CASE --kind identity --pages 4 --shelf 610924100/2/14 --key clerk.pem
    """
    kinds, counted = _each(kind, files, "--kind"), _each(pages, files, "--pages")
    if case is not None:
        _check_filing(kinds, counted, shelf, key)
    digests = [_digest_of(path) for path in files]
    papers = [
        {"kind": kind, "sha256": digest, "pages": pages, "shelf": shelf}
        for kind, digest, pages in zip(kinds, digests, counted, strict=True)
    ]
    stream = signer = recorded = None
    if case is not None and key is not None:
        # Whatever can be found wrong here is found before anything is sent.
        stream, signer = read_uuid(case, "--case"), load_signer(key, officer)
        _check_papers(papers)
    with connect() as client:
        if stream is not None:
            papers = _not_filed(client, stream, papers)
        kept = [_keep(client, path, digest) for path, digest in zip(files, digests, strict=True)]
        if stream is not None and signer is not None and papers:
            recorded = sign_and_send(client, signer, "archive.file", {"documents": papers}, stream=stream)
    _print(files, kept, recorded, case, as_json)


def _each(said: list[Any] | None, files: list[Path], option: str) -> list[Any]:
    """One value for every file: the only one, or each its own."""
    if said is None:
        return [None] * len(files)
    if len(said) not in (1, len(files)):
        raise CommandError(
            f"{option} 给一次（全部文件同一值），或每个文件给一次。 Give {option} once, or once for each file.",
            CANNOT_TELL,
        )
    return said * len(files) if len(said) == 1 else said


def _check_filing(kinds: list[Any], pages: list[Any], shelf: str | None, key: Path | None) -> None:
    if None in kinds or None in pages or shelf is None or key is None:
        raise CommandError(
            "归档要给出 --kind、--pages、--shelf 和 --key。 To file them in a case, give all four.", CANNOT_TELL
        )
    for kind in kinds:
        if kind not in KINDS:
            known = "\n".join(f"  {code:<14}{each.zh}" for code, each in KINDS.items())
            raise CommandError(f"没有 {kind} 这种材料，有： There is no kind {kind}; there are:\n{known}", CANNOT_TELL)


def _check_papers(papers: list[dict[str, Any]]) -> None:
    try:
        hide_personal("archive.file", {"documents": papers})
    except ComposeError as error:
        raise CommandError(str(error), CANNOT_TELL) from None


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _keep(client: Client, path: Path, digest: str) -> dict[str, Any]:
    with path.open("rb") as file:
        return client.keep(digest, file)


def _not_filed(client: Client, case: UUID, papers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the case's file does not have just so: the command may be run again."""
    known = [
        {name: paper[name] for name in ("kind", "sha256", "pages", "shelf")} for paper in client.file(case)["papers"]
    ]
    return [paper for paper in papers if paper not in known]


def _print(
    files: list[Path], kept: list[dict[str, Any]], recorded: dict[str, Any] | None, case: str | None, as_json: bool
) -> None:
    if as_json:
        print_json({"documents": kept, "recorded": recorded})
        return
    rows = [
        (str(path), one["sha256"], one["kind"], str(one["size"]), "存入 kept" if one["new"] else "已有 there already")
        for path, one in zip(files, kept, strict=True)
    ]
    print_table(("文件 File", "摘要 SHA-256", "格式 Type", "字节 Bytes", "结果 Result"), rows, wrapping=("文件 File",))
    if recorded is not None:
        print_recorded(recorded, code="archive.file")
    elif case is not None:
        typer.echo("早已归档，账上无变化。 Filed before, just so: nothing was recorded.")


@documents.command("check")
@told
def check(
    data: Annotated[
        Path | None, typer.Option(help="数据目录 Where `mingzhang run` keeps everything. [env: DATA, default: ./var]")
    ] = None,
    as_json: Json = False,
) -> None:
    """重算全部摘要，与账本逐一核对。Hash every document again and compare with what the ledger names.

    逐一指出：被改动的、读不出的、账上有而文件没有的、有文件而账上没有的。在存放材料的机器上运行，服务须在运行。

    Names each that was altered, cannot be read, is on the ledger and not in the store, or in the store and not on the
    ledger. Run it on the machine with DATA, while the service runs: it reads the directory itself, and the lines from
    the service.

    例 Example: `mingzhang document check`

    退出码 Exit: 0 一致 all agrees, 1 有差异 there are differences.
    """
    store = Store((data or Settings.from_env().data) / "documents")
    with connect() as client:
        outcome = check_documents(store, client.lines(0))
    if as_json:
        print_json(
            {"checked": outcome.checked, "named": outcome.named}
            | {"differences": [difference.describe() for difference in outcome.differences]}
        )
    else:
        _print_check(outcome)
    if outcome.differences:
        raise typer.Exit(WRONG)


def _print_check(outcome: Outcome) -> None:
    print_pairs(
        [
            ("核对文件 Files hashed", outcome.checked),
            ("账上所记 On the ledger", outcome.named),
            ("差异 Differences", len(outcome.differences)),
        ]
    )
    if outcome.differences:
        print_table(
            ("差异 Difference", "摘要或文件 SHA-256, file", "何处 Where"),
            [(WORDS[one.what], one.sha256 or one.path, _where(one)) for one in outcome.differences],
            wrapping=("差异 Difference", "何处 Where"),
        )


def _where(one: Difference) -> str:
    named = f"第 {one.named.index} 行 line {one.named.index} {one.named.act}" if one.named else ""
    found = f"现为 now {one.found}" if one.found else ""
    return " ".join(part for part in (named, found) if part)
