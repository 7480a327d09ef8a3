from harness.dev import makefile


def test_the_makefile_has_the_verbs_and_parameters_of_the_table() -> None:
    assert makefile.PATH.read_text(encoding="utf-8") == makefile.generate(), (
        "generate it anew: python -m harness.dev.makefile"
    )
