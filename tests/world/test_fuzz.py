"""The API fuzzed from its own document: no fault of ours, and no answer that the document does not know.

Signed in as four people in turn; the same inputs in each run, and at most a quarter of a minute a person.
"""

from __future__ import annotations

import contextlib
import copy
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests import Session as HttpSession
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.house import House
from tests.world import people
from tests.world.cases import IDS, own, path_names
from tests.world.people import HERE, World, token

EXAMPLES: dict[str | None, int] = {None: 1, "resident": 1, "admin": 1, "owner": 4}
"""How many inputs of each kind an operation gets, by who asks; None is nobody. The mightiest comes last."""
SECONDS = 16.0
"""After so long the rest gets one input each."""
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDS = ("delete", "remove", "leave", "sessions", "password", "ownership", "deactivate", "revoke")
"""Operations whose addresses say so come last: they may end what the others need."""


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, World]]:
    """A house of its own: it is not the same afterwards."""
    house = House(tmp_path_factory.mktemp("fuzzed"), command="serve", log_level="warning")
    world = people.seed(house.data)
    house.start()
    yield house, world
    house.close()
    assert not house.faults(), house.log.read_text()[-4000:]


def operations(document: dict[str, Any]) -> list[APIOperation[Any, Any, Any]]:
    """All of the document, those that end something last."""
    schema = schemathesis.openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations()]
    return sorted(found, key=lambda one: (any(word in one.label.lower() for word in ENDS), one.label))


@pytest.mark.parametrize("person", list(EXAMPLES), ids=str)
def test_no_input_finds_a_fault_or_an_answer_that_is_not_written_down(
    fuzzed: tuple[House, World], person: str | None
) -> None:
    house, world = fuzzed
    ids = {**world.ids[HERE], **{kind: f"{kind}-of-{person}" for kind in ("device", "factor")}}
    started = time.monotonic()
    answers: Counter[int] = Counter()
    faults: list[str] = []
    with HttpSession() as http:
        for operation in operations(house.document.document):
            late = time.monotonic() - started > SECONDS
            names = {name: own(ids, name) for name in path_names(operation.path) if name in IDS}
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _fuzz(
                    operation,
                    mode,
                    1 if late else EXAMPLES[person],
                    names,
                    http,
                    house,
                    person,
                    answers,
                    faults,
                )
    assert not faults, "\n\n".join(faults[:20])
    assert answers.total() > 50
    assert {200, 422} <= set(answers) or person is None
    assert house.ask("GET", "/readyz").status == 200, "the house is not alive any more"
    print(f"{person}: {dict(answers)} in {time.monotonic() - started:.0f} s")


def _fuzz(
    operation: APIOperation[Any, Any, Any],
    mode: GenerationMode,
    number: int,
    names: dict[str, str],
    http: HttpSession,
    house: House,
    person: str | None,
    answers: Counter[int],
    faults: list[str],
) -> None:
    cookies = {"intercom_session": token(person)} if person else {}
    try:
        cases = operation.as_strategy(generation_mode=mode, path_parameters=names or None)
    except Exception:  # nothing to make wrong
        return

    @seed(7)
    @settings(
        max_examples=number,
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def once(case: Any) -> None:
        if names:
            case.path_parameters = {**(case.path_parameters or {}), **names}
        case.cookies = {**cookies}  # one of its own making would be nobody's
        try:
            response = case.call(base_url=house.base, session=http, allow_redirects=False)
            answers[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)
        except (Exception, FailureGroup) as error:
            faults.append(f"{operation.label} as {person}: {str(error)[:1500]}")

    with contextlib.suppress(Unsatisfiable):  # nothing can be wrong with what takes nothing
        once()


def test_the_fuzz_finds_what_the_document_does_not_say(fuzzed: tuple[House, World]) -> None:
    house, _ = fuzzed
    told = copy.deepcopy(house.document.document)
    path = "/api/v1/panels/enroll"
    told["paths"] = {path: told["paths"][path]}
    del told["paths"][path]["post"]["responses"]["422"]
    faults: list[str] = []
    with HttpSession() as http:
        (operation,) = operations(told)
        _fuzz(operation, GenerationMode.NEGATIVE, 3, {}, http, house, None, Counter(), faults)
    assert faults
    assert "422" in faults[0]
