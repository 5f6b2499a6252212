"""What is wrong with a request for an evidence bundle."""

TEXTS: dict[str, tuple[str, str]] = {
    "officer.evidence": (
        "制作证据包由承担“监督”或“纪检监察”职责的人员办理。请管理员先办理 officer.assign（mingzhang officer assign）。",
        "",
    ),
    "evidence.request": (
        "请求的 {where} 不合要求：{what}。请用 mingzhang evidence 签署。",
        "{where} of the request is not as it must be: {what}. Have it signed by `mingzhang evidence`.",
    ),
    "evidence.stale": (
        "请求的签署时间与本机相差超过 {seconds} 秒。请校准时钟后重新签署。",
        "The request was signed more than {seconds} seconds from now, by this machine's clock: sign a new one.",
    ),
    "evidence.used": ("这一请求已做过一次证据包，只能用一次。请重新签署。", ""),
    "evidence.no-reader": (
        "没有人能打开制作记录：请先由一名纪检监察人员登记阅读公钥（mingzhang officer add-reading-key）。",
        "Nobody could ever read the record of this bundle: let somebody of the commission register a reading key first"
        " (`mingzhang officer add-reading-key`).",
    ),
    "evidence.not-published": ("案件开立之后还没有发布过账头。请稍后再试；若一直如此，请查看 /ready。", ""),
    "evidence.nothing": ("该人员在这段时间里没有入账的行为。", ""),
    "evidence.too-large": (
        "证据包太大（{files} 行或文件，{bytes} 字节以上）。请减少案件、缩短时间，或用 --no-documents 不附材料。",
        "The bundle would be too large ({files} lines or files, {bytes} bytes or more): fewer cases, a shorter period,"
        " or --no-documents.",
    ),
    "evidence.changed": ("{name} 在读取时被改动，证据包未做成。请运行 mingzhang document check。", ""),
}
