"""`make bench`: the budget of the design, measured on this machine beside the peers, in the same run."""
