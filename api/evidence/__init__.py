"""Evidence bundles (证据包): what a ledger says of some cases or of an officer, for checking without asking anybody."""
