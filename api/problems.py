"""Errors as RFC 9457 problem details: a stable code, and what is wrong and what to do, in Chinese and English.

`{…}` in a text is filled from the error's facts. A code that is not listed keeps its English message.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eventsourcing.persistence import PersistenceError

from domain.errors import NotAllowed
from domain.vocabulary import STAGE_ZH, VERIFICATION_ZH
from ledger.errors import Conflict, LedgerError, LedgerFaulty, LedgerMissing, Moved, NotDone, OutcomeUnknown, Refused

TYPE = "tag:mingzhang,2026:problem/"

# code -> (中文, English)
TEXTS: dict[str, tuple[str, str]] = {
    "act.too-large": ("行为及其披露超过大小上限 {limit}。文件请留在账外，只记摘要。", ""),
    "act.form": ("行为须为紧凑格式 JWS（头.载荷.签名），有披露时以 ~ 分隔并以 ~ 结尾。", ""),
    "act.header": ("JWS 头只能有 alg、kid、typ 三项：{detail}。", ""),
    "act.alg": ("签名算法只接受 Ed25519 或 ES256，不接受 {alg}。", ""),
    "act.base64": ("{what} 不是规范的 base64url 编码。", ""),
    "act.typ": ("typ 应为 case-act+sd-jwt，而不是 {typ}。", ""),
    "act.json": ("载荷不是干净的 JSON（键重复或含非法值）。", ""),
    "act.claim-missing": ("缺少声明 {claim}。", ""),
    "act.claim-unknown": ("不认识的声明 {claim}。", ""),
    "act.claim": ("声明 {claim} 不符合要求：{expected}。", ""),
    "act.aud": ("此行为是签给账本 {aud} 的，本账本是 {origin}。", ""),
    "act.depth": ("data 的嵌套超过 {limit} 层。", ""),
    "act.iat-future": ("签署时间在将来。请校准签署设备的时钟后重新签署。", ""),
    "act.iat-late": ("签署至今已超过 {days} 天。请按补录办理并重新签署。", ""),
    "act.on-future": ("行为发生日期不能晚于签署日期（{on}）。", ""),
    "act.on-early": ("行为发生日期 {on} 太早（早于 {first}），请核对后重新签署。", ""),
    "act.basis": ("来源 {basis} 不对：只有外部系统的记录用 system，本系统的行为用 direct 或 paper。", ""),
    "act.kid": ("签名所用密钥与登记的不符。", ""),
    "act.signature": ("签名与内容不符：内容被改动，或密钥不对。", ""),
    "act.code": ("没有 {act} 这种行为。可用 mingzhang act --list 查看。", ""),
    "act.stale": ("签署时所见不是最新一行（现为第 {version} 版）。请查看变动后重新签署。", ""),
    "act.moved": ("所依据的内容刚刚变动，请稍后重发同一行为。", ""),
    "act.key-reused": ("同一 iss 与 jti 下已记录了另一行为。请用新的 jti 重新签署。", ""),
    "act.stream": ("此行为应记入 {expected}。", ""),
    "act.stream-reserved": ("新案件或人员的编号须为随机 UUID（第 4 或第 7 版）。", ""),
    "act.version": ("版本号不连续。", ""),
    "stream.version": ("该案卷已有第 {version} 版。", ""),
    "disclosure.malformed": ("披露须为 base64url 编码的 JSON 数组 [盐, 名称, 值]。", ""),
    "disclosure.nested": ("披露之内不得再含摘要。", ""),
    "disclosure.array": ("摘要只能放在 _sd 中。", ""),
    "disclosure.repeated": ("同一摘要或披露出现了两次。", ""),
    "disclosure.missing": ("有摘要没有随附披露。请把全部披露一并送来。", ""),
    "disclosure.unmatched": ("有披露与行为中的任何摘要都不符。", ""),
    "disclosure.collision": ("{name} 既在明文中又在披露中。", ""),
    "key.invalid": ("不能接受的公钥：{detail}。", ""),
    "key.unknown": ("没有人登记过这把密钥。", ""),
    "key.not-valid": ("这把密钥在账本的此处无效（未生效或已注销）。", ""),
    "key.taken": ("这把密钥已登记过，请另生成一把。", ""),
    "key.self": ("密钥不能注销自己：请用本人的另一把密钥，或由管理员办理。", ""),
    "key.not-held": ("该人员没有这把密钥。", ""),
    "countersignature.typ": ("会签的 typ 应为 {typ}。", ""),
    "countersignature.same": ("两个签名必须来自两个人。", ""),
    "countersignature.payload": ("会签的内容不对，应为：{expected}", ""),
    "data.schema": ("{field} 不符合该行为的格式：{detail}", "{field}: {detail}"),
    "data.time": ("{field} 的日期不合常理，应在 {first} 至 {last} 之间。", ""),
    "data.personal": ("{field} 中个人信息的签署方式不对：个人信息只能以摘要签署，其他内容不得隐藏。", ""),
    "officer.unknown": ("签署人（或所指人员）未登记。", ""),
    "officer.exists": ("该人员已登记。要换密钥请用 officer.add_key。", ""),
    "officer.second": ("须有另一名管理员（或本人的旧密钥）会签。", ""),
    "officer.second-needed": (
        "注销管理员的密钥要两个人：请另一名管理员（或密钥本人）用 mingzhang officer second-revoke 会签，"
        "再连同会签重新签署。",
        "Ending an administrator's key takes two people: have another administrator (or the key's holder) sign with"
        " `mingzhang officer second-revoke`, then sign again with that file (--second).",
    ),
    "officer.not-administrator": ("只有管理员可以办理。", ""),
    "officer.level": ("{act} 不由该层级（{level}）办理。", ""),
    "officer.place": ("不在该人员的辖区（{unit}）之内。", ""),
    "case.order": ("案件现为“{stage}”，不能办理 {act}；须在“{stages}”时办理。", ""),
    "case.unknown": ("没有这个案件；案件从 apply.submit 开始。", ""),
    "case.opinion": ("初审意见为不符合，只能不予确认。", ""),
    "case.check": ("最近一次信息核对为不一致：请先复查，或提出不符合的初审意见。", ""),
    "case.amount": ("核查结果 {result} 与金额不符：现为每月 {paid} 分，此后为 {then} 分。", ""),
    "case.posting": ("公示应贴在该户所在的村（社区）{village}。", ""),
    "case.village": ("村（社区）{village} 不属于 {town}。", ""),
    "case.missing-step": ("尚缺步骤：{missing}。", ""),
    "case.stream": ("{stream} 不是本账本的案件。", ""),
    "delegation.none": ("该镇对此项目没有有效的确认权限，应由县级确认。", ""),
    "source.no-grant": ("没有从该系统导入的有效准许。请管理员办理 mingzhang source grant。", ""),
    "source.case": ("记录所指的系统或案件与所在案卷不符。", ""),
    "source.known": ("该行已导入过：{row}。", ""),
    "source.unknown": ("该行从未导入：{row}。", ""),
    "source.replaces": ("该行此后又有变动：{row}。", ""),
    "line.too-long": ("一行超过 {limit} 字节。文件请留在账外，只记摘要。", ""),
    "commit.not-done": ("数据库没有提交，什么都没有记录。请重发同一行为。", ""),
    "commit.locked": (
        "会话 {pid}（角色 {role}，程序 {application}，始于 {since}）占着账本的锁，什么都没有记录。请查明是谁，"
        "并由所有者结束它：SELECT pg_terminate_backend({pid});",
        "",
    ),
    "commit.busy": ("等待的行为太多，什么都没有记录。请稍后重发。", ""),
    "commit.closing": ("服务正在停止，什么都没有记录。请稍后重发。", ""),
    "commit.unknown": ("提交时与数据库失去联系。请重发同一行为，即可得知结果。", ""),
    "commit.clock": ("本机时钟与数据库相差过大，校准之前不记录任何内容。", ""),
    "ledger.missing": ("这里没有账本。请先运行 mingzhang init。", ""),
    "ledger.exists": ("这里已有账本；一本账只开一次。", ""),
    "ledger.origin": ("账本名称不能含空格和加号：{origin}。", ""),
    "ledger.faulty": ("数据库内容自相矛盾，已停止记录。请运行 mingzhang verify。", ""),
    "ledger.altered": ("第 {index} 行不是当初入账的那一行。请运行 mingzhang verify。", ""),
    "ledger.line": ("第 {index} 行读不出应有的内容。请运行 mingzhang verify。", ""),
    "ledger.forged": (
        "第 {index} 行登记或注销密钥，却没有有权者的签名（{reason}）：在它除去之前不再记录。"
        "请运行 mingzhang verify，并见 deploy/README.md“外来的行”。",
        "",
    ),
    "ledger.foreign-row": (
        "{table} 中有一行（{row}）不是本服务写入的：在它除去之前不再记录。见 deploy/README.md“外来的行”。",
        "",
    ),
    "ledger.ahead": (
        "第 {index} 行的时间 {at} 晚于本机与数据库的时钟：到那时之前，或该行除去之前，不再记录。"
        "请运行 mingzhang verify，并见 deploy/README.md“外来的行”。",
        "",
    ),
    "ledger.shrunk": (
        "账本变短或被改写：原有 {seen} 行，现有 {size} 行。已停止记录。"
        "请运行 mingzhang verify --since，并见 deploy/README.md“外来的行”。",
        "",
    ),
    "key.malformed": ("第 {index} 行登记或注销密钥的内容读不了：{detail}。请运行 mingzhang verify。", ""),
    "ledger.no-key": ("账本的签名密钥缺失或不符：{path}。", ""),
    "vault.broken": ("案件 {case} 的加密内容打不开。请运行 mingzhang verify。", ""),
    "vault.no-key": ("没有保密库密钥：{path}。", ""),
    "database.away": ("暂时连不上数据库，请稍后再试。", "The database cannot be reached; try again in a moment."),
    "not-found": ("没有{what}。", "There is no {what}."),
    "request.invalid": ("请求不对：{detail}", "{detail}"),
    "request.parameter": ("参数 {name} 不对，应为：{expected}", "{name} must be: {expected}"),
    "request.method": ("{path} 不接受 {method}，可用：{allowed}。", "{path} does not take {method}, but {allowed}."),
    "request.type": (
        "不认识的 Content-Type：{given}。请用以下之一：{known}。例：{example}",
        "The body's Content-Type is {given}. Send one of: {known}. An example: {example}",
    ),
    "request.too-large": (
        "请求正文超过 {limit} 字节。请分几次发送。",
        "The body is over {limit} bytes; send less at a time.",
    ),
    "request.slow": ("请求正文未能在 {seconds} 秒内到齐，什么都没有记录。请重发。", ""),
    "request.busy": ("正在处理的大请求太多，什么都没有记录。请稍后重发。", ""),
    "request.no-host": ("请求须有且只有一个 Host。", "The request must have one Host header, and one only."),
    "request.host": (
        "本服务只在本机使用，地址须为 127.0.0.1、localhost 或 [::1]，而不是 {host}。",
        "This service answers to 127.0.0.1, localhost and [::1] only, not to {host}.",
    ),
    "request.origin": (
        "别处的网页（{origin}）不得向这里发送。",
        "A page of another origin ({origin}) may not send here.",
    ),
}


def problem(error: Exception, language: str = "en") -> tuple[int, dict[str, Any]]:
    """(HTTP status, problem details) of an error. Facts of the error become members beside the standard ones."""
    status, code, given = classify(error)
    longest = PAYLOAD if code == "countersignature.payload" else LONGEST
    params = {name: _bounded(value, longest) for name, value in given.items()}
    zh, en = TEXTS.get(code, ("", ""))
    chosen = zh if language == "zh" else en
    said = dict(params)
    if code == "not-found" and language == "zh":
        said["what"] = _in_chinese(str(params["what"]))
    if code == "case.order" and language == "zh":
        said |= _stages_in_chinese(str(params["stage"]), params.get("stages", ()))
    try:
        detail = chosen.format(**said) if chosen else _bounded(str(error), SENTENCE)
    except KeyError:
        detail = _bounded(str(error), SENTENCE)
    facts = {name: value for name, value in params.items() if value is not None}
    return status, {"type": TYPE + code, "title": code, "status": status, "detail": detail, "code": code} | {
        name: value for name, value in facts.items() if name not in ("type", "title", "status", "detail", "code")
    }


LONGEST, SENTENCE, PAYLOAD = 200, 600, 4000
"""Characters of one fact, which may be what was sent, that an answer repeats; of a whole sentence; and of what was to
be countersigned, which somebody has to sign now."""


def _bounded(value: Any, limit: int) -> Any:
    """Text as it can be shown anywhere: not endless, and nothing in it that a terminal would obey."""
    if not isinstance(value, str):
        return value
    text = value if len(value) <= limit else value[:limit] + "…"
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _stages_in_chinese(stage: str, stages: Iterable[str]) -> dict[str, str]:
    words = {str(code): word for code, word in (*STAGE_ZH.items(), *VERIFICATION_ZH.items())}
    return {"stage": words.get(stage, stage), "stages": "”或“".join(words.get(one, one) for one in stages) or "未开立"}


def _in_chinese(what: str) -> str:
    """What is not there: `case ID`, `line N`, or a path."""
    kind, _, which = what.partition(" ")
    return {"case": f"案件 {which}", "line": f"第 {which} 行"}.get(kind, f" {what} ")


def classify(error: Exception) -> tuple[int, str, Mapping[str, Any]]:
    """(HTTP status, code, facts)."""
    if isinstance(error, NotFound):
        return 404, error.code, error.params
    if isinstance(error, NotAllowed):
        return DOMAIN_STATUS.get(error.code.partition(".")[0], 422), error.code, error.params
    if isinstance(error, PersistenceError):
        return 503, "database.away", {}
    if isinstance(error, LedgerError):
        if error.code in CODE_STATUS:
            return CODE_STATUS[error.code], error.code, error.params
        for kind, status in _STATUS:
            if isinstance(error, kind):
                return status, error.code, error.params
        return 503, error.code, error.params
    raise error


class NotFound(LedgerError):
    """There is no such thing."""

    code = "not-found"


_STATUS: tuple[tuple[type[LedgerError], int], ...] = (
    (Conflict, 409),
    (Moved, 409),
    (Refused, 422),
    (NotDone, 503),
    (OutcomeUnknown, 503),
    (LedgerMissing, 503),
    (LedgerFaulty, 503),
)
CODE_STATUS = {
    "key.unknown": 403,
    "key.not-valid": 403,
    "act.too-large": 413,
    "request.too-large": 413,
    "request.type": 415,
    "request.slow": 408,
    "request.method": 405,
    "request.no-host": 400,
    "request.host": 421,
    "request.origin": 403,
}
"""Where the code says more than the kind of error; whichever check notices first, the answer is the same."""
DOMAIN_STATUS = {"officer": 403, "key": 403, "delegation": 403, "case": 409, "source": 409}


def language_of(accept: str | None) -> str:
    """`zh` or `en`, by Accept-Language (RFC 9110 §12.5.4); the first of the two by weight, English if neither."""
    best, chosen = 0.0, "en"
    for part in (accept or "").split(","):
        tag, *weights = part.strip().split(";")
        match = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weights[0]) if weights else None
        weight = float(match[1]) if match else (1.0 if not weights else 0.0)
        name = tag.strip().lower().split("-")[0]
        if name in ("zh", "en") and weight > best:
            best, chosen = weight, name
    return chosen
