"""Errors as problem+json (RFC 9457), with the codes of `domain.errors`."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp import web

from intercom import language
from intercom.domain import errors
from intercom.domain.errors import IntercomError, code_of

_STATUS: list[tuple[type[IntercomError], HTTPStatus]] = [
    (errors.TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.BadMessage, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.TryLater, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.VisitOver, HTTPStatus.UNAUTHORIZED),
    (errors.NotSignedIn, HTTPStatus.UNAUTHORIZED),
    (errors.NotEnrolled, HTTPStatus.UNAUTHORIZED),
    (errors.WrongCredentials, HTTPStatus.UNAUTHORIZED),
    (errors.SecondStepNeeded, HTTPStatus.UNAUTHORIZED),
    (errors.PasskeyRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.ProviderFailed, HTTPStatus.BAD_GATEWAY),
    (errors.NoAccount, HTTPStatus.FORBIDDEN),
    (errors.WrongCode, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.NotAllowed, HTTPStatus.FORBIDDEN),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.WrongMethod, HTTPStatus.METHOD_NOT_ALLOWED),
    (errors.LinkOver, HTTPStatus.GONE),
    (IntercomError, HTTPStatus.CONFLICT),
]


def status_of(error: IntercomError) -> HTTPStatus:
    """The HTTP status of a refusal. What is our own fault is a 500, and logged where it is made."""
    if type(error) is IntercomError:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def problem(error: IntercomError) -> web.Response:
    """The refusal as problem+json, in the language of the running request."""
    status = status_of(error)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": language.translate(error.message),
        "code": code_of(error),
        **({"details": language.translated(error.details)} if error.details else {}),
    }
    headers = {"Retry-After": str(error.details["retry_after"])} if isinstance(error, errors.TooMany) else {}
    return web.Response(
        body=orjson.dumps(body), status=status, headers=headers, content_type="application/problem+json"
    )
