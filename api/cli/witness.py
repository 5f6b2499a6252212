"""`mingzhang witness`: being a witness of ledgers, over the network or by carried file."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failing import CANNOT_TELL, WRONG, CommandError, told
from api.cli.files import refuse_unwritable, write_new
from api.cli.showing import beijing, print_json, print_pairs, print_table
from api.client import connect
from api.publishing.carried import keep
from api.publishing.policy import FILE
from api.settings import Settings
from api.witness.app import serve
from api.witness.place import Witness, add_logs, make_witness, read_log_keys
from ledger.checkpoint import open_checkpoint, parse_checkpoint
from ledger.note import ED25519, ML_DSA_44, NoteKey, cosigned_at, open_signatures, parse_note, signed_by_alone
from ledger.store import Opened
from ledger.witness import parse_request, request_body
from ledger.witness_policy import Policy

witnesses = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=(
        "见证：由纪检、上级等县外单位运行，防止账本被改写、分叉。联网或以文件传递均可。\n\n"
        "Witnessing (C2SP tlog-witness): run by others than the county, so that whoever rewrites or forks its ledger is"
        " found out. Over the network, or by carried file."
    ),
)

Directory = Annotated[Path, typer.Option("--dir", help="见证目录 The witness's directory.")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON Print JSON.")]
DEFAULT = Path("witness")


@witnesses.command()
@told
def init(
    name: Annotated[
        str,
        typer.Option(help="名称，如 jw.county.example/witness，永不更改 Its name, for ever: like a URL, no spaces."),
    ],
    directory: Directory = DEFAULT,
    as_json: Json = False,
) -> None:
    """建立见证：生成密钥，打印公钥。Make a witness: its keys stay in its directory, the public ones are printed.

    把公钥行抄给被见证的县，写入其见证策略（tlog-policy）；目录请勿从旧备份恢复。

    Whoever is witnessed puts these lines into their policy. Never put the directory back from an old copy: the witness
    would forget what it cosigned, and could contradict itself.

    例 Example: `mingzhang witness init --name jw.county.example/witness --dir witness`
    """
    witness = make_witness(directory, name)
    if as_json:
        print_json({"name": witness.name, "keys": [key.vkey() for key in witness.keys]})
        return
    for line in _policy_lines(witness):
        typer.echo(line)
    typer.echo(f"下一步 Next: mingzhang witness add POLICY --dir {directory}", err=True)


@witnesses.command()
@told
def add(
    policy: Annotated[
        Path, typer.Argument(help="含 log 行的 tlog-policy A tlog-policy with the log lines of a ledger.")
    ],
    directory: Directory = DEFAULT,
) -> None:
    """从此见证这些账本；换钥时再加一次。From now on, witness these ledgers; again when one changes its keys.

    公钥须与对方打印的卡片核对，不可只凭网络。正在运行的见证随即生效。

    Compare the keys with the card that the county printed. A running witness takes it up at once.
    """
    for key in read_log_keys(policy):
        typer.echo(f"{key.name}  {_kind(key)}  {key.key_id.hex()}")
    add_logs(directory, policy.read_text("utf-8"))


@witnesses.command()
@told
def run(
    directory: Directory = DEFAULT,
    listen: Annotated[str, typer.Option(help="监听地址 Where to listen, HOST:PORT.")] = "127.0.0.1:8010",
) -> None:
    """运行见证。Serve add-checkpoint and the reading endpoint, until Ctrl-C.

    只说 HTTP：对外请在前面放一台做 TLS 的反向代理。 It speaks plain HTTP: put a reverse proxy with TLS before it.
    """
    witness = Witness(directory)
    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536 and host):
        raise CommandError(f"--listen {listen}：应为 主机:端口。 It is HOST:PORT.", CANNOT_TELL)
    with socket.create_server((host.strip("[]"), int(port)), family=_family(host), backlog=512) as listener:
        shown = listener.getsockname()
        typer.echo(f"见证 Witness {witness.name}: http://{host}:{shown[1]}")
        serve(witness, listener)


@witnesses.command()
@told
def show(directory: Directory = DEFAULT, as_json: Json = False) -> None:
    """见证过什么，有无分叉。What was cosigned of each ledger, and whether one contradicted itself (exit code 1)."""
    witness = Witness(directory)
    rows = [_row(witness, origin) for origin in sorted(witness.logs())]
    if as_json:
        print_json({"name": witness.name, "keys": [key.vkey() for key in witness.keys], "logs": rows})
    else:
        for line in _policy_lines(witness):
            typer.echo(line)
        columns = ["账本 Ledger", "行数 Size", "见证于 Cosigned +08:00", "分叉 Forks"]
        print_table(columns, [_cells(row) for row in rows])
    if any(row["forks"] for row in rows):
        raise typer.Exit(WRONG)


@witnesses.command()
@told
def sign(
    request: Annotated[Path, typer.Argument(help="带来的请求文件 The request file that was carried here.")],
    out: Annotated[Path, typer.Option(help="带回的答复文件 The answer to carry back.")],
    directory: Directory = DEFAULT,
) -> None:
    """以文件见证：判定带来的请求，写出答复。Witness by carried file: judge a request, write the answer.

    与联网见证同一判定、同一记忆，可与 `witness run` 同时使用。见证所记行数与请求不符时，答复只写该行数：
    带回后按它重新请求。

    Judged and remembered just like a request over the network. Where the witness cosigned another size than the request
    begins from, the answer says that size: carried back, the next request begins there.
    """
    refuse_unwritable(out)
    body = request.read_bytes()
    witness = Witness(directory)
    answer = witness.add_checkpoint(body)
    if answer.status == 200:
        asked = parse_request(body)
        write_new(out, asked.note + answer.body)
        print_pairs(
            [("账本 Ledger", asked.checkpoint.origin), ("行数 Size", asked.checkpoint.size), ("答复 Answer", out)]
        )
        return
    said = answer.body.strip()
    if answer.status == 409:
        write_new(out, answer.body)
        raise CommandError(
            f"没有见证：此前见证了 {said} 行，请求却从别处起。把 {out} 带回，重新请求。"
            f" Not cosigned: {said} lines were cosigned before, and the request begins elsewhere. Carry {out} back, and"
            " ask anew."
        )
    raise CommandError(f"没有见证 Not cosigned ({answer.status}): {said}")


@witnesses.command("request")
@told
def request_(
    out: Annotated[Path, typer.Option(help="带去见证处的请求文件 The request file to carry to the witness.")],
    after: Annotated[
        Path | None,
        typer.Option(help="此见证上次的答复文件，首次不填 The witness's last answer; not the first time."),
    ] = None,
) -> None:
    """（县方）为已公布的账头写请求文件。At the service: ask by carried file for the published head to be cosigned.

    在见证处用 `mingzhang witness sign` 答复，带回后用 `mingzhang witness take` 收下。
    文件就是 C2SP add-checkpoint 的请求，任何合乎该规范的见证都能处理。

    At the witness, `mingzhang witness sign` answers it; brought back, `mingzhang witness take` takes the answer. The
    file is the body of a C2SP add-checkpoint request: any witness of that specification can take it.

    例 Example: `mingzhang witness request --out request.txt --after answer.txt`
    """
    refuse_unwritable(out)
    old = _size_of(after.read_text("utf-8")) if after else 0
    with connect() as client:
        opened = Opened.read(client.line(0))
        note = signed_by_alone(client.checkpoint(), client.log_keys(opened).every)
        checkpoint = parse_checkpoint(parse_note(note).text)
        if old > checkpoint.size:
            raise CommandError(
                f"见证过 {old} 行，本账本只公布了 {checkpoint.size} 行：丢了行，或答复属于别的账本。"
                f" The witness has cosigned {old} lines, and only {checkpoint.size} are published here: lines were"
                " lost, or the answer is another ledger's."
            )
        proof = client.consistency(old, checkpoint.size) if 0 < old < checkpoint.size else []
    write_new(out, request_body(old, proof, note).decode())
    print_pairs([("账本 Ledger", checkpoint.origin), ("行数 Size", checkpoint.size), ("请求 Request", out)])


@witnesses.command()
@told
def take(
    answer: Annotated[Path, typer.Argument(help="带回的答复文件 The answer that was carried back.")],
    data: Annotated[Path | None, typer.Option(help="数据目录 Where everything is kept. [env: DATA]")] = None,
) -> None:
    """（县方）收下带回的答复，服务随即公布。At the service: take the answer; it is published at once.

    只收见证策略（DATA/witness-policy.txt）所列见证的签名。

    Only cosignatures of witnesses that the policy (DATA/witness-policy.txt) names are taken.
    """
    place = data or Settings.from_env().data
    note = answer.read_text("utf-8")
    if note.removesuffix("\n").isdigit():
        raise CommandError(
            f"没有见证：见证处记得的是 {note.strip()} 行。 Not cosigned: the witness remembers {note.strip()} lines."
            f" mingzhang witness request --out request.txt --after {answer}"
        )
    policy = _policy(place)
    with connect() as client:
        opened = Opened.read(client.line(0))
        checkpoint = open_checkpoint(note, client.log_keys(opened).every, opened.origin)
    cosigned = policy.cosigned(note)
    if not cosigned:
        raise CommandError(
            "其中没有本县见证策略所列见证的签名。 None of the witnesses that our policy names has cosigned it."
        )
    keep(place, note)
    names = "、".join(one.name for one in policy.witnesses if one.vkey in cosigned)
    print_pairs(
        [
            ("行数 Size", checkpoint.size),
            ("见证 Witnesses", names),
            ("于 At", beijing(max(cosigned.values()))),
            ("够数 Quorum", "是 yes" if policy.quorum_of(cosigned) is not None else "尚未 not yet"),
        ]
    )


def _size_of(answer: str) -> int:
    """How many lines a witness has cosigned, by its last answer: a cosigned head, or the size alone."""
    digits = answer.removesuffix("\n")
    if digits.isascii() and digits.isdigit():
        return int(digits)
    return parse_checkpoint(parse_note(answer).text).size


def _policy(data: Path) -> Policy:
    """The witness policy under DATA. Raises `CommandError` when there is none, `PolicyError`."""
    path = data / FILE
    if not path.exists():
        raise CommandError(
            f"没有见证策略 {path}：先写下请谁见证。"
            " There is no witness policy: say first whom you ask (C2SP tlog-policy)."
        )
    return Policy.parse(path.read_text("utf-8"))


def _cells(row: dict[str, Any]) -> list[str]:
    at = beijing(row["at"]) if row["at"] else "–"
    return [row["origin"], "–" if row["size"] is None else str(row["size"]), at, "\n".join(row["forks"])]


def _row(witness: Witness, origin: str) -> dict[str, Any]:
    note = witness.latest(origin)
    forks = [str(path) for path in witness.forks(origin)]
    if note is None:
        return {"origin": origin, "size": None, "at": None, "forks": forks}
    at = max((cosigned_at(signature) for _, signature in open_signatures(note, witness.keys)[1]), default=None)
    return {"origin": origin, "size": parse_checkpoint(parse_note(note).text).size, "at": at, "forks": forks}


def _policy_lines(witness: Witness) -> list[str]:
    """What goes into a policy; the second key is an entry of its own."""
    return [f"witness {witness.name}{'' if key.type != ML_DSA_44 else '-pq'} {key.vkey()}" for key in witness.keys]


def _kind(key: NoteKey) -> str:
    return "Ed25519" if key.type == ED25519 else "ML-DSA-44"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
