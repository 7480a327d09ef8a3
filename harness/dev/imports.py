"""import-linter, which has a program and no module of its own: `python -m harness.dev.imports`."""

from importlinter.cli import lint_imports_command

if __name__ == "__main__":
    lint_imports_command()
