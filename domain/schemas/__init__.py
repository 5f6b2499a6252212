"""What each act may say: one file a stream or stage."""
