"""Which sentences of a document may hold a duty, and how each is cited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.procedures.sentences import blocks, duty_sentences, sentences, split_sentences

TITLE = "When a Ship is Late"
BY_PARAGRAPH = f"""Skip to content
Company Logo

{TITLE}

The crew must ring, e.g. The Harbour. It waits. “They should ring again.” Then they sleep.

\u00a0

A list will follow:

  • The mate may steer;
  • The cook cooks. He is to
  steer after 10.30 p.m.

Last Updated: January 18, 2024

v9
"""
BY_HEADING = """1. [Contents](#) that will mislead

When a Ship is Late

1. Duties

They shall ring.

1.1 Of the Mate

- The mate needs to sleep.

The notice of the

arrival must be kept. 0808 will not do.

0808 800 5000 Is a Number which will be rung

2. Others

They sleep in May 2013. They may wake.

Appendix 3: Signals

One is required.
"""


def cited(text: str, citing: str) -> list[tuple[str, str]]:
    return [(one.place, one.text) for one in duty_sentences(text, TITLE, citing)]  # type: ignore[arg-type]


def test_a_document_cited_by_paragraphs() -> None:
    assert cited(BY_PARAGRAPH, "paragraphs") == [
        ("P2 s1", "The crew must ring, e.g. The Harbour."),
        ("P2 s3", "“They should ring again.”"),
        ("P3 s1", "A list will follow:"),
        ("P3 b1 s1", "The mate may steer;"),
        ("P3 b2 s2", "He is to steer after 10.30 p.m."),
    ]


def test_a_document_cited_by_headings() -> None:
    assert cited(BY_HEADING, "headings") == [
        ("1 s2", "They shall ring."),
        ("1.1 s2", "The mate needs to sleep."),
        ("1.1 s3", "The notice of the arrival must be kept."),
        ("1.1 s4", "0808 will not do."),
        ("1.1 s5", "0808 800 5000 Is a Number which will be rung"),
        ("2 s3", "They may wake."),
        ("App 3 s2", "One is required."),
    ]


WORDS = [
    ("They must ring.", True),
    ("THEY MUST ring.", True),
    ("They should ring.", True),
    ("They shall ring.", True),
    ("They will ring.", True),
    ("He needs to ring.", True),
    ("They need to ring.", True),
    ("Ringing is required.", True),
    ("He is to ring.", True),
    ("They are to ring.", True),
    ("They may ring.", True),
    ("Consider ringing.", True),
    ("They ring in May 2024.", False),
    ("They rang.", False),
    ("The goodwill and the mustard are considerable.", False),
    ("They are too late, and need tools.", False),
    ("They could, can or might ring.", False),
]


@pytest.mark.parametrize(("text", "counted"), WORDS)
def test_the_words_of_duty(text: str, counted: bool) -> None:
    assert bool(duty_sentences(f"{TITLE}\n{text}", TITLE, "paragraphs")) is counted


SPLITS = [
    ("One. Two.", ["One.", "Two."]),
    ("Is it? It is!  Yes.", ["Is it?", "It is!", "Yes."]),
    ("e.g. The one, i.e. The two. Three.", ["e.g. The one, i.e. The two.", "Three."]),
    ("Ring 0808 800. 24 hours.", ["Ring 0808 800.", "24 hours."]),
    ("(It is so.) It is.", ["(It is so.)", "It is."]),
    ("Under the N.B. Act of No. 4 it is.", ["Under the N.B. Act of No. 4 it is."]),
    ("", []),
    ("   ", []),
]


@pytest.mark.parametrize(("text", "expected"), SPLITS)
def test_where_a_sentence_ends(text: str, expected: list[str]) -> None:
    assert list(split_sentences(text)) == expected


def test_a_document_without_its_title_is_refused() -> None:
    with pytest.raises(ValueError, match="no line reads `When a Ship is Late`"):
        list(blocks("Something else", TITLE, "paragraphs"))


def test_the_digest_is_of_the_words_alone() -> None:
    def digest(text: str) -> str:
        return next(sentences(f"{TITLE}\n{text}", TITLE, "headings")).digest

    first = digest("x")
    assert len(first) == 12
    one, other = (
        duty_sentences(f"{TITLE}\n{t}", TITLE, "paragraphs")[0] for t in ("It\u2019s to  be: must", "It's TO be: must")
    )
    assert one.digest == other.digest
    assert one.digest != duty_sentences(f"{TITLE}\nIt's to be: should", TITLE, "paragraphs")[0].digest


words = st.text(alphabet="abcDEF must.?!\u2019 •-19()\n", max_size=80)


@given(st.lists(words, max_size=8), st.sampled_from(["paragraphs", "headings"]))
def test_no_word_is_lost_and_every_place_is_its_own(lines: list[str], citing: str) -> None:
    text = "\n".join([TITLE, *lines])
    found = list(sentences(text, TITLE, citing))  # type: ignore[arg-type]
    kept = "".join("".join(one.text.split()) for one in found)
    assert sorted(kept.replace("•", "").replace("-", "")) == sorted(
        "".join(text.split()).replace("•", "").replace("-", "")
    )
    places = [one.place for one in found]
    assert len(places) == len(set(places))


@given(words)
def test_what_stands_before_the_title_changes_nothing(before: str) -> None:
    assert cited(f"{before}\n{BY_PARAGRAPH}", "paragraphs") == cited(BY_PARAGRAPH, "paragraphs")
