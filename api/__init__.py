"""HTTP, streams, command line, console: the only room with a door to the outside."""
