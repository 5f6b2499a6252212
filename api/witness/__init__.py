"""Witnesses (C2SP tlog-witness): being one, and asking others."""
