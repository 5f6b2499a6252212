"""A simulated county on a running service, and what its officers do besides."""

from api.cli.sending import Signer, sign_and_send
from api.client import Client
from api.simulating.office import Office, staff
from api.simulating.play import Plan, Played, play
from api.simulating.seed import Seed
from domain.pack_text import read_pack
from domain.packs import text_of
from domain.streams import policy_id


def simulated(client: Client, seed: str, households: int, years: int = 1) -> tuple[Office, Played]:
    """Play a county; its officers, and what was played."""
    played = play(client, Plan(seed, households, years), lambda at, acts: None)
    office = Office(Seed(seed), client.head()["origin"])
    staff(office)
    return office, played


def raise_standard(client: Client, office: Office) -> None:
    """The county adopts higher standards: 农村低保 by 35 yuan, 城市低保 by 40."""
    text = text_of("county-defaults").replace('pack = "county-defaults"', 'pack = "raised"')
    pack = read_pack(text := text.replace("value = 50000", "value = 53500").replace("value = 70000", "value = 74000"))
    stream, said = policy_id(office.origin), {"sha256": pack.sha256, "starting": "2026-01-01"}
    one, other = (office.officers[f"county/{name}"] for name in ("supervisor1", "inspector1"))
    proposed = {"kind": "county", "name": "raised", "text": text, **said}
    sign_and_send(client, Signer(one.id, one.private), "policy.propose", proposed, stream=stream)
    sign_and_send(client, Signer(other.id, other.private), "policy.adopt", {"pack": "raised", **said}, stream=stream)
