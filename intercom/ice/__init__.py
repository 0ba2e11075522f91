"""Helpers that let two ends find a path: STUN and TURN servers. Adapters of `ports.IceServers`."""
