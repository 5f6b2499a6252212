"""Attacks on a ledger, and whether verification names them; kills of its database, and whether anything is lost."""
