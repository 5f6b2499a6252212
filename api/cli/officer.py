"""`mingzhang officer`: registering officers and their keys, which takes two people and the key itself; ending keys."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from api.cli.act import Json, Officer
from api.cli.failing import CANNOT_TELL, CommandError, told
from api.cli.keys import load_private_key
from api.cli.sending import Signer, load_signer, print_recorded, read_object, read_uuid, sign_and_send
from api.cli.showing import print_pairs
from api.client import Client, Problem, connect
from api.countersign import KeyRequest, possess, second, second_revocation
from api.private_files import write_private

officers = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=(
        "人员与密钥：登记、增加、注销。Officers and their keys: register, add, revoke.\n\n"
        "登记要两个人签名，再加新密钥自己的签名。三台机器分三步：本人 `possess`，第二人 `second`，管理员 `register`；"
        "三把密钥都在一台机器上时，`register` 一步做完。\n\n"
        "Registering takes two people and the new key itself. On three machines: `possess` (the officer), `second` (the"
        " second person), `register` (the administrator). Where all three keys are at hand, `register` does it at once."
        "\n\n注销管理员的密钥也要两个人：第二人 `second-revoke`，管理员 `revoke --second`。\n\n"
        "Ending an administrator's key takes two people as well: `second-revoke`, then `revoke --second`."
    ),
)

AdministratorKey = Annotated[Path, typer.Option("--key", help="管理员的密钥 The administrator's signing key.")]
SecondKey = Annotated[Path | None, typer.Option("--second-key", help="第二人的密钥 The second person's key.")]
NewKey = Annotated[Path | None, typer.Option("--new-key", help="新密钥 The new key (one machine).")]
Request = Annotated[Path | None, typer.Option("--request", help="`possess` 的产物 What `possess` wrote.")]
SecondFile = Annotated[Path | None, typer.Option("--second", help="`second` 的产物 What `second` wrote.")]
Kid = Annotated[str, typer.Argument(help="密钥指纹 The key's thumbprint: `mingzhang key show`.")]
A_KID_MAY_BEGIN_WITH_A_HYPHEN = {"ignore_unknown_options": True}
"""One in 64 does, being base64url; it is no option for all that."""
Holder = Annotated[str, typer.Option("--of", help="谁的 Whose key it is: an officer id.")]
Since = Annotated[
    int | None,
    typer.Option("--compromised-since", help="从该行起存疑 Index of the first line to be marked as in doubt.", min=0),
]
Origin = Annotated[str | None, typer.Option(help="账本名 The ledger's origin. [default: 问服务 asked of the service]")]


class Reason(StrEnum):
    """Why a key ends."""

    LOST = "lost"
    COMPROMISED = "compromised"
    LEFT = "left"
    REPLACED = "replaced"


@officers.command("possess")
@told
def possess_key(
    key: Annotated[Path, typer.Option("--key", help="本人的新密钥 Your new key.")],
    out: Annotated[Path, typer.Option(help="申请存于 Write the request here; it holds no secret.")],
    officer: Annotated[
        str | None, typer.Option("--officer", help="已登记的人员编号 Your officer id, if you have one. [default: new]")
    ] = None,
    origin: Origin = None,
) -> None:
    """第一步，本人：证明新密钥在自己手里。Step 1, the officer: prove that the new key is in your hands.

    编号另存于密钥旁的 .id 文件。The id is also written beside the key, as .id.

    例 Example: `mingzhang officer possess --key clerk.pem --out clerk.request`
    """
    private = load_private_key(key)
    id_ = str(read_uuid(officer, "--officer")) if officer else _id_beside(key) or str(uuid4())
    request = possess(private, origin or _ask_origin(), id_)
    _write_id(key, id_)
    out.write_bytes(request.to_json())
    _print_request(request)


@officers.command("second")
@told
def second_key(
    request: Annotated[Path, typer.Argument(help="`possess` 的产物 What `possess` wrote.")],
    key: Annotated[Path, typer.Option("--key", help="第二人的密钥 Your key: a second administrator's.")],
    out: Annotated[Path, typer.Option(help="会签存于 Write your signature here.")],
    unit: Annotated[
        str | None,
        typer.Option(help="登记时：所属单位 At a registration: the unit. 增加密钥时不写 Left out for a further key."),
    ] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="登记为管理员 As an administrator.")] = False,
) -> None:
    """第二步，第二人：核对指纹后会签。Step 2, the second person: compare the thumbprint, then sign.

    先向本人当面或电话核对指纹，再把产物交给管理员。

    Have the officer read the thumbprint out to you before you hand the result on.

    会签的内容包括单位和是否管理员：登记时不能改成别的。 You sign unit and rank too: nobody can be made more than that.

    例 Example: `mingzhang officer second clerk.request --key admin2.pem --unit 610924100 --out clerk.second`
    """
    asked = KeyRequest.from_json(read_object(str(request), "REQUEST"))
    out.write_text(second(load_private_key(key), asked, unit, administrator) + "\n", "ascii")
    _print_request(asked)


@officers.command("register")
@told
def register(
    key: AdministratorKey,
    unit: Annotated[str, typer.Option(help="所属单位区划代码 Unit: 6 digits county, 9 town, 12 village.")],
    officer: Officer = None,
    new_key: NewKey = None,
    second_key: SecondKey = None,
    request: Request = None,
    second: SecondFile = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="登记为管理员 As an administrator.")] = False,
    name: Annotated[str | None, typer.Option(help="姓名，加密保存 Name; kept encrypted.")] = None,
    post: Annotated[str | None, typer.Option(help="职务，加密保存 Post; kept encrypted.")] = None,
    as_json: Json = False,
) -> None:
    """第三步，管理员：登记人员。Step 3, the administrator: register the officer.

    所属单位决定此人能在哪里、以哪一级办事。姓名和职务加密保存。

    The unit decides where, and at which level, the officer may act. Name and post are kept encrypted.

    例 Examples:

        mingzhang officer register --key admin1.pem --second-key admin2.pem --new-key clerk.pem --unit 610924100
        mingzhang officer register --key admin1.pem --request clerk.request --second clerk.second --unit 610924100
    """
    signer = load_signer(key, officer)
    data: dict[str, Any] = {"unit": unit, "administrator": administrator}
    if name is not None or post is not None:
        if name is None:
            raise CommandError("--post 要和 --name 同用。 Give --name with --post.", CANNOT_TELL)
        data["person"] = {"name": name} | ({"post": post} if post is not None else {})
    with connect() as client:
        asked, seconded = _signatures(client, new_key, second_key, request, second, rank=(unit, administrator))
        recorded = register_officer(client, signer, asked, seconded, data)
    if not as_json:
        typer.echo(f"人员编号 Officer id  {asked.officer}")
    print_recorded(recorded, as_json=as_json, code="officer.register")


def register_officer(
    client: Client, signer: Signer, asked: KeyRequest, seconded: str, data: dict[str, Any]
) -> dict[str, Any]:
    """Sign and send `officer.register`; the service's answer."""
    signed = {**data, "jwk": asked.jwk, "possession": asked.possession, "second": seconded}
    return sign_and_send(client, signer, "officer.register", signed, stream=UUID(asked.officer))


@officers.command("add-key")
@told
def add_key(
    key: AdministratorKey,
    officer: Officer = None,
    of: Annotated[str | None, typer.Option(help="谁的 Whose: an officer id (one machine).")] = None,
    new_key: NewKey = None,
    second_key: SecondKey = None,
    request: Request = None,
    second: SecondFile = None,
    as_json: Json = False,
) -> None:
    """给已登记的人员再加一把密钥。Give a registered officer one more key.

    第二人可以是另一位管理员，也可以是本人的旧密钥。The second signature: another administrator's, or the officer's
    own older key's.

    例 Example: `mingzhang officer add-key --key admin1.pem --of 1f2e… --new-key new.pem --second-key old.pem`
    """
    signer = load_signer(key, officer)
    with connect() as client:
        asked, seconded = _signatures(client, new_key, second_key, request, second, of)
        signed = {"jwk": asked.jwk, "possession": asked.possession, "second": seconded}
        recorded = sign_and_send(client, signer, "officer.add_key", signed, stream=UUID(asked.officer))
    print_recorded(recorded, as_json=as_json, code="officer.add_key")


@officers.command("second-revoke", context_settings=A_KID_MAY_BEGIN_WITH_A_HYPHEN)
@told
def second_revoke(
    kid: Kid,
    of: Holder,
    key: Annotated[
        Path, typer.Option("--key", help="第二人的密钥 Your key: a second administrator's, or the one that ends.")
    ],
    out: Annotated[Path, typer.Option(help="会签存于 Write your signature here.")],
    compromised_since: Since = None,
    origin: Origin = None,
) -> None:
    """注销管理员的密钥，第一步，第二人：会签。Ending an administrator's key, step 1: the second person signs.

    一名管理员的密钥若被盗，不能单凭它注销其他管理员的密钥。会签的内容包括存疑的行号，两边要一致。

    Nobody ends the other administrators' keys with one stolen key. You sign the index in doubt, too: both must say the
    same. Ask the holder, not only the one who asks you.

    例 Example: `mingzhang officer second-revoke 8fT0… --of 1f2e… --key admin2.pem --out revoke.second`
    """
    holder, private = str(read_uuid(of, "--of")), load_private_key(key)
    origin = origin or _ask_origin()
    out.write_text(second_revocation(private, origin, holder, kid, compromised_since) + "\n", "ascii")
    print_pairs(
        [
            ("账本 Ledger", origin),
            ("人员编号 Officer id", holder),
            ("注销指纹 Ends", kid),
            ("存疑自行 In doubt since", compromised_since),
            ("下一步 Next", f"交给第二名管理员 to the other administrator: mingzhang officer revoke … --second {out}"),
        ]
    )


@officers.command("revoke", context_settings=A_KID_MAY_BEGIN_WITH_A_HYPHEN)
@told
def revoke(
    kid: Kid,
    key: Annotated[
        Path, typer.Option("--key", help="管理员或本人的密钥 An administrator's key, or the officer's own.")
    ],
    of: Holder,
    reason: Annotated[Reason, typer.Option(help="原因 Why: 丢失, 泄露, 离职, 更换.")],
    officer: Officer = None,
    compromised_since: Since = None,
    second_key: SecondKey = None,
    second: Annotated[
        Path | None, typer.Option("--second", help="`second-revoke` 的产物 What `second-revoke` wrote.")
    ] = None,
    as_json: Json = False,
) -> None:
    """注销一把密钥：此后它签的一律不收，此前的照旧有效。End a key: nothing it signs is taken from then on.

    What it signed before stays valid; `--compromised-since` marks the lines that may not be the officer's own.

    管理员的密钥要两个人：加 `--second`（或 `--second-key`）。 An administrator's key takes two people: add `--second`
    (or `--second-key`); the second is another administrator, or the holder.

    例 Examples:

        mingzhang officer revoke 8fT0… --of 1f2e… --reason lost --key admin1.pem
        mingzhang officer revoke 8fT0… --of 1f2e… --reason left --key admin1.pem --second revoke.second
    """
    holder, signer = read_uuid(of, "--of"), load_signer(key, officer)
    data: dict[str, Any] = {"kid": kid, "reason": reason.value}
    if compromised_since is not None:
        data["compromised_since"] = compromised_since
    with connect() as client:
        data |= _second_revocation(client, second_key, second, str(holder), kid, compromised_since)
        try:
            recorded = sign_and_send(client, signer, "officer.revoke_key", data, stream=holder)
        except Problem as problem:
            if problem.code == "officer.second-needed":
                raise CommandError(_how_to_second(problem, holder, kid, compromised_since)) from None
            raise
    print_recorded(recorded, as_json=as_json, code="officer.revoke_key")


def _second_revocation(
    client: Client, key: Path | None, file: Path | None, holder: str, kid: str, compromised_since: int | None
) -> dict[str, str]:
    """The second signature as a member of the act's data, where one is given: a file's, or made here."""
    if key is not None and file is not None:
        raise CommandError("--second 与 --second-key 只用一个。 Give --second or --second-key, not both.", CANNOT_TELL)
    if file is not None:
        return {"second": _read_signature(file)}
    if key is not None:
        origin = client.head()["origin"]
        return {"second": second_revocation(load_private_key(key), origin, holder, kid, compromised_since)}
    return {}


def _read_signature(file: Path) -> str:
    """What the second person's machine wrote. Raises `CommandError` for anything else."""
    text = file.read_bytes().strip()
    if len(text) > 4096 or not text.isascii() or text.count(b".") != 2:
        raise CommandError(
            f"{file} 不是会签文件，应为 `mingzhang officer second` 或 `second-revoke` 写出的文件。"
            " It is no second signature: give the file that `officer second` or `second-revoke` wrote.",
            CANNOT_TELL,
        )
    return text.decode()


def _how_to_second(problem: Problem, holder: UUID, kid: str, compromised_since: int | None) -> str:
    since = "" if compromised_since is None else f" --compromised-since {compromised_since}"
    return (
        f"{problem}\n  ({problem.code})\n"
        "第二人在自己的机器上 The second person, on their own machine:\n"
        f"  mingzhang officer second-revoke {kid} --of {holder}{since} --key KEY.pem --out revoke.second\n"
        "然后 Then: mingzhang officer revoke … --second revoke.second"
    )


def _signatures(
    client: Client,
    new_key: Path | None,
    second_key: Path | None,
    request: Path | None,
    seconded: Path | None,
    of: str | None = None,
    rank: tuple[str | None, bool] = (None, False),
) -> tuple[KeyRequest, str]:
    """The request and the second signature: from the files of two other machines, or made here from both keys."""
    if request is not None and seconded is not None and new_key is None and second_key is None:
        return KeyRequest.from_json(read_object(str(request), "--request")), _read_signature(seconded)
    if new_key is None or second_key is None or request is not None or seconded is not None:
        raise CommandError(
            "请给出 --new-key 和 --second-key（一台机器），或 --request 和 --second（三台机器）。"
            " Give --new-key and --second-key (one machine), or --request and --second (three machines).",
            CANNOT_TELL,
        )
    private = load_private_key(new_key)
    id_ = str(read_uuid(of, "--of")) if of else _id_beside(new_key) or str(uuid4())
    _write_id(new_key, id_)
    asked = possess(private, client.head()["origin"], id_)
    return asked, second(load_private_key(second_key), asked, *rank)


def _ask_origin() -> str:
    with connect() as client:
        origin: str = client.head()["origin"]
    return origin


def _id_beside(key: Path) -> str | None:
    beside = key.with_suffix(".id")
    return str(read_uuid(beside.read_text().strip(), str(beside))) if beside.exists() else None


def _write_id(key: Path, officer: str) -> None:
    """Whose key it is, beside it: commands that sign look there."""
    beside = key.with_suffix(".id")
    if _id_beside(key) is None:
        write_private(beside, f"{officer}\n".encode())
    elif _id_beside(key) != officer:
        raise CommandError(f"{beside} 写的是另一个人员。 {beside} names another officer.")


def _print_request(request: KeyRequest) -> None:
    print_pairs(
        [
            ("账本 Ledger", request.origin),
            ("人员编号 Officer id", request.officer),
            ("指纹 Thumbprint", request.kid),
        ]
    )
