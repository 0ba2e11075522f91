"""The HTTP edge: pages for people, `/api/v1` for programs, one table of routes for both.

Each route states who may call it and what it takes; `routes` enforces that before the handler runs.
Enters: `app`. Drives: services.
"""
