"""Whether Python sources use the public API of their dependencies only; prints every place where they do not.

Private are a module, a name or an attribute that begins with one underscore, unless the source itself gives it that name.
"""

import ast
import sys
from pathlib import Path


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def own_names(tree: ast.Module) -> set[str]:
    """Names that a source defines: functions, classes, variables, and attributes of `self`."""
    own = {it.name for it in ast.walk(tree) if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_own(node.value):
            own.add(node.attr)
    return own


def is_own(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in {"self", "cls"}


def private_uses(tree: ast.Module) -> list[tuple[int, str]]:
    own = own_names(tree)
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found += [(node.lineno, it.name) for it in names if any(map(is_private, it.name.split(".")))]
            case ast.ImportFrom(module=module, names=names, level=0):
                parts = [*(module or "").split("."), *(it.name for it in names)]
                found += [(node.lineno, part) for part in parts if is_private(part)]
            case ast.Attribute(attr=name, value=value) if is_private(name):
                if not (is_own(value) and name in own):
                    found.append((node.lineno, name))
            case ast.ClassDef(bases=bases, body=body) if bases:
                # Overriding what its base keeps for itself; a helper of the class is called in it.
                called = {it.attr for it in ast.walk(node) if isinstance(it, ast.Attribute) and is_own(it.value)}
                methods = (it for it in body if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef))
                found += [(it.lineno, it.name) for it in methods if is_private(it.name) and it.name not in called]
            case _:
                pass
    return sorted(found)


def main() -> int:
    failed = False
    sources = (path for path in Path(sys.argv[1]).rglob("*.py") if ".venv" not in path.parts)
    # Most files are the same in many projects.
    texts = {path.read_text(encoding="utf-8"): path for path in sources}
    for text, path in texts.items():
        for line, name in private_uses(ast.parse(text)):
            print(f"{path}:{line}: {name}")
            failed = True
    return int(failed)


raise SystemExit(main())
