"""The house.

A visitor presses a name at the door, every phone and browser of that flat rings with the
visitor's picture, and whoever picks up can talk and open the door.  The building runs all of
it on one machine of its own: pages, signalling, phonebook, history and the doorstation program.
Voice and picture go straight from device to device; the server only brings them together.

The rooms, from the street inwards.  Each may enter only those below its own line:

- ``cli``, ``app``, ``config``: start the house, put it together, settings
- ``signaling``, ``http``: the two edges that people and panels reach
- ``storage``, ``cluster``, ``push``, ``mail``, ``access``, ``ice``, ``identity``: one room for each
  kind of outside world
- ``panel``: the program inside a doorstation
- ``services``: what can be asked of the house
- ``ports``: what services need from the outside world
- ``domain``: values and decisions, nothing else

Of the rooms between ``config`` and ``services`` only the edges enter ``services``, and none knows
another.
"""

__version__ = "0.1.0"
