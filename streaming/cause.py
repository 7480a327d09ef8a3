"""The cause of a failure, in one line."""


def root_cause(error: BaseException) -> str:
    """Return the innermost cause of an error of Python's or, through py4j, of the JVM's."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is not None:
        while java.getCause() is not None:
            java = java.getCause()
        return _line(java.toString())
    inner = error.__cause__ or getattr(error, "_cause", None)
    if inner is not None:
        return root_cause(inner)
    return _line(f"{type(error).__name__}: {error}")


def _line(text: str) -> str:
    return " ".join(text.split())
