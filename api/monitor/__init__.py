"""`mingzhang monitor`: following a ledger from outside, keeping what it showed, and raising the alarm."""
