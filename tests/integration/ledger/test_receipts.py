"""Receipts made from what is stored: nobody is handed one that does not hold."""

from collections.abc import Iterator

import pytest

from ledger.errors import LedgerFaulty
from ledger.line import line_hash
from ledger.receipts import HeadSigner, make_receipt
from ledger.store import read_line
from tests.conftest import Database
from tests.tampering import tamper
from tests.torture.office import ORIGIN, Office
from tests.torture.rules import TABLES


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    office = Office(database.admin_dsn, seed=11)
    office.open()
    office.fill(300)  # more than one full tile
    yield office
    office.close()


def test_an_altered_line_under_a_full_tile_gets_no_receipt(office: Office):
    signer = HeadSigner(ORIGIN, [office.log])
    with office.connect() as connection:
        line = read_line(connection, TABLES, 12)
        assert line is not None
        make_receipt(connection, TABLES, signer, 12).verify(line_hash(line), [office.log.key], ORIGIN)
        tamper(office, "UPDATE {lines} SET line = set_byte(line, 400, get_byte(line, 400) # 1) WHERE index = 12")
        with pytest.raises(LedgerFaulty) as said:
            make_receipt(connection, TABLES, signer, 12)
        assert (said.value.code, said.value.params["index"]) == ("ledger.altered", 12)
        make_receipt(connection, TABLES, signer, 13)
