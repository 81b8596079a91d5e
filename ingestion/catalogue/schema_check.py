"""JSON-schema violations, said in Vietnamese with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ingestion.catalogue.document import Document, Step
from ingestion.catalogue.problem import Problem

_TYPE_NAMES = {
    "string": "chuỗi",
    "number": "số",
    "integer": "số nguyên",
    "object": "nhóm khóa",
    "array": "danh sách",
    "boolean": "true hoặc false",
    "null": "null",
}


def check_schema(document: Document, schema: dict[str, Any]) -> list[Problem]:
    """Hold a document against a schema.

    Args:
        document: The file; must have been readable.
        schema: A draft 2020-12 schema.

    Returns:
        One problem per violation, at the line of the key or value that is wrong.
    """
    errors = Draft202012Validator(schema).iter_errors(document.value)
    return [problem for error in errors for problem in _problems(document, error)]


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    path: list[Step] = list(error.absolute_path)
    where = ".".join(str(step) for step in path) or "tệp"
    rule = str(error.validator)
    expected: Any = error.validator_value
    instance: Any = error.instance
    if rule == "required":
        for key in expected:
            if key not in instance:
                yield document.problem(path, "missing_key", f"{where}: thiếu khóa “{key}”")
                return
    elif rule == "additionalProperties" and expected is False:
        allowed = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
        for key in instance:
            if key in allowed:
                continue
            close = difflib.get_close_matches(str(key), allowed, n=1)
            hint = f" (có phải “{close[0]}”?)" if close else ""
            message = f"{where}: khóa lạ “{key}”{hint}"
            yield document.problem([*path, str(key)], "unknown_key", message)
    else:
        yield document.problem(path, "invalid_value", f"{where}: {_reason(error)}")


def _reason(error: ValidationError) -> str:
    expected: Any = error.validator_value
    given = error.instance
    match error.validator:
        case "enum":
            return f"“{given}” không nằm trong {', '.join(map(str, expected))}"
        case "type":
            kinds = [expected] if isinstance(expected, str) else expected
            return f"“{given}” phải là {' hoặc '.join(_TYPE_NAMES[kind] for kind in kinds)}"
        case "pattern":
            return f"“{given}” không đúng dạng {expected}"
        case "minimum":
            return f"{given} nhỏ hơn {expected}"
        case "maximum":
            return f"{given} lớn hơn {expected}"
        case "minLength" | "minItems" | "minProperties":
            return "trống hoặc quá ngắn"
        case "anyOf":
            return f"“{given}” không phải ngày dạng YYYY-MM-DD và cũng không phải null"
        case None:
            # A `false` schema: the key may not stand beside this operator.
            return "khóa này chỉ dùng với operator approx"
        case _:
            return error.message
