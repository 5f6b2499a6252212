"""成批办理: one list to look at, then one signed act a case (`domain.bulk` computes it)."""
