"""Proving who somebody is: password hashing. Adapters of `ports.Passwords`."""
