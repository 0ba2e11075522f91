"""How a server is put together: a family a file, out of the settings and the families made before it.

    stores, adapters -> cores, accounts -> calls -> doors -> sites, panels -> edges -> pages

Each file has a frozen dataclass that holds what it made, and the function that makes it. What one family
must tell another that is made after it is a plain function in `news.News`. Nothing is started here: `app`
does that, and ends it. May import every room. Enters: `app`, and `cli` for names.
"""
