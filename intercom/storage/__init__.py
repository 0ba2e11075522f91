"""Databases. Two files on SQLite: `intercom.db` (people, phonebook) and `live.db` (calls, openings).

Whoever imports thousands of residents holds the main file's write lock; the live file has its own,
so that no ring waits for it. Adapters here fulfil the storage ports and translate their library's
exceptions. Only `app` may enter.
"""
