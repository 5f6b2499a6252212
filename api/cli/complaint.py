"""`mingzhang complaint`: complaints 举报投诉, sealed; the ledger shows that there is one, and nothing else."""

import typer

from api.cli.sealed_commands import add_reading, add_step

complaints = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help=(
        "举报投诉：受理、交办、答复、办结、阅读。Complaints: lodge, assign, answer, close, read.\n\n"
        "内容密封给指明的人，账上只有承诺；乡镇看不到是谁、说了什么。每件都要答复（57号第三十七条）。\n\n"
        "What is said is sealed to named readers; the ledger has commitments only. Every one is answered (57号 Art 37)."
    ),
)

add_step(complaints, "complaint.lodge", "受理一件举报。Take in a complaint.")
add_step(complaints, "complaint.assign", "交办：谁来查，何时答复。Say who checks it, and until when.")
add_step(complaints, "complaint.answer", "答复：查明什么，怎样告知。What the check found, and how they were told.")
add_step(complaints, "complaint.close", "办结；须先答复。Close it, once it has been answered.")
add_reading(complaints, "complaint")
