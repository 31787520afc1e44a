"""`python -m <package>`: serve until SIGTERM or Ctrl-C."""

from .main import serve

if __name__ == "__main__":
    serve()
