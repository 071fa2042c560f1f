"""The site's own package indexes: pip's configuration, passed on to uv, which does not read it."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with uv's variables filled from pip's variables and files where uv's are not set."""
    pip = {**_from_files(environ), **_from_variables(environ)}
    wanted = {
        "UV_FIND_LINKS": pip.get("find-links", ""),
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": pip.get("extra-index-url", ""),
        "SSL_CERT_FILE": pip.get("cert", ""),
    }
    result = dict(environ)
    for name, value in wanted.items():
        if value and not environ.get(name):
            parts = [part for part in value.split() if _exists(part)]
            separator = "," if name == "UV_FIND_LINKS" else " "
            if parts:
                result[name] = separator.join(parts)
    if pip.get("extra-index-url") and not environ.get("UV_INDEX"):
        # pip takes the best version of all indexes; uv would stop at the first that has the name.
        result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    result.pop("PYTHONDONTWRITEBYTECODE", None)
    result.pop("VIRTUAL_ENV", None)
    return result


def _exists(part: str) -> bool:
    """A folder that is not there would be an error to uv; pip only warns."""
    path = part.removeprefix("file://")
    return not path.startswith("/") or Path(path).exists()


def _from_variables(environ: Mapping[str, str]) -> dict[str, str]:
    names = ("find-links", "index-url", "extra-index-url", "cert")
    found = {name: environ.get("PIP_" + name.upper().replace("-", "_"), "") for name in names}
    return {name: value for name, value in found.items() if value}


def _from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """pip's configuration files, the more specific one last."""
    home = Path(environ.get("HOME") or os.path.expanduser("~"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [
        Path("/etc/pip.conf"),
        Path("/etc/xdg/pip/pip.conf"),
        home / ".pip" / "pip.conf",
        config / "pip" / "pip.conf",
    ]
    if environ.get("PIP_CONFIG_FILE"):
        files.append(Path(environ["PIP_CONFIG_FILE"]))
    parser = configparser.RawConfigParser()
    for file in files:
        try:
            parser.read(file, encoding="utf-8")
        except configparser.Error:
            continue  # pip will say what is wrong with its own file
    return {**_section(parser, "global"), **_section(parser, "install")}


def _section(parser: configparser.RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser.items(name)) if parser.has_section(name) else {}
