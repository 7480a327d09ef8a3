"""What a check says."""

from harness.verify import checks


def test_a_check_passes_where_both_texts_are_the_same() -> None:
    assert checks.create_check("rows", "12", "12").status == "pass"
    assert checks.create_check("rows", "12", "11").status == "fail"
    assert checks.create_check("rows", "12", "11", judged=False).status == "not_run"


def test_the_reasons_are_the_checks_that_fail() -> None:
    made = [
        checks.create_check("rows", "12", "12"),
        checks.create_check("events", "0", "1 (login-000001)"),
        checks.create_check("requests", "0", "3", judged=False),
    ]

    assert checks.list_reasons(made) == ("events: 1 (login-000001) instead of 0",)


def test_the_first_of_many_are_listed() -> None:
    assert checks.format_list([]) == "0"
    assert checks.format_list(["a", "b"]) == "2 (a, b)"
    assert checks.format_list(["a"], ["1 lost"]) == "1 (a; 1 lost)"
    assert checks.format_list(list("abcdef"), separator="; ") == "6 (a; b; c; d; e; …)"


def test_a_long_text_is_cut() -> None:
    assert checks.format_value("Thai") == "'Thai'"
    assert checks.format_value(("x" * 1_024, None)) == f"('{'x' * 27}...{'x' * 28}', None)"
