"""Leaves out of a wheel what only who works on its files reads.

That is the comments of its Python and its scripts, the docstrings of what is private and those below a field
or a constant, which Python keeps nowhere, and the scripts' margins: whoever reads them has the sdist. Owns
that the wheel's list of its files stays true. Must not move a line of Python, for tracebacks name them.
"""

import ast
import tokenize
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from itertools import pairwise
from pathlib import Path

SCRIPTS = (".js", ".cjs")
READ_AS_WRITTEN = "use_attribute_docstrings"
"""Pydantic's setting by which a module's own text is read while it runs."""
_Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
RECORD = ".dist-info/RECORD"
"""Packaging specifications, “Recording installed projects”: path, hash and size of each file."""


def slim(wheel: Path) -> None:
    """Write a wheel anew in its place, its files shorter."""
    with zipfile.ZipFile(wheel) as read:
        files = {info: read.read(info) for info in read.infolist()}
    shorter: dict[str, bytes] = {}
    for info, content in files.items():
        if info.filename.endswith(SCRIPTS):
            shorter[info.filename] = without_comments(content.decode()).encode()
        elif info.filename.endswith(".py"):
            shorter[info.filename] = without_docs(without_remarks(content.decode())).encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as write:
        for info, content in files.items():
            if info.filename.endswith(RECORD):
                rows = (_row(row, shorter) for row in content.decode().splitlines(keepends=True))
                write.writestr(info, "".join(rows))
            else:
                write.writestr(info, shorter.get(info.filename, content))


def without_comments(script: str) -> str:
    """Return a script without its lines of comments and its margins; a template literal is text."""
    return "".join(_code_of(script))


def without_remarks(module: str) -> str:
    """Return a Python module, line for line, without its comments."""
    lines = module.splitlines(keepends=True)
    for token in tokenize.generate_tokens(StringIO(module).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return "".join(lines)


def without_docs(module: str) -> str:
    """Return a Python module, line for line, without the docstrings that nobody who runs it can ask for.

    Those of what begins with one `_` or is inside, and those below an assignment, but where Pydantic reads
    them. A function inside a public one keeps its own: as a path's handler it is what FastAPI tells of that
    path.
    """
    lines, tree = module.splitlines(keepends=True), ast.parse(module)
    left_out: list[ast.stmt] = [node.body[0] for node in _private(tree) if _has_docs_alone(node)]
    if READ_AS_WRITTEN not in module:
        left_out += _below_assignments(tree)
    for each in left_out:
        first, last = each.lineno - 1, each.end_lineno or 0
        lines[first:last] = ["\n"] * (last - first)
    return "".join(lines)


def _below_assignments(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the strings that are statements right below an assignment, in a module or a class."""
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef))
    for above, each in (pair for body in bodies for pair in pairwise(body)):
        if isinstance(above, ast.Assign | ast.AnnAssign) and _is_text(each):
            yield each


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _private(node: ast.AST, *, is_inside: bool = False) -> Iterator[_Documented]:
    for child in ast.iter_child_nodes(node):
        is_private = is_inside
        if isinstance(child, _Documented):
            is_private |= child.name.startswith("_") and not child.name.startswith("__")
            if is_private:
                yield child
        yield from _private(child, is_inside=is_private)


def _has_docs_alone(node: _Documented) -> bool:
    """Tell whether there is such a docstring, on lines of its own, and something beside it."""
    if ast.get_docstring(node) is None or len(node.body) == 1:
        return False
    docs, after = node.body[:2]
    return docs.lineno > node.lineno and after.lineno > (docs.end_lineno or 0)


def _code_of(script: str) -> Iterator[str]:
    in_text = False
    for line in script.splitlines(keepends=True):
        if line.lstrip().startswith("//") and not in_text:
            continue
        yield line if in_text else line.lstrip(" ")
        in_text ^= line.count("`") % 2 == 1


def _row(row: str, shorter: dict[str, bytes]) -> str:
    name = row.partition(",")[0]
    if name not in shorter:
        return row
    hashed = urlsafe_b64encode(sha256(shorter[name]).digest()).decode().rstrip("=")
    return f"{name},sha256={hashed},{len(shorter[name])}\n"
