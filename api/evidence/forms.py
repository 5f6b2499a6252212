"""The forms that procedure asks for beside electronic data, filled in and ready to be signed.

电子数据提取笔录, 电子数据清单, 运行环境与保管说明 (法发〔2016〕22号 Art 14; 监察法实施条例 Art 123). What only people
know is left to them.
"""

import platform
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import new
from importlib.metadata import version

from api.evidence.bag import Content
from api.evidence.bundle import Bundle
from api.evidence.paper import Block, Heading, Paper, Para, Signatures, Table, pairs
from api.evidence.report import KIND_ZH, SIMULATION
from api.evidence.told import beijing
from ledger.checkpoint import parse_checkpoint
from ledger.note import parse_note

BASIS = "法发〔2016〕22号第十四条、监察法实施条例第一百二十三条"
BLANK = "＿＿＿＿＿＿＿＿＿＿＿＿"
FORMATS = {
    # ending of a name: (类别, 文件格式)
    "bundle.json": ("范围和目录", "JSON"),
    ".ndjson": ("账本各行", "JSON，一行一项"),
    "checkpoint": ("账头", "C2SP signed note"),
    "policy": ("见证规则", "C2SP tlog-policy"),
    ".tlog-proof": ("收据", "C2SP tlog-proof"),
    "seal.json": ("案卷末行的证明", "JSON"),
    ".toml": ("规则包", "TOML"),
    ".json": ("已列出的个人信息", "JSON（RFC 9901）"),
    ".html": ("报告", "HTML"),
    ".pdf": ("报告、材料", "PDF"),
    ".tsr": ("时间戳", "RFC 3161"),
    ".pem": ("时间戳证书", "PEM"),
    ".checkpoint": ("所盖时间戳的账头", "C2SP signed note"),
    ".jpg": ("材料扫描件", "JPEG"),
    ".png": ("材料扫描件", "PNG"),
    ".tif": ("材料扫描件", "TIFF"),
    ".txt": ("材料", "文本"),
    ".ofd": ("材料", "OFD"),
    ".xlsx": ("材料", "XLSX"),
    ".docx": ("材料", "DOCX"),
}


@dataclass(frozen=True)
class Surroundings:
    """What the service runs on: `database` as the server names itself, `opened` when line 0 was written."""

    database: str
    opened: str


def forms_of(bundle: Bundle, around: Surroundings, listed: Mapping[str, Content]) -> dict[str, Paper]:
    """The forms by the names of their files; `listed` are the files that the inventory names."""
    return {
        "extraction": _extraction(bundle, len(listed)),
        "inventory": _inventory(bundle, listed),
        "custody": _custody(bundle, around),
    }


def _paper(bundle: Bundle, title: str, blocks: Iterator[Block]) -> Paper:
    foot = f"{title}　{bundle.said['origin']}　{beijing(bundle.made)}（北京时间）"
    return Paper(title, foot, tuple(blocks), SIMULATION if bundle.said["simulation"] else "")


def _extraction(bundle: Bundle, files: int) -> Paper:
    checkpoint = parse_checkpoint(parse_note(bundle.checkpoint).text)
    scope, wanted = bundle.wanted.scope, bundle.wanted

    def blocks() -> Iterator[Block]:
        yield Para(f"依据：{BASIS}。带横线处由提取人员填写。")
        yield pairs(
            [
                ("案由", BLANK),
                ("对象", f"账本 {bundle.said['origin']}（指纹 {bundle.said['fingerprint']}）"),
                ("内容", f"{KIND_ZH[scope.kind]}：{'、'.join(scope.cases) or scope.officer or scope.referral}"),
                ("提取时间", f"{beijing(bundle.made)}（北京时间，服务所在机器的时钟）"),
                ("地点", BLANK),
                ("提取人员及单位", BLANK),
                ("持有人（提供人）", BLANK),
                ("见证人", BLANK),
                ("申请", f"人员 {wanted.officer} 以本人密钥签署请求（{wanted.jti}），由服务核对签名、职责和时效"),
            ],
            0.2,
        )
        yield Heading("方法和过程")
        steps = (
            f"服务先对当时的账头签名：{checkpoint.size} 行，树根 {checkpoint.root.hex()}。",
            "从账本逐字节取出所申请的各行，以及第 0 行、全部密钥变更行、所涉人员的登记行、所引的规则和下放的行，"
            "未作转换。",
            "为每一行算出到账头的收据；与树根不符的，提取即告失败。",
            "个人信息依收件人的权限从保密库取出；未取出的，逐项列明摘要和原因。",
            "材料按账上的摘要从材料库取出，逐件重算 SHA-256；缺失或不符的，列明。",
            f"按 BagIt（RFC 8493）装包，共 {files} 个文件列入清单，每个文件有 SHA-256；再以固定方式压缩。",
        )
        yield Table((("", 0.06), ("", 0.94)), tuple((str(n), one) for n, one in enumerate(steps, 1)), titled=False)
        yield Heading("完整性")
        yield Para(f"压缩包的 SHA-256（交付时算出填写）：{BLANK}{BLANK}")
        yield Para(f"未提取的内容及原因：见报告第五部分，个人信息 {len(bundle.disclosed.withheld)} 项、其他 "
                   f"{len(bundle.absent)} 项。")  # fmt: skip
        yield Para(f"录像：{BLANK}　　备注：{BLANK}")
        yield Signatures(("提取人员", "提取人员", "持有人（提供人）", "见证人"))

    return _paper(bundle, "电子数据提取笔录", blocks())


def _inventory(bundle: Bundle, listed: Mapping[str, Content]) -> Paper:
    def blocks() -> Iterator[Block]:
        yield Para(f"共 {len(listed)} 个文件，均在包内 data/ 之下；本清单和另两份表格不列入。")
        rows = []
        for number, (name, content) in enumerate(sorted(listed.items()), 1):
            kind, form = _format(name)
            named = f"{name}\n{kind}，{form}，{content.size:,} 字节"
            rows.append((str(number), named, f"{content.sha256}\n{sm3(content)}"))
        columns = (("序号", 0.06), ("文件；类别，文件格式，大小", 0.3), ("SHA-256（上）、SM3（下）", 0.64))
        yield Table(columns, tuple(rows))
        yield Signatures(("提取人员", "提取人员", "持有人（提供人）", "见证人"))

    return _paper(bundle, "电子数据清单", blocks())


def _format(name: str) -> tuple[str, str]:
    if name.startswith("documents/") and name.endswith(".pdf"):
        return "材料扫描件", "PDF"
    if name == "report.pdf":
        return "报告", "PDF"
    return next((said for ending, said in FORMATS.items() if name.endswith(ending)), ("其他", "未识别"))


def sm3(content: Content) -> str:
    """SM3 (GB/T 32905) in hex, where this machine's OpenSSL has it; else words that say so."""
    try:
        hashed = new("sm3", usedforsecurity=False)
    except ValueError:
        return "本机的 OpenSSL 没有 SM3，未算"
    for piece in content.pieces():
        hashed.update(piece)
    return hashed.hexdigest()


def _custody(bundle: Bundle, around: Surroundings) -> Paper:
    def blocks() -> Iterator[Block]:
        yield Heading("运行环境")
        yield pairs(
            [
                ("系统", f"明账 Mingzhang {version('mingzhang')}"),
                ("操作系统", f"{platform.system()} {platform.release()}（{platform.machine()}）"),
                ("Python", f"{platform.python_version()}；cryptography {version('cryptography')}"),
                ("密码库", ssl.OPENSSL_VERSION),
                ("数据库", around.database),
                ("账本", bundle.said["origin"]),
                ("开账时间", f"{beijing(around.opened)}（北京时间）"),
                ("运行单位", BLANK),
                ("机房地点", BLANK),
            ],
            0.2,
        )
        yield Heading("数据怎样形成")
        made = (
            "每项行为由办理人员用本人密钥签名（Ed25519 或 ES256），写明所见的前一行的哈希；私钥不在服务器上。",
            "服务核对签名、权限和规则后入账，入账时间取自服务器时钟；时钟与数据库或上一行相差过大时停止入账。",
            "每行含前一行的哈希，全部的行构成一棵哈希树（RFC 9162），账头由账本密钥签名。",
            "个人信息在账上只有加盐摘要，原文按案件加密存于保密库。",
        )
        yield Table((("", 0.06), ("", 0.94)), tuple((str(n), one) for n, one in enumerate(made, 1)), titled=False)
        yield Heading("怎样保管")
        kept = (
            "数据库角色只能查询和追加，不能修改、删除；数据库所有者能绕过，因此另有账头、见证和收据可供发现改写。",
            "材料以其 SHA-256 为名存放，不覆盖；取出时重算。",
            "制作证据包会入账；为谁制作，密封给纪检监察。",
        )
        yield Table((("", 0.06), ("", 0.94)), tuple((str(n), one) for n, one in enumerate(kept, 1)), titled=False)
        yield pairs(
            [
                ("备份方式和地点", BLANK),
                ("时钟校准", BLANK),
                ("密钥保管人", BLANK),
                ("运行期间的故障、停机、恢复", BLANK),
                ("经手人员", BLANK),
            ],
            0.3,
        )
        yield Signatures(("系统运行负责人", "单位（盖章）"))

    return _paper(bundle, "运行环境与保管说明", blocks())
