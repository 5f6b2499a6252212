"""What verification found, in words: every code of a fault, note and part, in Chinese and English.

`{…}` is filled from the fault's facts. The codes are stable; the wording may improve.
"""

from typing import Any

from ledger.faults import Fault

# code -> (中文, English)
FAULTS: dict[str, tuple[str, str]] = {
    "line.missing": ("缺行：该行不在账上", "the line is missing"),
    "line.extra": ("多出的行：此位置另有一行", "a line too many: another one stands in its place"),
    "line.malformed": ("不是账本的行：{detail}", "not a line of a ledger: {detail}"),
    "line.too-long": ("超过一行的上限 {limit} 字节", "longer than a line may be ({limit} bytes)"),
    "line.ahead": (
        "记账时间 {at} 尚未到来：写入者的时钟不对，或该行是伪造的",
        "its time, {at}, is yet to come: the clock was wrong, or the line is forged",
    ),
    "line.index": ("该行自称第 {says} 行", "the line says that it is line {says}"),
    "line.altered": (
        "该行被改动：其哈希与后一行、哈希块所记不符",
        "the line was altered: its hash is not the one that the next line or the tile recorded",
    ),
    "line.time": ("记账时间有误或早于前一行（{at}）", "its time is malformed or before that of the line before ({at})"),
    "line.spelling": ("事件内容的写法与规定不符", "its event is not spelled the one way in which it may be"),
    "chain.broken": ("哈希链在此断开", "the hash chain is broken here"),
    "column.differs": (
        "索引列 {column} 为 {stands}，行内为 {line}",
        "the index column {column} says {stands}, the line {line}",
    ),
    "table.hidden": ("有 {hidden} 行不能经索引找到", "{hidden} row(s) cannot be found through the index"),
    "opening.malformed": ("第 0 行不是账本的开账记录", "line 0 does not open a ledger"),
    "opening.format": ("开账记录的格式或算法不认识", "the format or suite of line 0 is unknown"),
    "opening.fingerprint": (
        "账本指纹是 {stands}，不是所给的 {given}：这是另一本账，或开账记录被换",
        "the ledger's fingerprint is {stands}, not {given} as given: another ledger, or line 0 was replaced",
    ),
    "stream.version": (
        "案卷版本不连续：前为 {before}，此为 {version}",
        "the stream's version goes from {before} to {version}",
    ),
    "stream.mixed": ("案卷中混有未签署的行", "signed acts and unsigned lines are mixed in one stream"),
    "act.missing": ("该行应有签署的行为而没有", "a line of this type must hold a signed act and does not"),
    "act.malformed": ("行为格式不对：{detail}", "the act is malformed: {detail}"),
    "act.signature": ("签名与内容不符", "the signature does not fit the act"),
    "act.holder": ("签名密钥不属于签署人 {iss}", "the key belongs to another officer than {iss}"),
    "act.aud": ("行为签给账本 {signed}", "the act was signed for the ledger {signed}"),
    "act.case": (
        "行为签给案卷 {signed}，却记在 {stands}",
        "the act was signed for stream {signed} and stands in {stands}",
    ),
    "act.version": ("行为签作第 {signed} 版，却记作第 {stands} 版", "signed as version {signed}, recorded as {stands}"),
    "act.type": ("事件类型应为 {signed}，却记作 {stands}", "the event type must be {signed} and is {stands}"),
    "act.prev": (
        "签署人所见的前一行不是案卷的前一行：其间有行被改、被删或被插入",
        "the line that the signer saw is not the one before it in the stream: one was altered, removed or put between",
    ),
    "act.iat": ("签署时间晚于记账时间", "it was signed after it was recorded"),
    "act.on": ("发生日期 {on} 晚于签署日期 {signed}", "it took place on {on}, after it was signed on {signed}"),
    "act.countersignature": ("会签不对：{detail}", "a countersignature is wrong: {detail}"),
    "act.twice": (
        "同一签署人与 jti 的行为已记在第 {first} 行",
        "an act of this signer and jti stands on line {first} already",
    ),
    "act.relied": (
        "所依据的 {stream} 记作第 {relied} 版，当时为第 {found} 版",
        "it relies on version {relied} of {stream}, which then stood at {found}",
    ),
    "act.relied-own": (
        "所依据的内容没有 {stream} 的第 {version} 版，而每个行为都以它为依据",
        "what it relied on lacks version {version} of {stream}, on which every such act relies",
    ),
    "act.relied-signer": (
        "所依据的内容没有签署人 {stream} 的登记，而每个行为都以它为依据",
        "what it relied on lacks the registration of its signer {stream}, on which every act relies",
    ),
    "act.relied-behalf": (
        "所依据的内容没有被代理人 {stream} 的登记，而代理的行为以它为依据",
        "what it relied on lacks the registration of {stream}, on whose behalf it was done",
    ),
    "act.relied-form": ("所依据的内容格式不对：{detail}", "what it relied on is malformed: {detail}"),
    "follower.stray": (
        "{type} 须紧跟引出它的行为，此处没有这样的行为",
        "a line {type} stands directly after the act that brings it, and there is none that brings this one",
    ),
    "decision.refused": (
        "{act} 依本版规则不应准许：{zh} [{reason}]",
        "{act} would be refused by the rules of this release: {en} [{reason}]",
    ),
    "decision.relied": (
        "{act} 所记的依据与规则得出的不符：{what}",
        "what {act} is said to rest on is not what the rules make of it: {what}",
    ),
    "decision.unreadable": ("读不出行为，无从再判", "no act can be read here, so none was judged"),
    "follower.missing": ("此处应有前一行为引出的 {type}", "the line {type} that the act before it brings is not here"),
    "line.seal": (
        "{type} 不是账本自己为此处封签的，或内容不合格式：{detail}",
        "{type} was not sealed by the ledger for this place, or is malformed: {detail}",
    ),
    "seal.root": (
        "封记所记的案卷末行不是前 {size} 行的：所记根 {sealed}，应为 {stands}。签账密钥在此作了假",
        "the seal is not over the heads of the first {size} lines: it says root {sealed}, they make {stands}. Whoever"
        " holds the log key has said what is not so",
    ),
    "seal.size": (
        "封记所及行数 {size} 不对：应多于前一封记的 {before}，且都在它之前",
        "the seal is about {size} lines: it must be about more than the {before} of the one before, all before it",
    ),
    "seal.unverifiable": (
        "前 {size} 行中有缺行，封记无法核对",
        "the seal cannot be checked: lines are missing among the first {size}",
    ),
    "key.unknown": ("没有完好的行登记过密钥 {kid}", "no line that holds registers the key {kid}"),
    "key.not-valid": ("密钥 {kid} 在此处无效", "the key {kid} is not valid here"),
    "key.authority": (
        "签署人无权登记或注销这把密钥；该变更不予采信",
        "whoever signed it may not register or revoke this key; the change is not believed",
    ),
    "key.malformed": ("登记或注销密钥的内容读不了：{detail}", "the change of keys cannot be read: {detail}"),
    "tile.missing": ("缺哈希块（第 {level} 层）", "the tile is missing (level {level})"),
    "tile.wrong": ("哈希块与各行不符（第 {level} 层）", "the tile does not fit the lines (level {level})"),
    "tile.stray": ("多出的哈希块（第 {level} 层）", "a tile that nothing accounts for (level {level})"),
    "tile.twice": ("重复的哈希块（第 {level} 层）", "a tile that stands twice (level {level})"),
    "tile.unverifiable": (
        "其下缺行，无法核对（第 {level} 层）",
        "cannot be checked: lines are missing (level {level})",
    ),
    "head.missing": ("缺账头", "the head is missing"),
    "head.wrong": ("账头与各行不符", "the head does not fit the lines"),
    "head.twice": ("重复的账头", "heads that stand twice"),
    "head.beyond": ("账头所指之行不在账上", "the head is of lines that are not there"),
    "head.unverifiable": ("其前缺行，账头无法核对", "cannot be checked: lines are missing before it"),
    "vault.missing": ("保密库缺 {wanted} 项个人信息", "the vault lacks its {wanted} personal field(s)"),
    "vault.count": (
        "保密库有 {there} 项，应有 {wanted} 项",
        "the vault has {there} personal field(s) instead of {wanted}",
    ),
    "vault.stray": ("保密库中有账上没有的内容", "the vault holds something that no line accounts for"),
    "vault.twice": ("保密库中重复的内容", "the vault holds entries twice"),
    "vault.broken": ("个人信息打不开或不是所签的内容", "a personal field does not open, or is not what was signed"),
    "vault.malformed": (
        "保密库内容的项数或长度不可能是所封存的个人信息",
        "the vault's entry cannot be sealed personal fields: wrong number, empty, too short or too long",
    ),
    "vault.key-malformed": (
        "案卷 {stream} 的数据密钥长度不对，不可能打开",
        "the data key of {stream} is of a length that can never open",
    ),
    "vault.key-missing": ("案卷 {stream} 的数据密钥不在", "the data key of {stream} is missing"),
    "vault.key-stray": ("{stream} 有数据密钥而无个人信息", "{stream} has a data key and no personal fields"),
    "vault.key-broken": ("案卷 {stream} 的数据密钥打不开", "the data key of {stream} does not open"),
    "vault.key-name": ("案卷 {stream} 的主密钥名被改为 {kek}", "the data key of {stream} is said to be under {kek}"),
    "protection.table": ("表 {table} 异常：{what}", "the table {table} is not as it was made: {what}"),
    "protection.column": ("表 {table} 的列 {column} 异常", "column {column} of {table} is not as it was made"),
    "protection.constraint": ("表 {table} 失去约束 {what}", "{table} has lost its constraint {what}"),
    "protection.index": ("表 {table} 的索引 {what} 失效", "the index {what} of {table} is not valid"),
    "protection.trigger": (
        "表 {table} 的只增触发器不在或被改（{what}）：有人能改账",
        "the append-only trigger of {table} is gone or changed ({what}): somebody can change the ledger",
    ),
    "protection.stranger": ("表 {table} 有陌生的触发器 {what}", "{table} has a trigger that is not ours: {what}"),
    "protection.extra": ("表 {table} 多出不是本账的 {what}", "{table} has something that is not ours: {what}"),
    "protection.right": ("{role} 对 {table} 有 {what} 权限", "{role} has the right to {what} on {table}"),
    "protection.owner": (
        "{role} 就是（或属于）所有者 {owner}，能撤去只增保护：{what}",
        "{role} is the owner {owner}, or a member of it, and can take the protection away: {what}",
    ),
    "protection.role": (
        "{role} 具有 {what}：只增保护管不住它",
        "{role} has {what}, which goes past the append-only protection",
    ),
    "protection.setting": ("有设置使触发器失效：{what}", "a setting keeps triggers from firing: {what}"),
    "since.signature": (
        "{name}：此账头的签名不成立（{detail}），因此什么也证明不了：文件被改过，或是另一本账的账头，或账本的开账记录被换"
        "（用 --fingerprint 核对）",
        "{name}: not signed by this ledger's key ({detail}), so it proves nothing, for or against: the file was edited,"
        " or is another ledger's head, or line 0 was replaced (compare the fingerprint: --fingerprint)",
    ),
    "since.origin": ("{name}：是账本 {kept} 的账头", "{name}: a head of the ledger {kept}"),
    "since.root": (
        "{name}：前 {index} 行与当时的账头不符，历史被改写",
        "{name}: the first {index} lines are not those of then: history was rewritten",
    ),
    "since.truncated": (
        "{name}：当时有 {index} 行，现仅 {size} 行，账本被截短",
        "{name}: there were {index} lines, now {size}: the ledger was cut short",
    ),
    "since.unverifiable": ("{name}：其前缺行，无法核对", "{name}: cannot be checked, lines are missing before it"),
    "file.damaged": ("文件不完整：{detail}", "the file is damaged: {detail}"),
}

NOTES: dict[str, tuple[str, str]] = {
    "protection.bound": (
        "表 {table} 没有大小限制 {what}（由较早的版本建立）",
        "{table} has no bound {what} (made by an earlier version)",
    ),
    "protection.owner-writes": (
        "除所有者 {role} 外无人可以追加：服务若以它登录，便能撤去只增保护",
        "nobody but the owner {role} may append: a service that logs in as it can take the protection away",
    ),
    "protection.stored": (
        "为 {role} 存有设置 {what}（数据库 {database}）：请查明由谁所存",
        "the setting {what} is stored for {role} (database {database}): find out who stored it",
    ),
    "protection.definer": (
        "{role} 可以所有者的权力调用函数 {what}",
        "{role} may call {what}, which acts with the rights of an owner",
    ),
    "protection.event-trigger": (
        "有不是本账的事件触发器 {what}（{event}）",
        "there is an event trigger that is not ours: {what} ({event})",
    ),
    "key.compromised": (
        "所用密钥自第 {since} 行起据报失密；行为仍然有效，须人工审视",
        "signed with a key that is said to have been in other hands since line {since}; it stands, but look at it",
    ),
    "head.inside": (
        "此账头前后两次记账的时间相同：其间时钟停走或被拨回。不是问题，但这些行的先后以序号为准，不以时间为准",
        "what was recorded before and after this head bears one time: the clock stood still or was set back meanwhile."
        " No fault, but go by the lines' order there, not by their times",
    ),
    "clock.differs": (
        "本机时钟 {here}，数据库服务器时钟 {there}：请查明哪个不对",
        "this machine's clock says {here}, the database server's {there}: find out which is wrong",
    ),
}

PARTS: dict[str, tuple[str, str]] = {
    "lines": ("各行的格式、序号、时间、哈希链", "every line: form, index, time, hash chain"),
    "streams": ("各案卷的版本与所依据的版本", "every stream: versions, and versions relied on"),
    "signatures": ("各行为的签名、会签与声明", "every act: signature, countersignatures, claims"),
    "keys": ("密钥的登记与注销及其效力区间", "keys: registration, revocation, where they are valid"),
    "tree": ("哈希树", "the hash tree"),
    "columns": ("数据库各索引列", "the database's index columns"),
    "tiles": ("存储的哈希块", "the stored tiles"),
    "heads": ("存储的账头", "the stored heads"),
    "seals": ("各封记：案卷末行的图逐一重算", "every seal over stream heads, computed again"),
    "protection": ("数据库的只增保护", "the database's append-only protection"),
    "vault": ("保密库的完整", "the vault: nothing missing, nothing too many"),
    "vault-contents": ("保密库的内容（需主密钥）", "the vault's contents (needs the vault key)"),
    "kept-head": (
        "旁边给出的已签名账头（--since，或 文件.checkpoint）",
        "a signed head given beside it (--since, or FILE.checkpoint)",
    ),
    "fingerprint": ("账本指纹（--fingerprint）", "the fingerprint (--fingerprint)"),
    "decisions": (
        "办案是否依法：各行为是否应当准许（--decisions）",
        "whether each act was allowed by the rules of casework (--decisions)",
    ),
    "projections": ("查询用的派生表", "read models (they can be rebuilt from the ledger)"),
    "tracking": ("派生表的进度与快照", "their positions, and snapshots"),
    "documents": ("账外文件（账上只有摘要）", "documents kept outside the ledger (it holds their digests)"),
}

PLACES: dict[str, tuple[str, str]] = {
    "line": ("第 {at} 行", "line {at}"),
    "tile": ("哈希块 {at}", "tile {at}"),
    "head": ("账头 {at}", "head {at}"),
    "vault": ("保密库，第 {at} 行", "vault, line {at}"),
    "kept": ("留存账头 {at}", "kept head {at}"),
    "database": ("数据库", "database"),
    "file": ("文件", "file"),
}


class _Facts(dict[str, Any]):
    """A fact that a joined fault lacks is shown as a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"


def say(fault: Fault, language: str) -> str:
    """What is wrong, in `zh` or `en`."""
    texts = FAULTS.get(fault.code) or NOTES.get(fault.code) or (fault.code, fault.code)
    facts = {name: "–" if value is None else value for name, value in fault.params.items()}
    return texts[language != "zh"].format_map(_Facts(facts, index=fault.index))


def place(fault: Fault, language: str) -> str:
    """Where: one place, or from where to where."""
    at = f"{fault.index}" if fault.last == fault.index else f"{fault.index}–{fault.last}"
    if fault.index is None:
        return "" if fault.where == "vault" else PLACES[fault.where][language != "zh"]
    return PLACES[fault.where][language != "zh"].format(at=at)
