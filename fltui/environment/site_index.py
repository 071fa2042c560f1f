"""The site's own package indexes: pip's configuration, passed on to uv, which does not read it."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping
from pathlib import Path


def uv_environment(environ: Mapping[str, str], wheels: Path | None = None) -> dict[str, str]:
    """`environ` with uv's variables filled from pip's variables and files where uv's are not set.

    `wheels`: one more folder of wheels (as an argument of uv's it would replace the others).
    """
    pip = {**_from_files(environ), **_from_variables(environ)}
    wanted = {
        "UV_FIND_LINKS": pip.get("find-links", ""),
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": pip.get("extra-index-url", ""),
        "UV_INSECURE_HOST": pip.get("trusted-host", ""),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "ALL_PROXY": pip.get("proxy", ""),
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
    if wheels is not None:
        links = [result.get("UV_FIND_LINKS", ""), str(wheels)]
        result["UV_FIND_LINKS"] = ",".join(link for link in links if link)
    result.pop("VIRTUAL_ENV", None)
    return result


def _exists(part: str) -> bool:
    """A folder that is not there would be an error to uv; pip only warns."""
    path = part.removeprefix("file://")
    return not path.startswith("/") or Path(path).exists()


def _from_variables(environ: Mapping[str, str]) -> dict[str, str]:
    names = ("find-links", "index-url", "extra-index-url", "trusted-host", "cert", "proxy")
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
        Path(sys.prefix) / "pip.conf",
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
