"""Whether an act is allowed: one file a kind of stream."""
