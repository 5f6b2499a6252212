"""What is wrong with officers, keys and countersignatures."""

TEXTS: dict[str, tuple[str, str]] = {
    "key.invalid": ("不能接受的公钥：{detail}。", ""),
    "key.unknown": ("没有人登记过这把密钥。", ""),
    "key.not-valid": ("这把密钥在账本的此处无效（未生效或已注销）。", ""),
    "key.taken": ("这把密钥已登记过，请另生成一把。", ""),
    "key.self": ("密钥不能注销自己：请用本人的另一把密钥，或由管理员办理。", ""),
    "key.not-held": ("该人员没有这把密钥。", ""),
    "countersignature.typ": ("会签的 typ 应为 {typ}。", ""),
    "countersignature.same": ("两个签名必须来自两个人。", ""),
    "countersignature.payload": ("会签的内容不对，应为：{expected}", ""),
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
    "officer.declare-own": ("近亲属由本人以自己的密钥申报。", ""),
    "officer.kin": ("该家庭是办理人（{officer}）本人或其近亲属，应由他人办理（回避）。", ""),
    "officer.apart": ("{officer} 在本案中属于 {part}，不得再办理此事，应由他人办理。", ""),
    "officer.place": ("不在该人员的辖区（{unit}）之内。", ""),
    "key.malformed": ("第 {index} 行登记或注销密钥的内容读不了：{detail}。请运行 mingzhang verify。", ""),
}
