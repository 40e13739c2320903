"""`python -m api.cli` is `sanxun`: how the supervisor starts its children, whatever the PATH."""

from api.cli.app import main

if __name__ == "__main__":
    main()
