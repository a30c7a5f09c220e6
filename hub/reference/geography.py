"""Loads the reference tables of this folder; after loading, `Geography` answers from memory alone."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hub.reference.areas import Authority, District, Force, Geography
from hub.reference.naming import plain
from hub.reference.places import Board, FormerCouncil, Gazetteer

FOLDER = Path(__file__).parent
Row = Mapping[str, str]


@cache
def load_geography() -> Geography:
    """Read every table once and return the questions about them. Raises OSError or KeyError for a damaged copy."""
    authority_rows = _rows("uk_local_authorities.csv")
    routing_rows = _rows("lad_routing_ew.csv")
    national = {row["nation"]: Force(row["code"], row["name"]) for row in _rows("forces_elsewhere.csv")}
    forces = {row["pfa24_code"]: row["pfa24_name"] for row in routing_rows}
    return Geography(
        authorities=_authorities(authority_rows),
        aliases=_aliases(authority_rows),
        districts=_districts(routing_rows),
        forces=forces | {force.code: force.name for force in national.values()},
        national_forces=national,
    )


@cache
def load_gazetteer() -> Gazetteer:
    """Read the tables for what places are called and which health bodies they have. Raises as `load_geography`."""
    elsewhere: dict[str, tuple[Board, ...]] = {}
    for row in _rows("health_boards_elsewhere.csv"):
        kind = "NHS board" if row["board_code"] else "health and social care trust"
        board = Board(kind, row["board_code"] or None, row["board_name"])
        elsewhere[row["authority"]] = (*elsewhere.get(row["authority"], ()), board)
    former = [
        FormerCouncil(row["former_name"], row["replaced_by"], row["trust"], row["parts_to"] or None)
        for row in _rows("northern_ireland_2015.csv")
    ]
    landless = _rows("forces_without_territory.csv")
    return Gazetteer(
        load_geography(),
        elsewhere,
        {row["code"]: row["name"] for row in _rows("welsh_health_boards.csv")},
        {plain(one.name): one for one in former},
        {plain(called): row["name"] for row in landless for called in (row["name"], row["also"])},
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _authorities(rows: Iterable[Row]) -> dict[str, Authority]:
    # Councils that ended before GSS codes reached them have none, so nothing can name them.
    coded = [row for row in rows if row["gss-code"]]
    gss_of = {row["local-authority-code"]: row["gss-code"] for row in coded}
    starts = {row["local-authority-code"]: _day(row["start-date"]) for row in coded}
    return {
        row["gss-code"]: Authority(
            code=row["gss-code"],
            name=row["nice-name"].strip(),
            nation=row["nation"],
            region=row["region"],
            kind=row["local-authority-type"],
            start=_day(row["start-date"]),
            end=_last_day(_day(row["end-date"]), [starts[code] for code in _codes(row["replaced-by"])]),
            replaced_by=tuple(gss_of[code] for code in _codes(row["replaced-by"])),
            county=gss_of.get(row["county-la"]),
            names=tuple(
                dict.fromkeys(map(str.strip, (row["nice-name"], row["official-name"], *_codes(row["alt-names"]))))
            ),
        )
        for row in coded
    }


def _codes(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _last_day(end: date | None, successors_start: Iterable[date | None]) -> date | None:
    # The table gives some the last day and others the day after it, on which the successor already stands.
    return end - timedelta(days=1) if end and end in successors_start else end


def _aliases(rows: Iterable[Row]) -> dict[str, str]:
    current = {row["local-authority-code"]: row["gss-code"] for row in rows}
    known = {row["gss-code"]: current[row["local-authority-code"]] for row in _rows("lookup_gss_to_registry.csv")}
    later = {row["code"]: row["code_in_tables"] for row in _rows("later_codes.csv")}
    return {former: code for former, code in (known | later).items() if code and former != code}


def _districts(rows: Iterable[Row]) -> dict[str, District]:
    by_district: dict[str, list[Row]] = {}
    for row in rows:
        by_district.setdefault(row["lad24_code"], []).append(row)
    return {code: _district(group) for code, group in by_district.items()}


def _district(rows: list[Row]) -> District:
    # One row for every board that the district lies in; the counted small areas say how much of it.
    by_share = sorted(rows, key=lambda row: (-int(row["lsoa_count"] or 0), row["icb_ods_from_2026_04_01"]))
    first = by_share[0]
    return District(
        code=first["lad24_code"],
        name=first["lad24_name"],
        upper_tier=first["utla23_code"],
        force=first["pfa24_code"],
        boards_before=_boards(by_share, "icb_ods_to_2026_03_31"),
        boards_after=_boards(by_share, "icb_ods_from_2026_04_01"),
        health_board=first["lhb22_code"] or None,
    )


def _boards(rows: Iterable[Row], column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row[column] for row in rows if row[column]))
