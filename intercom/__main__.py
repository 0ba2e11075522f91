"""`python -m intercom`."""

from intercom.cli import main

main()
