"""Access cores: the systems that open locks, one file each. The vendor's words stop here.

Adapters of `ports.AccessCore`; nothing outside this room knows which one a site uses.
"""
