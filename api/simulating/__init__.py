"""A made-up county that plays itself, through the same signed acts as everybody's. Nobody in it exists."""
