"""`/admin`: the pages of whoever runs a site. A topic is a file here and a template beside it.

To add a page: write `http/admin/<topic>.py` with a class that takes `Frame` and the services it drives, and
give it `routes()`; each route is a `Route(..., page=True)` under `/admin/{site}/...` whose `needs` is the
power that the page wants. Its handler ends with

    return await self._frame.show(ask, "admin/<topic>.html", here="<topic>", rows=rows, said=SAID)

`here` is the key of the entry in the navigation (`frame.NAVIGATION`) that is marked as the present page.
`said` maps the codes of this topic's notices to sentences (`N_`): after a change, redirect by
`frame.done(f"/admin/{site}/<topic>", "thing_added")`, and the next page says the sentence once.
A form's `again=` handler passes `typed` and `errors` on to `show`, and its template draws every field by
the macros of `templates/admin/parts.html` (`{% import "admin/parts.html" as parts with context %}`), which
keep what was typed and put a sentence next to the field. Lists take `frame.Search` as their `query`.
In templates `base` is "/admin/{site}", `this` the site, `may` the powers of the person there (by their
values), and `moment(seconds)` writes a moment as the site's clocks show it.
The template extends `admin/base.html` and fills `heading`, `actions` and `content`.
Then put the class into `assembly/pages.py`, a line a route into `tests/http/test_routes.py`.
"""
