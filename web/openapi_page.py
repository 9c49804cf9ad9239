"""The OpenAPI document as a page shows it: schemas as indented lines, references followed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..core.roles import ROLE_NAMES, Role

_DEEPEST = 6
_REACH = {"all": "", "own": "（坐席仅限本人通话）", "caller": "（坐席仅限本人通话和正在通话的市民）"}

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]


def sections_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the headings with their operations, each ready to be shown."""
    schemas: Schemas = document["components"]["schemas"]
    sections: dict[str, dict[str, Any]] = {tag["name"]: {**tag, "operations": []} for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            sections[told["tags"][0]]["operations"].append(_operation(path, method, told, schemas))
    return list(sections.values())


def _operation(path: str, method: str, told: Mapping[str, Any], schemas: Schemas) -> dict[str, Any]:
    body = told.get("requestBody", {}).get("content", {})
    return {
        "id": told["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": told["summary"],
        "description": told.get("description", ""),
        "roles": _roles(told["x-roles"]) + _REACH[told.get("x-agents", "all")],
        "parameters": [
            {
                "name": one["name"],
                "where": one["in"],
                "required": one["required"],
                "type": kind_of(one["schema"]),
                "description": one.get("description", ""),
            }
            for one in told.get("parameters", ())
        ],
        "body": [line for media in body.values() for line in lines_of(media["schema"], schemas)],
        "answers": [
            {
                "status": status,
                "description": answer["description"],
                "media": ", ".join(answer.get("content", {})),
                "lines": []
                if status not in ("200", "201", "202")
                else [
                    line
                    for media in answer.get("content", {}).values()
                    for line in lines_of(media["schema"], schemas)
                ],
            }
            for status, answer in told["responses"].items()
        ],
        "events": [
            {"name": name, "lines": lines_of(schema, schemas)}
            for name, schema in told.get("x-events", {}).items()
        ],
    }


def _roles(told: list[str] | str) -> str:
    if isinstance(told, str):
        return "无需登录"
    return "所有登录用户" if len(told) == len(Role) else "、".join(ROLE_NAMES[Role(one)] for one in told)


def lines_of(schema: Schema, schemas: Schemas) -> list[dict[str, Any]]:
    """Return a schema's fields as lines with their depth, a field's own fields below it."""
    found: list[dict[str, Any]] = []
    _walk(schema, schemas, 0, frozenset(), found)
    return found


def _walk(
    schema: Schema,
    schemas: Schemas,
    depth: int,
    above: frozenset[str],
    found: list[dict[str, Any]],
) -> None:
    name, inner = _inner(schema)
    if name:
        if name in above or depth > _DEEPEST:
            return
        inner, above = schemas[name], above | {name}
    for field, made in cast("Schemas", inner.get("properties", {})).items():
        found.append(
            {
                "depth": depth,
                "name": field,
                "type": kind_of(made),
                "required": field in inner.get("required", ()),
                "description": made.get("description", ""),
            }
        )
        _walk(made, schemas, depth + 1, above, found)


def _inner(schema: Schema) -> tuple[str, Schema]:
    """Return what holds the fields of a schema: a reference's name, or the schema itself."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2], schema
    for held in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(held, dict) and held:
            return _inner(cast("Schema", held))
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null" and ("$ref" in one or "items" in one or "properties" in one):
            return _inner(one)
    return "", schema


def kind_of(schema: Schema) -> str:
    """Return a schema's type in one word or a few."""
    match schema:
        case {"$ref": str(name)}:
            kind = name.rpartition("/")[2]
        case {"const": value}:
            kind = f"{value!r}"
        case {"enum": values}:
            kind = " | ".join(str(one) for one in values)
        case {"anyOf": kinds}:
            kind = " | ".join(dict.fromkeys(kind_of(one) for one in kinds))
        case {"type": "array"}:
            kind = f"[{kind_of(schema.get('items', {}))}]"
        case {"additionalProperties": dict(held)} if held:
            kind = f"{{… {kind_of(cast('Schema', held))}}}"
        case {"type": str(name), "format": str(form)}:
            kind = f"{name} ({form})"
        case _:
            kind = str(schema.get("type", "any"))
    return kind
