"""``python -m bw_tinyml``: the command line."""

from bw_tinyml.cli.main import main

if __name__ == "__main__":
    main()
