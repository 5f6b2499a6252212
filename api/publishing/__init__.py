"""Publishing what anybody may check: signed heads and hash tiles, as files and over HTTP."""
