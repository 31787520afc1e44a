"""`python -m <package>`: serve, until SIGTERM or Ctrl-C."""

import argparse
from pathlib import Path

from . import boot


def main() -> None:
    """Serve once, or anew whenever a source file changes."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=__doc__)
    parser.add_argument(
        "--reload", action="store_true", help="serve anew whenever a source file changes"
    )
    if parser.parse_args().reload:
        # Here only: it is a development dependency.
        import watchfiles  # noqa: PLC0415

        watchfiles.run_process(
            Path(__file__).parent,
            target=boot.serve,
            watch_filter=watchfiles.PythonFilter(),
        )
    else:
        boot.serve()


if __name__ == "__main__":
    main()
