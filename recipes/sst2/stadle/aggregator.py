"""The stand-in for STADLE's aggregator, and what it writes down of this task: python aggregator.py --help"""

from __future__ import annotations

from functools import partial

from model_names import as_head

from sst2.local_training import BACKENDS, save_final
from stadle_aggregator.run_folder import aggregate, parser_of


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--backend", choices=BACKENDS, default="keras", help="what the agents train with")
    args = parser.parse_args()
    # The backend is imported by save_final alone, while the agents fetch the last model.
    aggregate(args, partial(as_head, backend=args.backend), partial(save_final, backend=args.backend))


if __name__ == "__main__":
    main()
