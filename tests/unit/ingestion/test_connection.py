import pytest

from ingestion.core.connection import Connection, read_connection
from ingestion.core.environment import ConfigurationError


def read(monkeypatch: pytest.MonkeyPatch, value: str) -> Connection:
    monkeypatch.setenv("AIRFLOW_CONN_TTHC", value)
    return read_connection("tthc")


@pytest.mark.parametrize(
    ("value", "base_url"),
    [
        ("http://u:p%40ss@may-chu.example:8080/", "http://may-chu.example:8080"),
        ("https://u:p%40ss@may-chu.example", "https://may-chu.example"),
        ("http://u:p%40ss@[::1]:8080/", "http://[::1]:8080"),
        (
            '{"conn_type":"http","host":"may-chu.example","login":"u","password":"p@ss",'
            '"port":443,"schema":"https"}',
            "https://may-chu.example:443",
        ),
        (
            '{"host":"https://may-chu.example/","login":"u","password":"p@ss"}',
            "https://may-chu.example",
        ),
    ],
)
def test_both_forms(monkeypatch: pytest.MonkeyPatch, value: str, base_url: str) -> None:
    connection = read(monkeypatch, value)
    assert (connection.login, connection.password, connection.base_url) == ("u", "p@ss", base_url)
    assert "p@ss" not in repr(connection)


def test_extra_of_both_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, "http://h/?synthetic=1").extra == {"synthetic": "1"}
    assert read(monkeypatch, '{"host":"h","extra":"{\\"a\\": 1}"}').extra == {"a": 1}


@pytest.mark.parametrize("value", ["", "bi-mat-123", "{bi-mat-123", '{"password":"bi-mat-123"}'])
def test_unusable_values_are_told_without_repeating_them(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_TTHC") as caught:
        read(monkeypatch, value)
    assert "bi-mat-123" not in str(caught.value)
