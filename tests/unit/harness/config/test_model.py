import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.config import layers
from harness.config.model import Config, Deadlines, parse_bytes
from harness.system.units import GIB, MIB


class TestConfig:
    def test_is_frozen(self) -> None:
        loaded = layers.load_config("bench", environment={})
        with pytest.raises(ValidationError, match="frozen"):
            loaded.app.port = 5001
        with pytest.raises(ValidationError, match="frozen"):
            loaded.seed = 2

    def test_goes_through_toml(self) -> None:
        loaded = layers.load_config("smoke", ["seed=5"], {})
        assert Config.model_validate(tomllib.loads(loaded.toml())) == loaded

    def test_hash_is_that_of_what_is_set(self) -> None:
        one, same = (layers.load_config("bench", ["seed=5"], {}) for _ in range(2))
        other = layers.load_config("bench", ["seed=6"], {})
        assert one.sha256() == same.sha256() != other.sha256()
        assert len(one.sha256()) == 64

    def test_ports_differ(self) -> None:
        sections = layers.load_config("bench", environment={}).model_dump().values()
        ports = [
            value
            for section in sections
            if isinstance(section, dict)
            for key, value in section.items()
            if key.endswith("port")
        ]
        assert len(ports) == len({*ports}) == 10

    def test_budget_is_two_cores_and_three_and_a_quarter_gib(self) -> None:
        budget = layers.load_config("bench", environment={}).budget
        assert (budget.vcpu, budget.memory) == (2, 3.25 * GIB)


def test_a_profile_may_still_have_the_deadline_that_has_no_effect() -> None:
    loaded = Config.model_validate({"profile": "mine", "deadlines": {"stop_s": 5}})
    assert loaded.deadlines.stop_s == 5


@pytest.mark.parametrize(("start_s", "patience"), [(30, 1), (120, 1), (2400, 20)])
def test_a_longer_start_extends_every_deadline_and_a_shorter_none(
    start_s: float, patience: float
) -> None:
    assert Deadlines(start_s=start_s).patience == patience


class TestBytes:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("512", 512),
            ("1B", 1),
            ("64k", 65_536),
            ("192MB", 192 * MIB),
            ("192 MiB", 192 * MIB),
            ("3.25GB", 3_489_660_928),
            (" 1g ", GIB),
        ],
    )
    def test_of_a_text(self, text: str, number: int) -> None:
        assert parse_bytes(text) == number

    @pytest.mark.parametrize("text", ["", "MB", "-1MB", "1TB", "1,5GB", "1 000"])
    def test_of_what_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no size in bytes"):
            parse_bytes(text)

    @given(st.integers(min_value=0, max_value=2**40))
    def test_of_a_number(self, number: int) -> None:
        assert parse_bytes(number) == number
        assert parse_bytes(str(number)) == number
