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

ENVELOPES: dict[str, tuple[str, str]] = {
    "envelope.too-large": (
        "内容有 {length} 字节，超过 {limit}。长的材料请另存，只写摘要。",
        "The paper has {length} bytes, more than {limit}: keep long material apart and give its digest.",
    ),
    "envelope.readers": ("读者的公钥须为 1 至 {most} 把。", "An envelope has 1 to {most} readers' keys."),
    "envelope.key": ("有读者的公钥不是 X25519 公钥。", "A reader's key is no public key of X25519."),
    "envelope.malformed": ("不是明账的密封件。", "This is no envelope of Mingzhang's."),
    "envelope.not-for-you": (
        "这把阅读密钥打不开：没有封给您，或密封件不属于这一行。",
        "This reading key does not open it: it is not for you, or belongs to another line.",
    ),
    "envelope.altered": ("密封件被改动过。", "The envelope was altered."),
    "envelope.commitment": (
        "打开的内容与行上的承诺不符：封的人说的和记的不一样。",
        "What is inside is not what the line commits to: whoever sealed it recorded something else.",
    ),
    "envelope.paper": ("密封的内容不是明账的格式。", "The sealed paper is none of Mingzhang's."),
    "envelope.place": ("密封的内容是为别处写的。", "The sealed paper was written for another place."),
}
"""What the command line says of envelopes. The service never opens one."""
