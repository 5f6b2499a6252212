"""What is wrong with a delegation, with who confirms, with places."""

TEXTS: dict[str, tuple[str, str]] = {
    "delegation.not-allowed": ("本案所依规则不允许下放确认权限，应由县级确认。", ""),
    "delegation.none": ("该镇对此项目没有有效的确认权限，应由县级确认。", ""),
    "delegation.ceiling": ("该镇每户每月最多可确认 {ceiling_fen} 分，本件为 {amount_fen} 分，应由县级确认。", ""),
    "delegation.town-confirms": (
        "此项确认权限已授予该镇（授权），应由该镇确认；县级要自行确认，须先收回或暂停权限。",
        "",
    ),
    "delegation.nothing": ("{act} 无可变更：自该日起，该镇没有此行为能改变的权限。", ""),
    "delegation.wider": ("限制只能缩小权限，{what} 反而放宽了；要扩大请重新下放（delegation.grant）。", ""),
    "place.gone": ("{place} 已（或将）并入 {into}，请用 {into}。", ""),
    "delegation.day": ("{day} 太早，最早为 {first}。", ""),
}

WHYS: dict[tuple[str, str], tuple[str, str]] = {
    ("delegation.none", "never"): ("从未向该镇下放确认权限，应由县级确认。", ""),
    ("delegation.none", "other_programme"): ("下放给该镇的确认权限不含此项目（{programme}），应由县级确认。", ""),
    ("delegation.none", "not_yet"): ("该镇的确认权限自 {since} 起才生效，此前由县级确认。", ""),
    ("delegation.none", "ended"): ("该镇的确认权限已于 {since} 到期，应由县级确认；继续下放须另发文件。", ""),
    ("delegation.none", "limited"): ("县级自 {since} 起不再向该镇下放此项目（{programme}），应由县级确认。", ""),
    ("delegation.none", "suspended"): ("该镇的确认权限自 {since} 起暂停，恢复之前由县级确认。", ""),
    ("delegation.none", "withdrawn"): ("该镇的确认权限自 {since} 起已收回，应由县级确认。", ""),
}
"""Of refusals that come with a `why`: (code, why) -> (中文, English), instead of what `TEXTS` says of the code."""
