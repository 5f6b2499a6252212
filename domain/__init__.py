"""Cases, officers, delegations, rules. Pure code: no SQL, no HTTP."""
