"""Pure values and decisions: what a call is, who rings, who may open.

Nothing here reads a clock, draws a random number, waits or touches a wire: time and identity come
in as arguments, what must happen goes out as values. Everybody may import this room; it imports
nobody.
"""
