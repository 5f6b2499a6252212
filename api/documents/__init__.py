"""Files that acts name by their digests: kept, looked after, compared with what the ledger says."""
