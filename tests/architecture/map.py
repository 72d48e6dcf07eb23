"""Writes the map of files into ARCHITECTURE.md: `python -m tests.architecture.map`."""

from __future__ import annotations

from itertools import groupby

from tests.architecture.sources import ROOMS, ROOT, first_sentence, sources

BEGIN, END = "<!-- map: begin -->", "<!-- map: end -->"
DOCUMENT = ROOT / "ARCHITECTURE.md"


def render() -> str:
    """Return the map: a heading a folder, a line a file with its first sentence."""
    lines: list[str] = []
    for folder, paths in groupby(sources(*ROOMS), key=lambda path: path.parent):
        files = list(paths)
        package = first_sentence(folder / "__init__.py")
        lines += ["", f"**`{folder}/`** — {package}", ""]
        lines += [f"- `{path.name}` — {first_sentence(path)}" for path in files if path.name != "__init__.py"]
    return "\n".join(lines).strip()


def replace(document: str) -> str:
    """Return the document with the part between its marks written anew."""
    head, _, rest = document.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{render()}\n{END}{tail}"


if __name__ == "__main__":
    DOCUMENT.write_text(replace(DOCUMENT.read_text()))
