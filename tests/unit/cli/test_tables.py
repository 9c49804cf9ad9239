from __future__ import annotations

import io

from rich.console import Console

from hotline.cli.tables import table


def test_a_narrow_table_folds_and_never_cuts() -> None:
    said = "从东三环到长安街这一段路灯全灭了女孩子下班不敢走希望你们尽快派人来修"
    made = table("call", "said", "channel")
    made.add_row("node1-1795324022.3", said, "PJSIP/trunk-test-00000001" * 3)
    out = io.StringIO()
    Console(file=out, width=50).print(made)
    rows = [line.split("│")[1:4] for line in out.getvalue().splitlines() if line.startswith("│")]
    assert "…" not in out.getvalue()
    assert rows[0][0].strip() == "node1-1795324022.3"
    assert "".join(row[1].strip() for row in rows) == said
    assert "".join(row[2].strip() for row in rows) == "PJSIP/trunk-test-00000001" * 3
