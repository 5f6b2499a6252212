"""What is wrong with an act's form, the request, the ledger, the database."""

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
    "act.refused-before": (
        "这一行为先前已被拒绝（{refused_at}，第 {refused_line} 行），不再重审。情况若已改变，请重新签署。",
        "This very act was refused before ({refused_at}, line {refused_line}) and is not judged again. If things have"
        " changed since, sign a new one.",
    ),
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
    "commit.standby": ("同步备库没有确认，已写入的内容仍可能丢失，因此不作答复。请在备库恢复后重发同一行为。", ""),
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
    "ledger.seal": ("第 {index} 行的封记与其前各行不符。请运行 mingzhang verify。", ""),
    "ledger.no-key": ("账本的签名密钥缺失或不符：{path}。", ""),
    "witness-policy.invalid": ("见证策略（tlog-policy）不对（第 {line} 行，0 指全文）：{detail}。", ""),
    "ledger.behind": (
        "账本只有 {size} 行，而曾签署过 {seen} 行的账头：数据库退回了较早的状态，或丢失了行。已停止签署和记录。"
        "请恢复较新的备份，并见 deploy/README.md“落后的账本”。",
        "",
    ),
    "ledger.forked": (
        "账本与签署过的 {seen} 行的账头（{by}）不符：账本被改写，或有两本账用同一把密钥签署。已停止签署和记录。"
        "请原样保存 DATA，并见 deploy/README.md“落后的账本”。",
        "",
    ),
    "note.invalid": ("已公布的账头（DATA/tlog/checkpoint）不是本账本签署的，或文件已损坏。", ""),
    "witness.stale": (
        "自 {last} 起没有足够的见证方见证本账本（never 为从未），什么都没有记录。请检查见证方"
        "（GET /health 显示最近一次见证），恢复后重发同一行为。",
        "",
    ),
    "tile.path": (
        "没有这样的哈希片地址。写法如 /tile/0/000、/tile/0/x001/234、/tile/1/000.p/17。",
        "No tile is named so: write /tile/0/000, /tile/0/x001/234, /tile/1/000.p/17.",
    ),
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
