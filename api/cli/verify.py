"""`mingzhang verify` and `mingzhang export`: the ledger checked whole, and taken elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.showing import print_json, print_pairs
from api.cli.verdict import as_json as verdict_json
from api.cli.verdict import language_of, print_verdict
from api.identities import load_identity_key
from api.log_keys import log_signers
from api.rejudging import Lines, Vault, lines_in_database, lines_in_file, with_decisions
from api.rules import CASEWORK_RULES, CASEWORK_TABLES
from api.settings import Settings, SettingsError
from deploy.place import DeployError
from deploy.postgres import at_hand
from ledger.connection import open_connection
from ledger.errors import LedgerError
from ledger.export import export_ledger
from ledger.log_keys import read_log_keys
from ledger.note import NoteError, NoteKey, NoteSigner
from ledger.store import AnyConnection, read_opened
from ledger.verify import Verdict
from ledger.verify import verify as verify_ledger
from ledger.verify_database import DatabaseSource
from ledger.verify_file import FileSource
from ledger.verify_kept import KeptHead, read_kept
from ledger.verify_worker import KekSource

QUIET = 2.0
"""Seconds of work before a progress bar appears."""

DataOption = Annotated[Path | None, typer.Option("--data", help="数据目录 Where everything is kept. [env: DATA]")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")]


@told
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="导出的账本文件；不写则核对数据库 An exported ledger. [default: the database]")
    ] = None,
    since: Annotated[
        list[Path] | None,
        typer.Option(help="留存的账头，可多次 A head kept from before (`mingzhang head --out`); several times."),
    ] = None,
    log_key: Annotated[
        list[str] | None,
        typer.Option("--log-key", help="账头须由此公钥签署 Public key (vkey) that must have signed the kept heads."),
    ] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="账本指纹，64 位十六进制 The ledger's fingerprint, 64 hex digits.")
    ] = None,
    vault_key: Annotated[
        Path | None,
        typer.Option("--vault-key", help="保密库主密钥 The vault's key. [default: DATA/keys/vault.key if it is there]"),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(help="进程数 Processes. [default: one a core]", min=1, max=1024)
    ] = None,
    decisions: Annotated[
        bool,
        typer.Option("--decisions", help="再判每个行为是否应当准许 Judge every act again, by the rules of casework."),
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """核对整本账：每个哈希、每个签名、每一列，逐行指明问题。Verify the whole ledger: every fault, by line and cause.

    不相信数据库里存的任何结论，全部由各行重新算出；服务可以照常运行。什么核对了、什么没有核对，都会说明。

    导出的文件在任何装有本软件的机器上都能核对，不需要数据库，也不需要配置。

    Nothing that is stored is believed; everything is computed anew from the lines. The service may go on running. What
    was covered, and what was not, is told. A file verifies on any machine that has this software, with no database and
    no configuration; a FILE.checkpoint beside it is taken as a kept head.

    在自己的 PostgreSQL 上，MINGZHANG_DSN 的角色只要能读账本各表（USAGE 与 SELECT）即可，最好是监督人员自己的只读角色。
    嵌入的数据库以其所有者、在只读事务中核对。

    On a PostgreSQL of your own, the role in MINGZHANG_DSN need only read the ledger's tables (USAGE and SELECT): best
    one of the supervisor's own. The embedded one is read as its owner, in a read-only transaction.

    签名只证明谁要办什么。`--decisions` 把每个行为按当时的规则、权限和人员再判一遍：绕过服务写进账里、依规不应准许
    或依据不实的，逐行指明。旧版本软件准许而本版不准的，也会列出。

    A signature proves who wanted what. `--decisions` judges every act again by the rules, delegations and people there
    were: what was put past the service, and should have been refused or rests on something untrue, is named. So is what
    an earlier version of this software took and this one would not.

    Whoever holds the server can rewrite everything consistently. What they cannot change is what you kept outside: give
    it with `--since` and `--fingerprint`.

    退出码 Exit codes: 0 没有问题 no fault, 1 有问题 faults, 2 无法判断 could not tell.

    例 Examples:

    `mingzhang verify`

    `mingzhang verify --since head-2021.txt --fingerprint 9f86d081884c7d65…`

    `mingzhang verify ledger.txt.gz`
    """
    kept = [_kept(path) for path in since or ()]
    if file is not None and (beside := file.with_name(file.name + ".checkpoint")).exists():
        kept.append(_kept(beside))
    if fingerprint is not None and not _is_hash(fingerprint):
        raise CommandError(
            f"--fingerprint {fingerprint}：应为 64 位十六进制。 It is 64 hexadecimal digits.", CANNOT_TELL
        )
    trusted = [_log_key(text) for text in log_key or ()]

    def go(source: DatabaseSource | FileSource, kek: KekSource | None) -> Verdict:
        with progress_bar("核对 Verifying") as progress:
            return verify_ledger(
                source, CASEWORK_RULES, kept=kept, trusted=trusted, fingerprint=fingerprint, kek=kek,
                progress=progress, processes=processes,
            )  # fmt: skip

    with _cannot_tell():
        if file is not None:
            verdict = go(FileSource(file), None)
            if decisions:
                verdict = _judged(verdict, lines_in_file(file), None)
        else:
            with database(data, as_owner=True) as (dsn, settings):
                kek = _kek(settings, vault_key)
                verdict = go(DatabaseSource(dsn, CASEWORK_TABLES), kek)
                if decisions:
                    with open_connection(dsn, "verify") as connection:
                        vault = _vault(connection, verdict, kek, settings)
                        verdict = _judged(verdict, lines_in_database(connection, verdict.size), vault)
    if as_json:
        print_json(verdict_json(verdict))
    else:
        for line in print_verdict(verdict, language_of()):
            typer.echo(line)
    raise typer.Exit(WRONG if verdict.faults else 0)


def _judged(verdict: Verdict, lines: Lines, vault: Vault | None) -> Verdict:
    if verdict.origin is None:
        return verdict  # there is no line 0 to begin with, and that has been named
    with progress_bar("再判 Judging") as progress:
        return with_decisions(verdict, lines, vault, lambda done: progress(done, verdict.size))


def _vault(connection: AnyConnection, verdict: Verdict, kek: KekSource | None, settings: Settings) -> Vault | None:
    """The vault, open, where its key and the one that leads to people are at hand."""
    if kek is None or verdict.origin is None:
        return None
    try:
        return Vault(connection, verdict.origin, kek.load(), load_identity_key(settings.data / "keys"))
    except LedgerError:
        return None


@told
def export(
    file: Annotated[Path, typer.Argument(help="写到何处；以 .gz 结尾则压缩 Where to; gzipped if it ends in .gz.")],
    first: Annotated[int, typer.Option("--from", help="从第几行 From which line.", min=0)] = 0,
    last: Annotated[
        int | None, typer.Option("--to", help="到第几行（含） To which line, inclusive. [default: the last]", min=0)
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """把账本导出为文本文件，每行与记账时逐字节相同。Write the ledger as a text file, each line as committed.

    旁边的 FILE.checkpoint 是账本签署的账头。文件写完整并落盘之后才有名字；不覆盖已有的文件。

    FILE.checkpoint beside it is the signed head. The file gets its name when it is whole and on disk, and never
    replaces another. Only a file that begins at line 0 can be verified.

    例 Example: `mingzhang export ledger.txt.gz && mingzhang verify ledger.txt.gz`
    """
    for path in (file, file.with_name(file.name + ".checkpoint")):
        if path.exists():
            raise CommandError(f"{path} 已存在，不会覆盖。 It is there already and is never overwritten.", CANNOT_TELL)
    if not file.absolute().parent.is_dir():
        raise CommandError(f"没有目录 {file.absolute().parent}。 There is no such directory.", CANNOT_TELL)
    with _cannot_tell(), database(data) as (dsn, settings), progress_bar("导出 Exporting") as progress:
        signers = _signers(dsn, settings)
        done = export_ledger(dsn, CASEWORK_TABLES, file, first=first, last=last, signers=signers, progress=progress)
    if as_json:
        print_json({"file": str(file), "first": done.first, "last": done.last, "lines": done.last - done.first + 1,
                    "checkpoint": str(done.checkpoint) if done.checkpoint else None})  # fmt: skip
        return
    print_pairs(
        [
            ("文件 File", file),
            ("行 Lines", f"{done.first}–{done.last}"),
            (
                "账头 Head",
                done.checkpoint or "无（账本签名密钥不在此，或非全本） none (no log key here, or not all lines)",
            ),
            ("下一步 Next", f"mingzhang verify {file}"),
        ]
    )


def _kept(path: Path) -> KeptHead:
    try:
        return read_kept(str(path), path.read_text("utf-8"))
    except (NoteError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} 不是账头。 It is not a signed head: {error}", CANNOT_TELL) from None


def _log_key(text: str) -> NoteKey:
    try:
        return NoteKey.parse(text)
    except NoteError as error:
        raise CommandError(f"--log-key {text}：{error}", CANNOT_TELL) from None


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdefABCDEF" for c in text)


def _kek(settings: Settings, given: Path | None) -> KekSource | None:
    """The vault's key where it was given, or where it lies; none at all is no reason not to verify the rest."""
    environment = os.environ.get("MINGZHANG_VAULT_KEY")
    path = given or settings.data / "keys" / "vault.key"
    if given is None and not environment and not path.exists():
        return None
    return KekSource(path.absolute(), None if given else environment)


def _signers(dsn: str, settings: Settings) -> Sequence[NoteSigner]:
    """The ledger's signing keys, if they lie here."""
    if not any((settings.data / "keys").glob("log*.pem")):
        return []
    with open_connection(dsn, "export") as connection:
        opened = read_opened(connection, CASEWORK_TABLES)
        return log_signers(settings.data, read_log_keys(connection, CASEWORK_TABLES, opened))


@contextmanager
def database(data: Path | None, *, as_owner: bool = False) -> Iterator[tuple[str, Settings]]:
    """How to reach the ledger's database: one's own server where MINGZHANG_DSN names one, else the embedded one.

    `as_owner`: the embedded one as its superuser. The service's role may change its own password and settings, and
    whoever has stolen it shall not keep anybody from verifying.
    """
    settings = Settings.from_env()
    settings = replace(settings, data=data or settings.data)
    if settings.dsn is not None:
        yield settings.dsn, settings
        return
    if not (settings.data / "postgres.made").exists():
        raise CommandError(
            f"{settings.data} 里没有数据库；用 --data 或 DATA 指明数据目录，自己的 PostgreSQL 则设 MINGZHANG_DSN。"
            " There is no database there; say where with --data or DATA. For a PostgreSQL of your own, set"
            " MINGZHANG_DSN in this window, too.",
            CANNOT_TELL,
        )
    with at_hand(settings.data) as server:
        yield (server.admin_dsn() if as_owner else server.service_dsn()), settings


@contextmanager
def _cannot_tell() -> Iterator[None]:
    """Whatever keeps us from looking is not a fault of the ledger, and no proof of its health either."""
    try:
        yield
    except (CommandError, OSError):
        raise
    except Exception as error:  # even a bug of ours must not look like a fault of the ledger
        known = isinstance(error, SettingsError | DeployError | psycopg.Error | LedgerError | BrokenProcessPool)
        said = str(error).strip() if known and str(error).strip() else repr(error)
        raise CommandError(f"无法判断。 Could not tell: {said}", CANNOT_TELL) from error


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress callback (done, total) that shows a bar on standard error once the work takes over two seconds."""
    bar = Progress(
        TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task: TaskID | None = None
    begun = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal task
        if task is None and time.monotonic() - begun > QUIET:
            bar.start()
            task = bar.add_task(label, total=total)
        if task is not None:
            bar.update(task, completed=done, total=total)

    try:
        yield progress
    finally:
        if task is not None:
            bar.stop()
