"""Cookies, security headers, and the check that a request comes from our own pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from intercom.domain.errors import NotAllowed
from intercom.domain.ids import Secret
from intercom.domain.language import N_
from intercom.http.problems import problem


def policy(pictures: str = "") -> str:
    """A Content-Security-Policy: nothing inline, nothing from elsewhere, but `pictures` of this origin."""
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' data: {pictures}".rstrip(),
            "media-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}

TRUSTING = 5
"""How many people may trust one browser."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies. With `secure` (https) they carry the `__Host-` prefix (RFC 6265bis 4.1.3)."""

    secure: bool

    @property
    def session(self) -> str:
        """Name of the session's cookie."""
        return "__Host-intercom_session" if self.secure else "intercom_session"

    @property
    def panel(self) -> str:
        """Name of the panel key's cookie."""
        return "__Host-intercom_panel" if self.secure else "intercom_panel"

    @property
    def note(self) -> str:
        """Name of the cookie of a browser that has signed somebody in (`services.guesses`)."""
        return "__Host-intercom_known" if self.secure else "intercom_known"

    @property
    def half(self) -> str:
        """Name of the cookie between the password and the second step."""
        return "__Host-intercom_second_step" if self.secure else "intercom_second_step"

    @property
    def trusted(self) -> str:
        """Name of the cookie of a browser that is not asked for the second step; see `trusted_tokens`."""
        return "__Host-intercom_trusted" if self.secure else "intercom_trusted"

    @property
    def provider(self) -> str:
        """Name of the cookie of a browser that was sent to an OpenID provider."""
        return "__Host-intercom_provider" if self.secure else "intercom_provider"

    @property
    def visit(self) -> str:
        """Name of the cookie of a visitor's session."""
        return "__Host-intercom_visit" if self.secure else "intercom_visit"

    @property
    def visitor(self) -> str:
        """Name of the cookie that limits and blocks of visitors go by."""
        return "__Host-intercom_visitor" if self.secure else "intercom_visitor"

    @property
    def invitation(self) -> str:
        """Name of the cookie of a browser that opened an invitation and signs in for it."""
        return "__Host-intercom_invitation" if self.secure else "intercom_invitation"

    def trusted_tokens(self, request: web.Request) -> list[Secret]:
        """The trusted device's tokens: one for each of the people who share this browser."""
        value = request.cookies.get(self.trusted, "")
        return [Secret(token) for token in value.split(".")[:TRUSTING] if token]

    def trust(
        self, request: web.Request, response: web.StreamResponse, token: Secret, seconds: float
    ) -> None:
        """Give the browser one more of them; beyond `TRUSTING` the oldest goes."""
        tokens = [token, *self.trusted_tokens(request)][:TRUSTING]
        together = ".".join(token.reveal() for token in tokens)
        self.write(response, self.trusted, Secret(together), seconds)

    def read(self, request: web.Request, name: str) -> Secret | None:
        """The cookie's value."""
        value = request.cookies.get(name)
        return Secret(value) if value else None

    def write(self, response: web.StreamResponse, name: str, value: Secret, seconds: float) -> None:
        """Give the browser the cookie: never to scripts, never across sites but for plain links."""
        response.set_cookie(
            name,
            value.reveal(),
            max_age=int(seconds),
            httponly=True,
            secure=self.secure,
            samesite="Lax",
            path="/",
        )

    def clear(self, response: web.StreamResponse, name: str) -> None:
        """Take the cookie back."""
        response.del_cookie(name, path="/", secure=self.secure, httponly=True, samesite="Lax")


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a state-changing request that another site's page has made (Fetch Metadata, then Origin).

    A request with neither header comes from no browser, and so from nobody's stolen cookie.
    """
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        foreign = (
            site not in ("same-origin", "none") if site else origin is not None and _foreign(origin, request)
        )
        if foreign:
            return problem(NotAllowed(N_("This request came from another site's page.")))
    return await handler(request)


def _foreign(origin: str, request: web.Request) -> bool:
    return urlsplit(origin).netloc != request.host


def secured(secure: bool) -> Middleware:
    """A middleware that puts the security headers on every answer."""
    extra = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS | extra)
            raise
        if not response.prepared:
            for name, value in (HEADERS | extra).items():
                response.headers.setdefault(name, value)
        return response

    return middleware
