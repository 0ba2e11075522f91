"""The Socket.IO edge: two namespaces, `/panel` and `/resident`, one small handler for each message.

A handler looks up, asks a service and passes on; what a message may look like is in `wire`, what goes
out in `outbox`. Enters: `app`. Drives: services.
"""
