import io
import logging

from ingestion.core import log


def test_secrets_and_line_breaks_never_reach_a_line() -> None:
    stream = io.StringIO()
    log.configure(stream=stream)
    log.keep_secret("rat-bi-mat")
    logger = logging.getLogger("ingestion.test")
    log.event(logger, "login rat-bi-mat", url="http://h/?t=rat-bi-mat", note="a\nlevel=info")
    logger.error("broken rat-bi-mat")
    text = stream.getvalue()
    assert "rat-bi-mat" not in text
    assert text.count("\n") == 2
    assert 'event="login ***"' in text


def test_foreign_text_is_flattened_masked_and_cut() -> None:
    log.keep_secret("phien-xyz")
    quoted = log.quote_foreign("phien-xyz\r\nBcc: 0912345678 " + "x" * 999)
    assert quoted.startswith("***  Bcc: [đã che]")
    assert len(quoted) == 200
