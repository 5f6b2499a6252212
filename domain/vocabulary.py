"""The words of casework, as codes with the law's term beside them once."""

from enum import StrEnum


class Programme(StrEnum):
    """What is applied for (民发〔2021〕57号, 43号)."""

    URBAN_MINIMUM = "urban_minimum"  # 城市低保
    RURAL_MINIMUM = "rural_minimum"  # 农村低保
    EXTREME_POVERTY = "extreme_poverty"  # 特困人员
    LOW_INCOME = "low_income"  # 低保边缘、低收入家庭


class Level(StrEnum):
    """Whose organisation an officer belongs to; read off the length of its administrative code."""

    COUNTY = "county"  # 县级民政部门
    TOWN = "town"  # 乡镇人民政府
    VILLAGE = "village"  # 村（社区）

    @staticmethod
    def of(unit: str) -> "Level":
        """The level of a 6-, 9- or 12-digit administrative code (行政区划代码)."""
        return {6: Level.COUNTY, 9: Level.TOWN, 12: Level.VILLAGE}[len(unit)]


class Stage(StrEnum):
    """Where a case stands."""

    SUBMITTED = "submitted"  # 已申请
    RETURNED = "returned"  # 待补正
    REJECTED = "rejected"  # 不予受理
    WITHDRAWN = "withdrawn"  # 已撤回申请
    ACCEPTED = "accepted"  # 已受理，审核中
    OPINED = "opined"  # 已提出审核意见
    GRANTED = "granted"  # 已确认
    REFUSED = "refused"  # 不予确认
    SUSPENDED = "suspended"  # 停发
    EXITED = "exited"  # 已退出


class VerificationState(StrEnum):
    """Where the county's 核查 of a confirmed case stands."""

    NONE = "none"
    DRAWN = "drawn"
    VISITED = "visited"
    PASSED = "passed"
    RECTIFYING = "rectifying"
    REPORTED = "reported"
    OVERTURNED = "overturned"


STAGE_ZH = {
    Stage.SUBMITTED: "已申请",
    Stage.RETURNED: "待补正",
    Stage.REJECTED: "不予受理",
    Stage.WITHDRAWN: "已撤回申请",
    Stage.ACCEPTED: "审核中",
    Stage.OPINED: "已提出审核意见",
    Stage.GRANTED: "已确认",
    Stage.REFUSED: "不予确认",
    Stage.SUSPENDED: "停发",
    Stage.EXITED: "已退出",
}
VERIFICATION_ZH = {
    VerificationState.NONE: "未抽中核查",
    VerificationState.DRAWN: "已抽中核查",
    VerificationState.VISITED: "已入户核查",
    VerificationState.PASSED: "核查通过",
    VerificationState.RECTIFYING: "限期整改",
    VerificationState.REPORTED: "已报整改",
    VerificationState.OVERTURNED: "已纠正确认",
}
