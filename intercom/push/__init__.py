"""Web Push (RFC 8030, 8291, 8292): rings browsers that have no page open.

What is sent says that something happened and which call; names and pictures never leave this way.
"""
