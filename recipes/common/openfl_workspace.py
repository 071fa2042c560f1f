"""Makes the workspace that aggregator and collaborators share, with the commands that a person would type."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from metric_line import print_line


def fx(*words: str) -> None:
    """Runs a command of OpenFL in the workspace."""
    print_line(f"fx {' '.join(words)}")
    code = subprocess.run(["fx", *words], check=False).returncode
    if code:
        sys.exit(f"error: fx {' '.join(words)} ended with {code}")


def certify(names: list[str]) -> None:
    """OpenFL's certificate authority, in files. It calls what `fx` calls, in one process: each `fx` imports
    OpenFL, TensorFlow and torch anew."""
    from openfl.interface import aggregator, collaborator, workspace

    print_line("fx workspace certify")
    workspace.certify()
    print_line("fx aggregator generate-cert-request, certify --fqdn localhost")
    aggregator.generate_cert_request("localhost")
    aggregator.certify("localhost", silent=True)
    for name in names:
        print_line(f"fx collaborator generate-cert-request, certify -n {name}")
        collaborator.generate_cert_request(name, silent=True, skip_package=True)
        collaborator.certify(name, silent=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", type=Path, required=True, help="the plan of this run")
    parser.add_argument(
        "--src", type=Path, required=True, help="the code that all have: loader, runner, aggregator"
    )
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--tls", action="store_true", help="also make a certificate for everybody")
    args = parser.parse_args()

    # What `fx workspace create --template keras/mnist` would make, with our code in src/.
    names = [f"collaborator-{number}" for number in range(1, args.clients + 1)]
    for folder in ("plan", "save", "data", "logs"):
        Path(folder).mkdir(exist_ok=True)
    shutil.copytree(args.src, "src", dirs_exist_ok=True)
    shutil.copy(args.plan, "plan/plan.yaml")
    Path("plan/cols.yaml").write_text("collaborators:\n" + "".join(f"- {name}\n" for name in names))
    Path("plan/data.yaml").write_text("".join(f"{name},{number}\n" for number, name in enumerate(names, 1)))

    fx("plan", "initialize")  # writes save/init.pbuf
    if args.tls:
        certify(names)


if __name__ == "__main__":
    main()
