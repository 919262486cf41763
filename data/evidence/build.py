"""Make a table of evidence anew from the file that its authors publish.

    python data/evidence/build.py TABLE FILE...      (or: make evidence TABLE=... FROM=...)

TABLE is a name of a ``tables.yml`` here, FILE what was downloaded from the address given
there under ``sources``. Without a table the script lists what it can make, and from which file.
A file that does not have the expected form is refused with its name, the row or column, and
what was expected; the table in ``data/`` is then left as it is.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[1]
#: names that upstream files use for countries of ours, beside our own
OTHER_NAMES = {
    "Federal Republic of Germany": "DEU",
    "West Germany": "DEU",
    "Czech Republic": "CZE",
    "Turkey": "TUR",
    "Macedonia": "MKD",
    "Republic of Korea": "KOR",
    "Russian Federation": "RUS",
    "United States of America": "USA",
    "United Kingdom of Great Britain and Northern Ireland": "GBR",
}
#: states of the Correlates of War that ISO 3166 does not know: West Germany
COW_OF_THE_PAST = {260: "DEU"}
#: Japan, and states whose agreement with the allies is compared with Japan's
YARDSTICKS = ["JPN", "AUS", "KOR", "IND", "CHN", "RUS"]
ROLL_CALLS = 5  # below so many joint roll calls a year tells nothing about a pair


class UpstreamError(ValueError):
    """An upstream file that is not as expected; the message names file and expectation."""


def read(path: Path, columns: list[str], **options) -> pd.DataFrame:
    """The named columns of a table in CSV, tab-separated text or Stata's format.

    Headings are compared by letters and digits alone, as each format spells "Q5%FP" in its own
    way. Raises UpstreamError for a file that is missing, unreadable or lacks a column.
    """
    try:
        if path.suffix == ".dta":
            frame = pd.read_stata(path, convert_categoricals=False)
        else:
            tabs = "\t" if path.suffix in (".tab", ".tsv") else ","
            frame = pd.read_csv(path, sep=tabs, low_memory=False, **options)
    except (OSError, ValueError) as error:
        raise UpstreamError(f"{path}: expected a table in CSV, TAB or DTA ({error})") from error
    spelled = {_letters(str(name)): name for name in frame.columns}
    missing = [name for name in columns if _letters(name) not in spelled]
    if missing:
        raise UpstreamError(
            f"{path}, row 1: expected the columns {', '.join(columns)}; missing: "
            f"{', '.join(missing)}; found: {', '.join(map(str, frame.columns[:40]))}"
        )
    return frame[[spelled[_letters(name)] for name in columns]].set_axis(columns, axis="columns")


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def read_r(path: Path, columns: list[str]) -> pd.DataFrame:
    """The one table in a file of R. Raises UpstreamError as ``read`` does."""
    import rdata

    try:
        objects = rdata.read_rda(path)
    except (OSError, ValueError, NotImplementedError) as error:
        raise UpstreamError(f"{path}: expected a data file of R ({error})") from error
    frame = next((item for item in objects.values() if isinstance(item, pd.DataFrame)), None)
    missing = [name for name in columns if frame is None or name not in frame]
    if missing:
        raise UpstreamError(f"{path}: expected a data frame with {', '.join(columns)}")
    return frame[columns].reset_index(drop=True)


def within(frame: pd.DataFrame, path: Path, **ranges: tuple[float, float]) -> pd.DataFrame:
    """The frame, after a look at its numbers. Raises UpstreamError with the first row outside."""
    if frame.empty:
        raise UpstreamError(f"{path}: expected rows on countries of the book, found none")
    for column, (low, high) in ranges.items():
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = frame[(frame[column].notna() & numbers.isna()) | (numbers < low) | (numbers > high)]
        if len(wrong):
            raise UpstreamError(
                f"{path}, row {wrong.index[0] + 2}, column {column}: expected a number from {low} "
                f"to {high}, found {wrong[column].iloc[0]!r}"
            )
    return frame


def once(frame: pd.DataFrame, path: Path, *key: str) -> pd.DataFrame:
    """The frame, sorted by its key. Raises UpstreamError for a key that stands twice."""
    double = frame[frame.duplicated(list(key), keep=False)]
    if len(double):
        values = ", ".join(str(double[name].iloc[0]) for name in key)
        raise UpstreamError(
            f"{path}: expected one row for {' and '.join(key)}, found two: {values}"
        )
    return frame.sort_values(list(key), ignore_index=True)


def countries() -> pd.DataFrame:
    """The countries that are compared: iso3, country, cow_code, group, sco_since."""
    return pd.read_csv(DATA / "evidence" / "countries.csv", keep_default_na=False)


def by_code() -> dict[int, str]:
    """Country codes of the Correlates of War and the ISO codes of our countries."""
    table = countries()
    return dict(zip(table["cow_code"].astype(int), table["iso3"], strict=True)) | COW_OF_THE_PAST


def by_name() -> dict[str, str]:
    """Names of countries in upstream files and the ISO codes of our countries."""
    table = countries()
    return dict(zip(table["country"], table["iso3"], strict=True)) | OTHER_NAMES


def accession() -> dict[str, int]:
    """The year in which each ally joined."""
    members = pd.read_csv(DATA / "record" / "members.csv")
    return dict(zip(members["iso3"], members["accession_date"].str[:4].astype(int), strict=True))


def is_ally(iso3: pd.Series, year: pd.Series) -> pd.Series:
    """Whether a country was a member of NATO in a year, the year of its accession included."""
    return year >= iso3.map(accession()).fillna(9999)


def un_ideal_points(path: Path) -> pd.DataFrame:
    """Idealpointestimates*.csv, .tab or .dta of the Harvard Dataverse."""
    columns = ["ccode", "year", "IdealPointFP", "Q5%FP", "Q95%FP", "NVotesFP"]
    frame = within(read(path, columns), path, year=(1945, 2100), IdealPointFP=(-6, 6))
    frame["iso3"] = frame["ccode"].map(by_code())
    frame = frame.dropna(subset=["iso3", "IdealPointFP"])
    # West Germany counts until the year from which the file has Germany
    united = frame.loc[frame["ccode"] == 255, "year"].min()
    frame = frame[~((frame["ccode"] == 260) & (frame["year"] >= united))]
    named = ["JPN", "CHN", "RUS", "AUS", "KOR", "NZL"]
    frame = frame[frame["iso3"].isin(named) | is_ally(frame["iso3"], frame["year"])]
    frame = frame[["iso3", "year", "IdealPointFP", "Q5%FP", "Q95%FP", "NVotesFP"]]
    frame.columns = ["iso3", "year", "ideal_point", "low", "high", "votes"]
    frame = frame.round({"ideal_point": 3, "low": 3, "high": 3})
    frame = frame.astype({"year": int, "votes": int})
    return once(within(frame, path, votes=(1, 1000)), path, "iso3", "year")


def votes(cast_path: Path, roll_call_path: Path) -> pd.DataFrame:
    """Roll calls as rows and countries as columns: yes 1, abstention 0.5, no 0, with the year."""
    cast = read_r(cast_path, ["rcid", "country_code", "country", "vote"])
    calls = read_r(roll_call_path, ["rcid", "date"])
    values = {"yes": 1.0, "abstain": 0.5, "no": 0.0}
    unknown = set(cast["vote"].dropna().astype(str)) - set(values)
    if unknown:
        raise UpstreamError(f"{cast_path}, column vote: expected {list(values)}, found {unknown}")
    cast["value"] = cast["vote"].astype(str).map(values)
    # the file has ISO's two letters; the names tell the Germanies apart
    cast["iso3"] = cast["country"].astype(str).map(by_name())
    wide = cast.dropna(subset=["iso3", "value"]).pivot_table("value", "rcid", "iso3")
    missing = [name for name in ["USA", *YARDSTICKS] if name not in wide]
    if missing:
        raise UpstreamError(f"{cast_path}: expected votes of {', '.join(missing)}, found none")
    date = calls.set_index("rcid")["date"]
    if not pd.api.types.is_datetime64_any_dtype(date):  # R counts days since 1970
        date = pd.to_datetime(date.astype(float), unit="D")
    return within(wide.assign(year=wide.index.map(date.dt.year)), cast_path, year=(1945, 2100))


def agreement(frame: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Agreement of two countries by year, after Lijphart: 100 less the mean distance of votes."""
    both = frame[["year", one, other]].dropna()
    alike = 1 - (both[one] - both[other]).abs()
    found = alike.groupby(both["year"]).agg(["mean", "size"])
    found.columns = ["agreement", "votes"]
    return found.assign(agreement=100 * found["agreement"]).reset_index()


def un_agreement(cast: Path, roll_calls: Path) -> pd.DataFrame:
    """un_votes.rda and un_roll_calls.rda of the R package unvotes."""
    frame = votes(cast, roll_calls)
    partners = [name for name in frame.columns if name not in ("JPN", "year")]
    pairs = [agreement(frame, "JPN", name).assign(iso3=name) for name in partners]
    found = pd.concat(pairs)
    found = found[found["iso3"].isin(["CHN", "RUS"]) | is_ally(found["iso3"], found["year"])]
    found = found[found["votes"] >= ROLL_CALLS].round({"agreement": 2})
    return once(found[["iso3", "year", "agreement", "votes"]], cast, "iso3", "year")


def un_agreement_allies(cast: Path, roll_calls: Path) -> pd.DataFrame:
    """un_votes.rda and un_roll_calls.rda of the R package unvotes."""
    frame = votes(cast, roll_calls)
    allies = [name for name in accession() if name in frame and name != "USA"]
    rows = []
    for one in YARDSTICKS:
        pairs = pd.concat([agreement(frame, one, name).assign(iso3=name) for name in allies])
        pairs = pairs[is_ally(pairs["iso3"], pairs["year"]) & (pairs["votes"] >= ROLL_CALLS)]
        mean = pairs.groupby("year")["agreement"].agg(["mean", "size"]).reset_index()
        rows.append(mean.assign(iso3=one))
    found = pd.concat(rows).rename(columns={"mean": "agreement", "size": "allies"})
    found = found.round({"agreement": 2})[["iso3", "year", "agreement", "allies"]]
    return once(found, cast, "iso3", "year")


def un_agreement_issues(cast: Path, roll_calls: Path, issues: Path) -> pd.DataFrame:
    """un_votes.rda, un_roll_calls.rda and un_roll_call_issues.rda of the R package unvotes."""
    frame = votes(cast, roll_calls)
    frame["year"] = frame["year"] // 10 * 10  # agreement by decade
    topics = read_r(issues, ["rcid", "issue"])
    rows = []
    for topic, calls in topics.groupby(topics["issue"].astype(str)):
        part = frame[frame.index.isin(calls["rcid"])]
        pairs = [
            agreement(part, "JPN", name).assign(iso3=name, issue=topic)
            for name in part.columns
            if name not in ("JPN", "year")
        ]
        rows += pairs
    found = pd.concat(rows).rename(columns={"year": "decade"})
    found = found[found["iso3"].eq("CHN") | is_ally(found["iso3"], found["decade"])]
    found = found[found["votes"] >= ROLL_CALLS].round({"agreement": 2})
    found = found[["issue", "decade", "iso3", "agreement", "votes"]]
    return once(found, cast, "issue", "decade", "iso3")


def un_agreement_pairs(path: Path) -> pd.DataFrame:
    """AgreementScores*.csv of the Harvard Dataverse."""
    frame = read(path, ["ccode1", "ccode2", "year", "agree"])
    codes = {code: name for code, name in by_code().items() if code != 260}
    frame = frame[frame["ccode1"].map(codes) == "JPN"].assign(iso3=frame["ccode2"].map(codes))
    frame = within(frame, path, agree=(0, 1), year=(1945, 2100))
    frame = frame[frame["iso3"].isin(["USA", "DEU", "CHN", "KOR", "AUS", "IND"])]
    frame = frame.assign(agreement=(100 * frame["agree"]).round(2), year=frame["year"].astype(int))
    return once(frame[["iso3", "year", "agreement"]], path, "iso3", "year")


def electoral_democracy(path: Path) -> pd.DataFrame:
    """V-Dem-CY-Core*.csv, the country-year file of V-Dem."""
    frame = read(path, ["country_text_id", "year", "v2x_polyarchy"])
    frame = frame.set_axis(["iso3", "year", "electoral_democracy"], axis="columns")
    ours = set(countries()["iso3"])
    frame = frame[frame["iso3"].isin(ours) & (frame["year"] >= 1946)]
    frame = within(frame, path, electoral_democracy=(0, 1))
    others = ~frame["iso3"].isin(accession())
    frame = frame[others | is_ally(frame["iso3"], frame["year"])]
    frame = frame.dropna().round({"electoral_democracy": 3})
    return once(frame, path, "iso3", "year")


def military_expenditure(path: Path) -> pd.DataFrame:
    """ddf--datapoints--military_expenditure_percent_of_gdp--by--geo--time.csv of Gapminder."""
    frame = read(path, ["geo", "time", "military_expenditure_percent_of_gdp"])
    frame = frame.set_axis(["iso3", "year", "share_of_gdp"], axis="columns")
    frame["iso3"] = frame["iso3"].str.upper()
    frame = frame[frame["iso3"].isin(["JPN", "CHN"]) | is_ally(frame["iso3"], frame["year"])]
    frame = within(frame.dropna(), path, share_of_gdp=(0, 100), year=(1960, 2100))
    return once(frame.round({"share_of_gdp": 4}), path, "iso3", "year")


def gdp(path: Path) -> pd.DataFrame:
    """gdp.csv of the repository datasets/gdp, which repeats the World Bank."""
    frame = read(path, ["Country Code", "Year", "Value"])
    frame = frame.set_axis(["iso3", "year", "gdp"], axis="columns")
    ally = is_ally(frame["iso3"], frame["year"])
    frame = frame[(frame["iso3"].eq("JPN") | ally) & (frame["year"] >= 1990)]
    frame = within(frame.dropna(), path, gdp=(1e8, 1e15))
    frame["gdp"] = (frame["gdp"] / 1e9).round(3)
    return once(frame, path, "iso3", "year")


def contribution(path: Path) -> pd.DataFrame:
    """One country's file of the IPI Peacekeeping Database: month, troops, police, experts."""
    frame = read(path, ["Date", "Troops", "Police", "Experts"], dtype={"Date": str})
    frame = frame.set_axis(["month", "troops", "police", "experts"], axis="columns")
    if not frame["month"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all():
        raise UpstreamError(f"{path}, column Date: expected days such as 1992-09-30")
    frame["month"] = frame["month"].str[:7]
    kinds = ["troops", "police", "experts"]
    frame = within(frame, path, **{kind: (0, 60000) for kind in kinds}).astype(
        {kind: "Int64" for kind in kinds}
    )
    return once(frame.assign(total=frame[kinds].sum(axis="columns")), path, "month")


def peacekeeping_monthly(path: Path) -> pd.DataFrame:
    """Japan.csv of the IPI Peacekeeping Database."""
    return contribution(path)


def peacekeeping_annual(folder: Path) -> pd.DataFrame:
    """The folder with one file for each country of the IPI Peacekeeping Database."""
    names = by_name()
    if not folder.is_dir():
        raise UpstreamError(f"{folder}: expected a folder with files such as Japan.csv")
    found = {names[f.stem]: contribution(f) for f in folder.glob("*.csv") if f.stem in names}
    if "JPN" not in found:
        raise UpstreamError(f"{folder}: expected Japan.csv among the files")
    # a month counts for all if it stands in any file: who is not listed then has sent nobody
    months = pd.Series(sorted(set().union(*(frame["month"] for frame in found.values()))))
    reported = months.groupby(months.str[:4].astype(int)).size()
    rows = []
    for iso3, frame in found.items():
        year = frame["month"].str[:4].astype(int)
        by_year = frame.groupby(year)["total"].agg(["sum", "max"])
        rows.append(
            pd.DataFrame(
                {
                    "iso3": iso3,
                    "year": by_year.index,
                    "months": reported[by_year.index].to_numpy(),
                    "people": (by_year["sum"].astype(float) / reported[by_year.index]).round(1),
                    "peak": by_year["max"],
                }
            )
        )
    table = pd.concat(rows)
    ally = is_ally(table["iso3"], table["year"])
    return once(table[table["iso3"].eq("JPN") | ally], folder, "iso3", "year")


def exercises(path: Path) -> pd.DataFrame:
    """mme_v7.csv, Multinational Military Exercises."""
    states = [f"State{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    states += [f"StateA{letter}" for letter in "ABCDEFGHIJKLM"]
    frame = within(read(path, ["s.year", *states]), path, **{"s.year": (1980, 2100)})
    named = [set(row.dropna()) for _, row in frame[states].iterrows()]
    joined, names = accession(), by_name()
    kinds = []
    for year, others in zip(frame["s.year"].astype(int), named, strict=True):
        if "Japan" not in others:
            kinds.append(None)
            continue
        allies = {
            name
            for name in others
            if joined.get(names.get(name), 9999) <= year and name != "United States"
        }
        us = "United States" in others
        if allies:
            kinds.append("another ally and the United States" if us else "another ally")
        elif us and len(others) == 2:
            kinds.append("United States alone")
        else:
            kinds.append("United States and partners" if us else "partners only")
    counted = pd.DataFrame({"year": frame["s.year"].astype(int), "partners": kinds}).dropna()
    counted = counted.groupby(["year", "partners"]).size().rename("exercises").reset_index()
    return once(within(counted, path, exercises=(1, 500)), path, "year", "partners")


def us_troops(path: Path) -> pd.DataFrame:
    """troopdata.csv of the R package troopdata."""
    frame = read(path, ["iso3c", "countryname", "year", "troops"])
    frame["iso3"] = frame["countryname"].map(by_name()).fillna(frame["iso3c"])
    frame = frame[frame["iso3"].isin(["JPN", "DEU"])].dropna(subset="troops")
    frame = within(frame, path, troops=(0, 1e6), year=(1945, 2100))
    frame = frame.groupby(["iso3", "year"])["troops"].max().astype(int).reset_index()
    return once(frame, path, "iso3", "year")


def capabilities(path: Path) -> pd.DataFrame:
    """NMC-*-abridged.csv of the Correlates of War."""
    frame = read(path, ["ccode", "year", "milper", "cinc"])
    codes = {740: "JPN", 710: "CHN", 2: "USA", 365: "RUS"}
    frame = frame.assign(iso3=frame["ccode"].map(codes))
    frame = frame[frame["iso3"].notna() & (frame["year"] >= 1950)]
    frame = within(frame, path, cinc=(0, 1)).round({"cinc": 6})
    return once(frame[["iso3", "year", "cinc"]].dropna(), path, "iso3", "year")


def piracy(path: Path) -> pd.DataFrame:
    """pirate_attacks.csv of Crime at Sea."""
    frame = read(path, ["date", "longitude", "latitude", "attack_type"])
    frame = within(frame, path, longitude=(-180, 180), latitude=(-90, 90))
    lon, lat = frame["longitude"], frame["latitude"]
    gulf = lon.between(32, 72) & lat.between(-16, 30)
    gulf |= lon.between(72, 78, inclusive="right") & (lat < 6)
    region = gulf.map({True: "Gulf of Aden and Somali Basin", False: "elsewhere"})
    taken = frame["attack_type"].eq("Hijacked")
    keys = [frame["date"].str[:4].astype(int).rename("year"), region.rename("region")]
    found = taken.groupby(keys).agg(["size", "sum"]).reset_index()
    return once(
        found.set_axis(["year", "region", "incidents", "hijacked"], axis=1), path, "year", "region"
    )


def diet_elections(path: Path) -> pd.DataFrame:
    """view_election.csv of ParlGov, for the lower house; rows with another source are kept."""
    kept = pd.read_csv(DATA / "evidence" / "diet" / "diet_elections.csv", dtype=str)
    ours = kept["source_title"].str.startswith("ParlGov")
    columns = [
        "country_name_short",
        "election_type",
        "election_date",
        "party_name_short",
        "seats",
        "seats_total",
    ]
    frame = read(path, columns)
    frame = frame[(frame["country_name_short"] == "JPN") & (frame["election_type"] == "parliament")]
    frame = within(frame, path, seats=(0, 600), seats_total=(400, 600))
    seats = frame.pivot_table("seats", "election_date", "party_name_short", aggfunc="sum")
    total = frame.groupby("election_date")["seats_total"].first()
    for row in kept.index[ours]:
        day = kept.loc[row, "date"]
        if day not in seats.index or math.isnan(seats.loc[day].get("LDP", math.nan)):
            raise UpstreamError(f"{path}: expected the seats of the LDP on {day}, found none")
        kept.loc[row, ["seats", "ldp_seats"]] = [
            str(int(total[day])),
            str(int(seats.loc[day, "LDP"])),
        ]
    return once(kept, path, "date", "house")


#: what each table is made from; the docstring of its function names the upstream file
MAKERS: dict[str, Callable[..., pd.DataFrame]] = {
    maker.__name__: maker
    for maker in [
        un_ideal_points,
        un_agreement,
        un_agreement_allies,
        un_agreement_issues,
        un_agreement_pairs,
        electoral_democracy,
        military_expenditure,
        gdp,
        peacekeeping_monthly,
        peacekeeping_annual,
        exercises,
        us_troops,
        capabilities,
        piracy,
        diet_elections,
    ]
}


def target(table: str) -> Path:
    """Where the table lies."""
    return next((DATA / "evidence").rglob(f"{table}.csv"))


def main(words: list[str]) -> int:
    """Make one table; return 1 and say why when the upstream file is not as expected."""
    if not words or words[0] not in MAKERS:
        print("usage: python data/evidence/build.py TABLE FILE...\n")
        for name, maker in MAKERS.items():
            print(f"{name:22}{maker.__doc__.strip()}")
        return 0 if not words else 1
    table, *files = words
    expected = MAKERS[table].__code__.co_argcount
    if len(files) != expected:
        print(f"{table}: expected {expected} file(s): {MAKERS[table].__doc__}", file=sys.stderr)
        return 1
    try:
        frame = MAKERS[table](*map(Path, files))
    except UpstreamError as error:
        print(f"{error}\n{table}: nothing was written", file=sys.stderr)
        return 1
    path = target(table)
    path.parent.mkdir(exist_ok=True)
    frame.to_csv(path, index=False, lineterminator="\n")
    span = "" if "year" not in frame else f", {frame['year'].min()} to {frame['year'].max()}"
    print(f"data/{path.relative_to(DATA)}: {len(frame)} rows{span}")
    print(
        f"Now set years, release and date of {table} in the tables.yml beside it, then: make check"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
