"""What is wrong with a document, or with an act of the archives."""

TEXTS: dict[str, tuple[str, str]] = {
    "archive.shelf": ("存放处 {shelf} 不在 {unit} 的范围内：材料移交给谁，由谁接收并签名。", ""),
    "archive.open": ("案件现为“{stage}”：停发退出、不予确认或不予受理之后才能结案归档。", ""),
    "archive.keep": ("保管期限 {given} 太短，至少保管到 {earliest}。", ""),
    "policy.no-rule": ("现行规则没有设定 {key}（{programme}）：请采用有此设定的规则包。", ""),
    "document.digest": (
        "内容的 SHA-256 是 {found}，与地址 {sha256} 不符，没有存入。请核对文件后重发。",
        "The SHA-256 of what came is {found}, not {sha256}: nothing was kept. Look at the file and send it again.",
    ),
    "document.kind": (
        "这不是可以存入的材料：只收 {known}，不收带宏的文件、其他压缩包和空文件。请另存为其中一种，扫描件宜用 PDF。",
        "This is no document that is kept here: send one of {known}; no macros, no other archives, nothing empty.",
    ),
    "document.altered": (
        "该摘要名下已有文件 {path}，内容却被改动过，没有覆盖。请保全并移走该文件，再重发，"
        "然后运行 mingzhang document check。",
        "A file stands under this digest at {path}, and was altered; it is not overwritten. Keep it as evidence, move"
        " it away, and send this one again; then run mingzhang document check.",
    ),
    "document.no-room": (
        "磁盘空间不足（须留出 {reserve} 字节），没有存入。请腾出空间后重发。",
        "The disk is full but for a reserve of {reserve} bytes: nothing was kept. Make room and send it again.",
    ),
}
