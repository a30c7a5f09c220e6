"""The three stories: which file each partner sends, and what must have arrived before the next one."""

from dataclasses import dataclass

Expected = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One file that a partner sends, and the (recipient role, kind) that must be told before the story goes on."""

    adapter: str
    sample: str
    partner: str
    what: str
    then: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Story:
    """A story's name, title and steps; its last step ends the episode."""

    name: str
    title: str
    steps: tuple[Step, ...]


STORIES = {
    story.name: story
    for story in (
        Story(
            "away",
            "A looked-after child of Rotherham, placed in Norfolk, has gone to Lambeth",
            (
                Step(
                    "police",
                    "away-1-report.xml",
                    "norfolk-police",
                    "Norfolk Police report the child missing (COMPACT, XML)",
                    (
                        ("case_team", "notice"),
                        ("independent_reviewing_officer", "notice"),
                        ("duty_team@E10000020", "notice"),
                        ("service_0_19", "alert"),
                        ("gp_practice", "alert"),
                    ),
                ),
                Step(
                    "authorities",
                    "away-4-whereabouts.json",
                    "rotherham-council",
                    "Rotherham believes that the child has left for Lambeth",
                    (
                        ("designated_nurse_safeguarding@E08000018", "notice"),
                        ("designated_nurse_safeguarding@E08000018", "decision_request:rotherham.P10.onward-to-areas"),
                        ("case_team", "decision_request:rotherham.P16.circulate-to-areas"),
                        ("designated_nurse_safeguarding@E09000022", "notice"),
                    ),
                ),
                Step(
                    "authorities",
                    "away-6-decision-case-team.json",
                    "rotherham-council",
                    "Rotherham's case team decides to tell Lambeth",
                    (("duty_team@E09000022", "notice"),),
                ),
                Step("police", "away-9-found.xml", "norfolk-police", "The child is found in Lambeth"),
            ),
        ),
        Story(
            "unborn",
            "A pregnant woman of Rotherham, her unborn child on a child protection plan",
            (
                Step(
                    "police",
                    "unborn-1-report.xml",
                    "south-yorkshire-police",
                    "South Yorkshire Police report the mother missing",
                    (
                        ("service_0_19", "alert"),
                        ("gp_practice", "alert"),
                        ("midwifery", "alert"),
                        ("core_group", "notice"),
                        ("case_team", "decision_request:rotherham.P17.national-notification"),
                    ),
                ),
                Step(
                    "authorities",
                    "unborn-4-decision.json",
                    "rotherham-council",
                    "Rotherham decides on national notification",
                    (
                        ("dwp_notifications", "notice"),
                        ("dwp_citizen_trace", "trace_request"),
                        ("child_benefit_office", "benefit_request"),
                        ("police_force", "information"),
                    ),
                ),
                Step("police", "unborn-9-found.xml", "south-yorkshire-police", "Mother and unborn child are found"),
            ),
        ),
        Story(
            "restricted",
            "A child subject to immigration restriction, missing from care",
            (
                Step(
                    "police",
                    "restricted-1-report.xml",
                    "south-yorkshire-police",
                    "South Yorkshire Police report the child missing",
                    (("home_office_notifications", "notice"), ("service_0_19", "alert"), ("gp_practice", "alert")),
                ),
                Step(
                    "homeoffice",
                    "restricted-5-weekly-contact.json",
                    "home-office",
                    "The Home Office records its weekly contact",
                ),
                Step(
                    "homeoffice",
                    "restricted-7-found.json",
                    "home-office",
                    "Home Office staff have found the child",
                    (("police_force", "found_notice"), ("case_team", "found_notice")),
                ),
            ),
        ),
    )
}
