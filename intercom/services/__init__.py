"""Use cases: each verb gathers, decides (in the domain), stores and has the effects performed.

Services know the domain and the ports, nothing else. They return what the edge acknowledges and raise
`IntercomError` for what is refused. No locks: the database's compare-and-swap settles every race.
"""
