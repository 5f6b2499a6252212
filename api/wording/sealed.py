"""What is wrong with complaints, referrals, duties, and the keys that sealed papers are for."""

TEXTS: dict[str, tuple[str, str]] = {
    "officer.duty": (
        "{act} 由承担“{duties_zh}”职责的人员办理。请管理员先办理 officer.assign（mingzhang officer assign）。",
        "",
    ),
    "officer.own-duties": ("不能给自己指派职责：请另一名管理员办理。", ""),
    "officer.duty-level": ("监督和纪检监察职责只指派给县级人员。", ""),
    "officer.own-reading-key": ("阅读公钥由本人登记，不能替别人登记。", ""),
    "officer.reading-key-known": ("这把阅读公钥已是您的。", ""),
    "officer.reading-key-unknown": ("该人员没有这把阅读公钥。", ""),
    "officer.reading-keys": ("每人至多 {most} 把阅读公钥：请先停用一把。", ""),
    "sealed.order": ("现为“{stage}”，不能办理 {act}；须在“{stages}”时办理。", ""),
    "sealed.unknown": ("没有这件举报或移交：举报从 complaint.lodge 开始，移交从 referral.open 开始。", ""),
    "sealed.stream": ("这个编号是别的案卷，不是这类举报或移交。", ""),
    "sealed.direct": ("举报和移交由本人直接签署：行上不得出现他人（纸质补录、代办都会写明他人）。", ""),
    "sealed.id": ("举报和移交的编号须为随机 UUID（第 4 版），以免被推出所指。", ""),
}
