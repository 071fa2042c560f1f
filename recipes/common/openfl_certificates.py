"""Makes a certificate for everybody: mutual TLS.

It calls what `fx` calls, in one process: each `fx` imports OpenFL, TensorFlow and torch anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from metric_line import print_line


def by_pki(names: list[str], folder: Path, ca: Path, url: str) -> None:
    """`fx pki get-token` and `fx pki certify`: a token, handed over once, buys a certificate from the CA that
    listens at `url`."""
    from openfl.utilities.ca.ca import certify, get_token

    for name in names:
        print_line(f"fx pki get-token -n {name} --ca-url {url}")
        token = get_token(name, url, ca)
        print_line(f"fx pki certify -n {name} -t TOKEN")
        certify(name, folder, token, ca)


def by_workspace(names: list[str], folder: Path) -> None:
    """`fx workspace certify`: OpenFL's built-in CA, in files, without a server. It is the TaskRunner's way,
    hence its words: the director is an `aggregator` here, everybody else a `collaborator`."""
    from openfl.interface import aggregator, collaborator, workspace

    Path("plan").mkdir(exist_ok=True)
    Path("plan/cols.yaml").write_text("collaborators:\n")
    print_line("fx workspace certify")
    workspace.certify()
    folder.mkdir(exist_ok=True)
    (folder / "root_ca.crt").write_bytes(Path("cert/cert_chain.crt").read_bytes())
    for name in names:
        if name == "localhost":
            made = f"cert/server/agg_{name}"
            print_line(f"fx aggregator generate-cert-request, certify --fqdn {name}")
            aggregator.generate_cert_request(name)
            aggregator.certify(name, silent=True)
        else:
            made = f"cert/client/col_{name}"
            print_line(f"fx collaborator generate-cert-request, certify -n {name}")
            collaborator.generate_cert_request(name, silent=True, skip_package=True)
            collaborator.certify(name, silent=True)
        for ending in ("crt", "key"):
            (folder / f"{name}.{ending}").write_bytes(Path(f"{made}.{ending}").read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--by", choices=("pki", "workspace"), required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the certificates go")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--ca", type=Path, help="the folder of fx pki's CA")
    parser.add_argument("--ca-url", default="", help="host:port where it listens")
    args = parser.parse_args()

    # The name is all that a certificate says. The director's is the host that it listens on.
    names = ["localhost", *(f"envoy-{number}" for number in range(1, args.clients + 1)), "experiment"]
    if args.by == "pki":
        by_pki(names, args.folder, args.ca, args.ca_url)
    else:
        by_workspace(names, args.folder)


if __name__ == "__main__":
    main()
