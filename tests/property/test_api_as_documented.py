"""The document is as strict as the API: what it calls valid is never refused for its shape, and
what it does not is 400 with the field named, for every route it has."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyeonji_api import calls
from tests.support.api import Answer, Api, openapi
from tests.support.company import days_ago, deliver, letter_bytes

Schema = dict[str, Any]
#: A list is not made longer than this to find out that it may be so long.
FEW = 4
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
#: What a schema cannot say, and the document says in words: two days in the wrong order; limits of
#: an installation; the language of searches; which `after` a page ended with; names of mailboxes.
MEANING = {
    ("period.to", "ends_before_it_begins"),
    ("keys", "missing_field"),
    ("keys", "unknown_field"),
    ("keep", "out_of_range"),
    ("volume_bytes", "out_of_range"),
    ("numbers", "unknown_value"),
    ("after", "unknown_value"),
    ("path", "bad_path"),
    ("path", "bad_length"),
    ("path", "bad_character"),
    ("filename", "bad_character"),
    *(
        (name, f"query_{problem}")
        for name in ("q", "query")
        for problem in ("empty", "date", "size", "value")
    ),
}


def resolved(schema: Schema) -> Schema:
    """The schema itself, where another is named."""
    while "$ref" in schema:
        found: Any = openapi()
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def operations() -> Iterator[tuple[str, str, Schema]]:
    for path, methods in sorted(openapi()["paths"].items()):
        for method, operation in methods.items():
            if method != "parameters":
                yield method.upper(), path, operation


def body_of(operation: Schema) -> Schema | None:
    if "requestBody" not in operation:
        return None
    return resolved(resolved(operation["requestBody"])["content"]["application/json"]["schema"])


def queries_of(operation: Schema) -> dict[str, Schema]:
    """By name; `_required` says whether it must be there."""
    parameters = [resolved(each) for each in operation.get("parameters", [])]
    return {
        each["name"]: resolved(each["schema"]) | {"_required": each.get("required", False)}
        for each in parameters
        if each["in"] == "query"
    }


def types_of(schema: Schema) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def valid(schema: Schema) -> st.SearchStrategy[Any]:
    """Anything the schema allows."""
    schema = resolved(schema)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of([valid(each) for each in schema["oneOf"]])
    return st.one_of([_of_type(kind, schema) for kind in types_of(schema)])


def _of_type(kind: str, schema: Schema) -> st.SearchStrategy[Any]:
    if kind == "null":
        return st.none()
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        least, most = schema.get("minimum"), schema.get("maximum")
        return st.integers(least, most) | st.sampled_from(
            [each for each in (least, most) if each is not None] or [0]
        )
    if kind == "array":
        most = min(FEW, schema.get("maxItems", FEW))
        return st.lists(valid(schema["items"]), min_size=schema.get("minItems", 0), max_size=most)
    if kind == "object":
        fields, wanted = schema.get("properties", {}), schema.get("required", [])
        made: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {name: valid(fields[name]) for name in wanted},
            optional={name: valid(fields[name]) for name in fields if name not in wanted},
        )
        return made.filter(lambda each: len(each) >= schema.get("minProperties", 0))
    return _text(schema)


def _text(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).filter(
            lambda text: len(text) <= schema.get("maxLength", 99)
        )
    if schema.get("format") == "date":
        return st.dates(date(1970, 1, 1), date(2200, 1, 1)).map(date.isoformat)
    if schema.get("format") == "email":
        return st.just("kim@acme.example") | st.from_regex(
            r"[a-z]{1,9}@[a-z]{1,9}\.example", fullmatch=True
        )
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    texts = TEXTS.filter(lambda text: len(text) >= least)
    edge = st.sampled_from([least, 3_000 if most is None else most])
    return texts | edge.map(lambda length: "가" * length)


def wrongs(schema: Schema) -> Iterator[Any]:
    """Values the schema does not allow, of every kind there is."""
    schema = resolved(schema)
    if "oneOf" in schema:
        yield from (17, False, "neither", {})
        return
    if "enum" in schema or "const" in schema:
        yield from (17, [], {}, None, "neither")
        return
    kinds = types_of(schema)
    for kind, value in (
        ("null", None), ("boolean", True), ("integer", 17), ("number", 1.5), ("string", "text"),
        ("array", []), ("object", {}),
    ):  # fmt: skip
        if kind not in kinds:
            yield value
    if "maxLength" in schema and "string" in kinds:
        yield "가" * (schema["maxLength"] + 1)
    if schema.get("minLength") and "string" in kinds:
        yield ""
    if "pattern" in schema:
        yield "가"
    if schema.get("format") == "date":
        yield from ("2024-02-30", "20240201", "2024-2-1", "")
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "array" in kinds:
        if schema.get("minItems"):
            yield []
        if "maxItems" in schema:
            yield [example(schema["items"])] * (schema["maxItems"] + 1)
        yield from ([wrong] for wrong in wrongs(schema["items"]))


def example(schema: Schema) -> Any:
    """The plainest thing that the schema allows and that means something."""
    schema = resolved(schema)
    if "const" in schema or "enum" in schema or "examples" in schema:
        return (
            schema["const"] if "const" in schema else (schema.get("enum") or schema["examples"])[0]
        )
    if "oneOf" in schema:
        return example(schema["oneOf"][0])
    kind = types_of(schema)[0]
    if kind == "object":
        return {name: example(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "array":
        return [example(schema["items"])]
    if kind in ("integer", "boolean"):
        return schema.get("minimum", 1) if kind == "integer" else False
    return {"email": "kim@acme.example", "date": "2024-01-01"}.get(
        schema.get("format", ""), "123456"
    )


def invalid(schema: Schema) -> Iterator[tuple[Any, str]]:
    """Every body with one thing wrong, and the field that is to be named."""
    good, fields = example(schema), schema.get("properties", {})
    for body in ([], None, "text", 17, True):
        yield body, "body"
    yield good | {"colour": "red"}, "colour"
    for name in schema.get("required", []):
        yield {each: good[each] for each in good if each != name}, name
    for name, field in fields.items():
        yield from ((good | {name: value}, name) for value in wrongs(field))


NO_BODY = object()
#: Of kim, as the identity provider on fakes has it.
ACCESS = "access of kim@acme.example"


class World:
    """Somebody with mail, a backup and an upload, whose ids stand in the paths."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api = api = Api()
        monkeypatch.setattr(calls, "services", api.services)
        mails = [(letter_bytes(n), days_ago(api.world, 9)) for n in range(3)]
        deliver(api.world, api.inbox, mails)
        everything = {"mailboxes": "all", "period": {"kind": "all"}}
        new = {"filename": "a.zip", "bytes": 99, "mailbox_id": api.inbox.id}
        row = api.call("GET", f"/mailboxes/{api.inbox.id}/messages").json["messages"][0]
        self.ids = {
            "mailboxes": api.inbox.id, "messages": row["key"], "volumes": "1",
            "backups": api.call("POST", "/backups", everything).json["id"],
            "uploads": api.call("POST", "/uploads", new).json["id"],
        }  # fmt: skip

    def call(self, method: str, template: str, body: Any = NO_BODY, query: Any = ()) -> Answer:
        """A request to a route with kim's ids in the place of its parameters."""
        steps = template.split("/")
        path = "/".join(
            self.ids[steps[place - 1]] if step.startswith("{") else step
            for place, step in enumerate(steps)
        )
        return self.api.call(
            method,
            f"{path}?{urlencode(query)}" if query else path,
            raw=None if body is NO_BODY else json.dumps(body),
            headers={"X-Access-Token": ACCESS},
        )


def assert_allowed(answer: Answer, given: Any) -> None:
    """Neither its shape is refused, nor does the service fail."""
    assert answer.status < 500, (given, answer.json)
    if answer.status == 400:
        assert (answer.json["field"], answer.json["problem"]) in MEANING, (given, answer.json)


BODIES = [(m, p, body) for m, p, o in operations() if (body := body_of(o)) is not None]
QUERIES = [(m, p, queries_of(o)) for m, p, o in operations() if body_of(o) is None]
some = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(("method", "path", "schema"), BODIES, ids=lambda it: str(it)[:40])
class TestBodies:
    @some
    @given(data=st.data())
    def test_what_the_document_allows_is_not_refused(
        self, monkeypatch: pytest.MonkeyPatch, method: str, path: str, schema: Schema, data: Any
    ) -> None:
        body = data.draw(valid(schema))
        assert_allowed(World(monkeypatch).call(method, path, body), body)

    def test_what_it_does_not_is_refused_and_the_field_named(
        self, monkeypatch: pytest.MonkeyPatch, method: str, path: str, schema: Schema
    ) -> None:
        world = World(monkeypatch)
        for body, field in invalid(schema):
            answer = world.call(method, path, body)
            assert answer.status == 400, (body, answer.json)
            assert answer.json["field"].partition(".")[0] == field, (body, answer.json)
        answer = world.call(method, path, example(schema), {"colour": "red"})
        assert (answer.status, answer.json["field"]) == (400, "colour")


@pytest.mark.parametrize(("method", "path", "known"), QUERIES, ids=lambda it: str(it)[:40])
class TestQueries:
    @some
    @given(data=st.data())
    def test_what_the_document_allows_is_not_refused(
        self, monkeypatch: pytest.MonkeyPatch, method: str, path: str, known: Any, data: Any
    ) -> None:
        wanted = {name: valid(schema) for name, schema in known.items() if schema["_required"]}
        others = {name: valid(schema) for name, schema in known.items() if name not in wanted}
        query = data.draw(st.fixed_dictionaries(wanted, optional=others))
        assert_allowed(World(monkeypatch).call(method, path, query=query), query)

    def test_what_it_does_not_is_refused_and_the_field_named(
        self, monkeypatch: pytest.MonkeyPatch, method: str, path: str, known: Any
    ) -> None:
        world = World(monkeypatch)
        good = {name: example(schema) for name, schema in known.items() if schema["_required"]}
        # In an address everything is text.
        wrong = [
            (name, value)
            for name, schema in known.items()
            for value in wrongs(schema)
            if isinstance(value, str) or "integer" in types_of(schema)
        ]
        for name, value in [*wrong, ("colour", "red")]:
            answer = world.call(method, path, query=good | {name: value})
            assert answer.status == 400, (name, value, answer.json)
            assert answer.json["field"] == name
        for name in good:
            answer = world.call(method, path)
            assert (answer.status, answer.json["field"]) == (400, name)
