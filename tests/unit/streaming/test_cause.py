from streaming.cause import root_cause


class Java:
    """A Java exception, as py4j shows it."""

    def __init__(self, text: str, cause: "Java | None" = None) -> None:
        self._text = text
        self._cause = cause

    def getCause(self) -> "Java | None":  # noqa: N802
        return self._cause

    def toString(self) -> str:  # noqa: N802
        return self._text


class Py4JJavaError(Exception):
    def __init__(self, java: Java) -> None:
        super().__init__("a page of Java")
        self.java_exception = java


class Captured(Exception):
    def __init__(self, cause: Exception) -> None:
        super().__init__("a page of plans")
        self._cause = cause


def test_an_error_of_python_s_is_its_own_cause() -> None:
    assert root_cause(ValueError("no\n  such thing")) == "ValueError: no such thing"


def test_the_innermost_java_exception_counts() -> None:
    java = Java("SparkException: job", Java("TaskError: task", Java("IOException: disk\nfull")))
    assert root_cause(Py4JJavaError(java)) == "IOException: disk full"


def test_a_cause_is_followed() -> None:
    error = RuntimeError("the query ended")
    error.__cause__ = Captured(Py4JJavaError(Java("IOException: disk full")))
    assert root_cause(error) == "IOException: disk full"
