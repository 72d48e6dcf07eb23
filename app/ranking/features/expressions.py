"""Reads features that the configuration adds: small expressions over attributes and other features."""

from __future__ import annotations

import ast
import json
import math
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from app.domain.errors import InvalidInput
from app.ranking.features.definition import Feature

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from app.ranking.features.definition import Column
    from app.ranking.features.items import Reading
    from app.ranking.features.scene import Scene
    from indexes.types import Record

    Evaluate: TypeAlias = Callable[[Scene], Column]

MAX_FEATURES = 100
MAX_CHARS = 500
MAX_DEPTH = 20
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
FIELDS: Final = frozenset({"name", "expression", "default", "version"})
ITEM = "item"  # `item.price` is the attribute `price` of the candidate

# Division by zero and logarithms of what has none are unknown, which the default then replaces.
OPERATORS: Final[dict[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
FUNCTIONS: Final[dict[str, tuple[int, Callable[..., Any]]]] = {
    "log1p": (1, np.log1p),
    "abs": (1, np.abs),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
}


@dataclass(frozen=True, slots=True)
class OwnFeatures:
    """The features of a file, and the item columns that their expressions read, by name."""

    features: tuple[Feature, ...] = ()
    readings: tuple[tuple[str, Reading], ...] = ()


def read_features(path: Path, known: Collection[str]) -> OwnFeatures:
    """Read a TOML or JSON file with a list `feature` of {name, expression, default, version}.

    `known` are the names that expressions may use; each feature may use those above it. Raises
    InvalidInput naming the place in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
        body = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidInput("features_file", f"{path} cannot be read: {error}") from error
    entries = body.get("feature") if isinstance(body, dict) and set(body) <= {"feature"} else None
    if not isinstance(entries, list) or len(entries) > MAX_FEATURES:
        raise InvalidInput("features_file", f"a list `feature` of at most {MAX_FEATURES} entries is wanted")
    return parse_features(entries, known)


def parse_features(entries: Sequence[Any], known: Collection[str]) -> OwnFeatures:
    """Return the features of these entries. Raises InvalidInput naming the entry's field."""
    names = set(known)
    features: list[Feature] = []
    readings: dict[str, Reading] = {}
    for place, entry in enumerate(entries):
        one = _feature(f"features_file.feature[{place}]", entry, names, readings)
        names.add(one.name)
        features.append(one)
    return OwnFeatures(tuple(features), tuple(readings.items()))


def _feature(here: str, entry: Any, known: Collection[str], readings: dict[str, Reading]) -> Feature:
    if not isinstance(entry, dict) or not {"name", "expression"} <= set(entry) <= FIELDS:
        raise InvalidInput(here, f"a feature has a name, an expression, and at most {sorted(FIELDS)}")
    name, text = entry["name"], entry["expression"]
    default, version = entry.get("default", 0.0), entry.get("version", 1)
    if not isinstance(name, str) or NAME.fullmatch(name) is None or name in known:
        raise InvalidInput(f"{here}.name", f"{name!r} is no name in small letters that is still free")
    if not isinstance(default, int | float) or isinstance(default, bool) or not math.isfinite(default):
        raise InvalidInput(f"{here}.default", "a finite number is wanted here")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidInput(f"{here}.version", "a whole number from 1 on is wanted here")
    if not isinstance(text, str) or len(text) > MAX_CHARS:
        raise InvalidInput(f"{here}.expression", f"a text of at most {MAX_CHARS} characters is wanted here")
    evaluate = _Parser(f"{here}.expression", known, readings).parse(text)
    return Feature(name, "own", "number", version, float(default), "cheap", _quiet(evaluate), text)


def _quiet(evaluate: Evaluate) -> Evaluate:
    def compute(scene: Scene) -> Column:
        with np.errstate(all="ignore"):
            return evaluate(scene)

    return compute


class _Parser:
    """Turns one expression into a function of the scene; whatever is not listed here is refused."""

    def __init__(self, here: str, known: Collection[str], readings: dict[str, Reading]) -> None:
        self._here = here
        self._known = known
        self._readings = readings

    def parse(self, text: str) -> Evaluate:
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise InvalidInput(self._here, f"not an expression: {error}") from error
        return self._node(tree.body, 0)

    def _node(self, node: ast.expr, depth: int) -> Evaluate:  # noqa: PLR0911 - one return a form
        if depth > MAX_DEPTH:
            raise InvalidInput(self._here, f"nested deeper than {MAX_DEPTH}")
        match node:
            case ast.Constant(value=int() | float() as value) if math.isfinite(value):
                number = float(value)
                return lambda _: number
            case ast.Name(id=name) if name in self._known:
                return lambda scene: scene.own[name]
            case ast.Attribute(value=ast.Name(id="item"), attr=name):
                return self._reading(f"{ITEM}.{name}", _number_of(name))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                return self._call(OPERATORS[type(op)], [operand], depth)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
                return self._call(OPERATORS[type(op)], [left, right], depth)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
                return self._compare(left, op, right, depth)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                return self._function(name, args, depth)
            case ast.IfExp(test=test, body=body, orelse=other):
                return self._call(_choose, [test, body, other], depth)
        raise InvalidInput(self._here, f"{ast.unparse(node)!r} is not known here")

    def _call(self, function: Callable[..., Any], parts: Sequence[ast.expr], depth: int) -> Evaluate:
        evaluated = [self._node(part, depth + 1) for part in parts]
        return lambda scene: function(*(one(scene) for one in evaluated))

    def _function(self, name: str, parts: Sequence[ast.expr], depth: int) -> Evaluate:
        wanted, function = FUNCTIONS[name]
        if len(parts) != wanted:
            raise InvalidInput(self._here, f"{name} takes {wanted} values")
        return self._call(function, parts, depth)

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Evaluate:
        """Compare numbers; or an attribute with a text, which is read once a record."""
        match left, op, right:
            case (
                ast.Attribute(value=ast.Name(id="item"), attr=name),
                ast.Eq() | ast.NotEq(),
                ast.Constant(value=str() as text),
            ):
                same = self._reading(f"{ITEM}.{name} == {text!r}", _equality_of(name, text))
                return same if isinstance(op, ast.Eq) else lambda scene: np.subtract(1.0, same(scene))
        return self._call(OPERATORS[type(op)], [left, right], depth)

    def _reading(self, column: str, read: Reading) -> Evaluate:
        self._readings[column] = read
        return lambda scene: scene.items.column(column)


def _choose(test: Column, body: Column, other: Column) -> Column:
    return np.where(np.asarray(test, np.bool_), body, other)


def _value_of(record: Record, name: str) -> object:
    own = {"category": record.category, "language": record.language, "origin": record.origin}
    return record.attributes.get(name, own.get(name))


def _number_of(name: str) -> Reading:
    def read(record: Record) -> float:
        value = _value_of(record, name)
        return float(value) if isinstance(value, int | float) else math.nan

    return read


def _equality_of(name: str, text: str) -> Reading:
    def read(record: Record) -> float:
        value = _value_of(record, name)
        return float(text in value if isinstance(value, tuple) else value == text)

    return read
