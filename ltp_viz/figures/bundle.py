"""ES modules joined into one script, for pages that consist of one file.

Every module becomes a function that returns its exports, called once, in the order of imports. This supports
what the browser code uses: named imports and exports without other names, and no cycles.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function|class|const|let)\b\*? *([A-Za-z_$][\w$]*))", re.MULTILINE
)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import "([^"]*)";$', re.MULTILINE)


def bundled_script(entry: Path, name: str) -> str:
    """A script that defines `name` as an object with the exports of `entry`, an ES module.

    Raises ValueError for a form of import or export that is not supported, and for cycles.
    """
    names: dict[Path, str] = {}
    modules: list[str] = []
    _add(entry.resolve(), names, modules, ())
    return "\n".join(modules) + f"\nconst {name} = {names[entry.resolve()]};\n"


def bundled_style(entry: Path) -> str:
    """A style sheet with those that it imports in place."""
    return _STYLE_IMPORT.sub(lambda match: (entry.parent / match[1]).read_text(), entry.read_text())


def _add(path: Path, names: dict[Path, str], modules: list[str], importers: tuple[Path, ...]) -> str:
    """Append a module after all that it imports; returns the name of its exports."""
    if path in importers:
        cycle = " -> ".join(module.name for module in (*importers, path))
        raise ValueError(f"Modules import each other: {cycle}.")
    if path in names:
        return names[path]
    source = path.read_text()
    imports = []
    for match in _IMPORT.finditer(source):
        imported = _add((path.parent / match[2]).resolve(), names, modules, (*importers, path))
        imports.append(f"const {{{match[1]}}} = {imported};")
    exports = [match[1] for match in _EXPORT.finditer(source)]
    body = _EXPORT.sub("", _IMPORT.sub("", source))
    if other := _OTHER.search(body):
        raise ValueError(f"{path.name} has {other[0]!r}; only named imports and exports can be joined.")
    names[path] = f"$module{len(names)}"
    lines = [
        f"const {names[path]} = (() => {{",
        *imports,
        body,
        f"return {{ {', '.join(exports)} }};",
        "})();",
    ]
    modules.append("\n".join(lines))
    return names[path]
