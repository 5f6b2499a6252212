"""`python -m api.publishing PARENT`."""

from api.publishing.running import main

main()
