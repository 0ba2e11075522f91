"""A server with two sites and somebody in every role, for what must hold on each route and event.

Nothing here is asked for by name: tables of cases are made of the application's own routes, so that a new
one is held to the same.
"""
