"""What is true now, and on any day: rosters, histories, deadlines, indicators."""
