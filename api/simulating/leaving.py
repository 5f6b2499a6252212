"""退出: with notice, after a posting where the law wants one, by death; and what was paid after a death."""

from api.simulating.filing import close
from api.simulating.life import Life, Step, Steps
from domain.rulings.amounts import month_after


def leave(life: Life, reason: str) -> Steps:
    """退出, with notice."""
    if life.household.programme == "extreme_poverty":
        yield life.wait(3).step("head", "exit.propose", {"reason": reason, "form": life.paper("proposal to end")})
        posting = {"village": life.household.village, "days": 7, "photograph": life.paper("posting of the end")}
        yield life.wait(1).step("assistant", "review.post", posting)
        life.wait(4)
    life.wait(5)
    ended = {"reason": reason, "starting": month_after(life.day)}
    if reason == "voluntary":
        ended["paper"] = life.paper("voluntary exit")
    yield life.step("head", "exit.end", ended)
    yield life.wait(1).step(life.handler, "confirm.notify", life.notice("exit"))


def pass_away(life: Life) -> Steps:
    """Somebody who lives alone dies, and it is reported within days."""
    died = life.wait(3).day
    report = {"kind": "death", "day": str(died), "members": 1, "paper": life.paper("death")}
    yield life.wait(6).step("assistant", "review.report", report)
    yield life.wait(4).step("head", "exit.end", {"reason": "death", "starting": month_after(died)})
    yield close(life)


def die(life: Life) -> Steps:
    """Somebody who lives alone dies; it is reported in time, or the payments go on, to whom the account is now."""
    died = life.wait(60).day
    months = {"death_in_time": 2, "paid_after_death": 8, "inherited": 12}[life.planted or ""]
    paid = life.paid
    if life.planted == "inherited":
        yield bank_row(life.wait(20), month_after(died), 0, "account_changed")
    for month in range(1, months):
        yield bank_row(life.wait(30), month_after(died, month), paid, "paid")
    if life.now >= life.until:
        return
    report = {"kind": "death", "day": str(died), "members": 1, "paper": life.paper("death")}
    yield life.wait(3).step("assistant", "review.report", report)
    yield life.wait(4).step("head", "exit.end", {"reason": "death", "starting": month_after(died)})
    life.shown = True
    if life.planted == "death_in_time":
        found = {"first": month_after(died), "last": month_after(died, months - 1), "fen": paid * (months - 1)}
        form = {"cause": "death", "form": life.paper("overpayment")}
        yield life.wait(5).step("county/supervisor2", "payment.overpay", {**found, **form})
        back = {"fen": paid * (months - 1), "receipt": life.paper("receipt")}
        yield life.wait(10).step("county/supervisor2", "payment.recover", back)
        yield close(life)


def bank_row(life: Life, month: str, fen: int, result: str) -> Step:
    """A row of the bank's return file (银行回盘)."""
    bank = {"file": life.office.seed.digest(f"bank/{month}/{result}"), "row": life.household.number + 1}
    row = {"month": month, "fen": fen, "result": result, **bank}
    return life.step("county/supervisor2", "payment.record", row, frame={"basis": "system"})
