"""Every way in which a procedure's file may be broken: what is changed in Rotherham's, and what is said of it."""

Edit = tuple[str, str, str]

P6 = "when: {status: [missing], subject: [child, pregnant_woman, adult]}"
CASE_TEAM = "- id: rotherham.P6.case-team\n"
CLAUSE = "  clause: rotherham P6\n"
TEAM = "tell: [{role: case_team}]"
HOURS = "by: {hours: 48, from: report_completed}"
VERSION = 'version: "2024-01-18"'
QUESTION = "question: Notify the designated nurses of the areas with a known link?"
BAR = """- id: rotherham.P6.bar
  clause: rotherham P6
  when: {}
  duty: never
  tell: [{{role: case_team}}]
"""
RULES: dict[str, tuple[str, str, str]] = {
    "unknown operator": (P6, "when: {missing: true}", "P6.case-team > when: `missing` is not an operator; these are"),
    "unknown word": (P6, "when: {status: [lost]}", "P6.case-team > when: `lost` is not in the closed list: absent"),
    "wrong flag": (P6, "when: {looked_after: maybe}", "rule rotherham.P6.case-team > when: true or false is needed"),
    "condition is a list": (P6, "when: [missing]", "P6.case-team > when: operators with their arguments are needed"),
    "no condition": (P6, "", "rule rotherham.P6.case-team > when: `when` is needed here; add it"),
    "unknown role": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_taem}]",
        "rule rotherham.P6.case-team > tell > 0 > role: `case_taem` is no role; is case_team meant?",
    ),
    "unknown place": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_team, at: nowhere}]",
        "rule rotherham.P6.case-team > tell > 0 > at: Input should be 'seat', 'national'",
    ),
    "not a record's role": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_team, at: record}]",
        "`at: record` is for gp_practice, service_0_19, midwifery, school; use `at: seat`",
    ),
    "nobody told": ("tell: [{role: case_team}]", "tell: []", "P6.case-team: `tell` names nobody"),
    "unknown field": (
        "duty: must\n  tell: [{role: case_team}]",
        "duties: must\n  tell: [{role: case_team}]",
        "rule rotherham.P6.case-team > duties: `duties` is not a field here; mend its spelling or take it out",
    ),
    "unknown duty": ("duty: must", "duty: should", "P6.case-team > duty: Input should be 'must', 'consider'"),
    "a decision without a clock": (
        "  by: {hours: 24}  # no time is stated: an unanswered request becomes a task after a day\n",
        "",
        "rule rotherham.P10.onward-to-areas: a `consider` rule needs a clock of its own; give `by`",
    ),
    "question missing": ("duty: must", "duty: consider", "rule rotherham.P6.case-team: a `consider` rule needs `ask`"),
    "question too many": (
        "duty: must",
        "duty: must\n  question: Really?",
        "P6.case-team: `ask` and `question` belong to a `consider` rule",
    ),
    "both units": (
        "by: {hours: 48, from: report_completed}",
        "by: {hours: 48, days: 2}",
        "rule rotherham.P17.national-notification > by: `hours`, `days` and `working_days` exclude each other",
    ),
    "unknown moment": ("from: report_completed", "from: the_beginning", "> by > from: Input should be 'trigger'"),
    "a find before the find": (
        "by: {hours: 48, from: report_completed}",
        "by: {hours: 48, from: found}",
        "rule rotherham.P17.national-notification: `from: found` belongs to a rule with `status: [found]`",
    ),
    "unknown seat": ("seat: responsible", "seat: guest", "rule rotherham.P6.case-team > seat: Input should be 'home'"),
    "duplicate id": (
        "id: rotherham.P7.safeguarding-unit",
        "id: rotherham.P6.case-team",
        "this id stands already further up",
    ),
    "id of another file": (
        "id: rotherham.P6.case-team",
        "id: baseline.police",
        "rule baseline.police > id: already stands in childrens-home; rename one",
    ),
    "not a GSS code": (
        "authority: E08000018",
        "authority: Rotherham",
        "rotherham.yaml: line 5: authority: not a GSS code",
    ),
    "no row": (
        "tell: [{role: case_team}]",
        "tell: [{role: operator}]",
        "rule rotherham.P6.case-team: no disclosure row lets operator have a notice; add one to disclosure.yaml",
    ),
    "not a mapping": ("procedure: rotherham", "- procedure: rotherham", "rotherham.yaml: line "),
    "YAML": ("procedure: rotherham", "procedure: [rotherham", "rotherham.yaml: line "),
    "tab": ("procedure: rotherham", "procedure:\trotherham\n\tx: y", "rotherham.yaml: line "),
    "clause missing": (CLAUSE, "", "rule rotherham.P6.case-team > clause: `clause` is needed here; add it"),
    "clause empty": (CLAUSE, "  clause: ''\n", "rule rotherham.P6.case-team > clause: `clause` is empty; write it"),
    "clause is a number": (
        CLAUSE,
        "  clause: 6\n",
        "P6.case-team > clause: `clause` is to be text; put it into quotes",
    ),
    "clause of no document": (
        CLAUSE,
        "  clause: roterham P6\n",
        "rule rotherham.P6.case-team > clause: `roterham` is no document of the accounts",
    ),
    "id missing": ("- id: rotherham.P6.case-team\n ", "-", "rule 0 > id: `id` is needed here; add it"),
    "id empty": ("id: rotherham.P6.case-team", "id: ' '", "> id: `id` is empty; write it"),
    "rule is a word": ("rules:\n", "rules:\n- everybody\n", "rule 0: Input should be a valid"),
    "no rules": ("rules:\n", "rules: []\nrest:\n", "rest: `rest` is not a field here"),
    "rules missing": ("rules:\n", "rule:\n", "rules: `rules` is needed here; add it"),
    "title missing": ("title: ", "titel: ", "title: `title` is needed here; add it"),
    "version is a number": (VERSION, "version: 2020", "version: `version` is to be text; put it into quotes"),
    "no authority of that code": (
        "authority: E08000018",
        "authority: E08999999",
        "no authority has the code E08999999, so its procedure would bind nobody; correct `authority`",
    ),
    "key twice": ("duty: must", "duty: must\n  duty: never", "`duty` stands twice in one place; keep one"),
    "condition twice": (
        P6,
        "when: {status: [missing], status: [found]}",
        "`status` stands twice in one place; keep one",
    ),
    "unknown kind": (TEAM, "tell: [{role: case_team, kind: notise}]", "> kind: `notise` is no kind; is notice meant?"),
    "the kind that nobody may write": (TEAM, "tell: [{role: unknown}]", "> role: `unknown` is no role"),
    "recipient is a word": (
        TEAM,
        "tell: [case_team]",
        "rule rotherham.P6.case-team > tell > 0: Input should be a valid",
    ),
    "role missing": (TEAM, "tell: [{at: seat}]", "P6.case-team > tell > 0 > role: `role` is needed here; add it"),
    "hours are text": (HOURS, 'by: {hours: "48"}', "> by > hours: Input should be a valid integer"),
    "hours are a truth": (HOURS, "by: {hours: true}", "> by > hours: Input should be a valid integer"),
    "half an hour": (HOURS, "by: {hours: 0.5}", "> by > hours: Input should be a valid integer"),
    "before the moment": (HOURS, "by: {hours: -1}", "> by > hours: Input should be greater than or equal to 0"),
    "beyond all calendars": (HOURS, "by: {hours: 999999999}", "> by > hours: Input should be less than or equal to"),
    "unknown unit": (HOURS, "by: {weeks: 2}", "> by > weeks: `weeks` is not a field here"),
    "nobody asked": (
        "ask: [{role: designated_nurse_safeguarding}]",
        "ask: []",
        "rule rotherham.P10.onward-to-areas: a `consider` rule needs `ask` and `question`",
    ),
    "empty question": (QUESTION, "question: ''", "rule rotherham.P10.onward-to-areas > question: `question` is empty"),
    "never stands": (
        P6,
        f"{P6}\n  until: {{status: [missing]}}",
        "rule rotherham.P6.case-team: `until` holds whenever `when` does, so the rule never stands; change one",
    ),
    "a notice after the find": (
        P6,
        "when: {status: [found]}",
        "rule rotherham.P6.case-team > tell: a notice is not sent any more then; with `status: [found]` write one of:",
    ),
    "a task after a report made in error": (
        f"{P6}\n  duty: must\n  {TEAM}",
        "when: {status: [cancelled]}\n  tell: [{role: case_team, kind: task}]",
        "rule rotherham.P6.case-team > tell: a task is not sent any more then",
    ),
    "must and never": (
        CASE_TEAM,
        BAR.format("{status: [missing], subject: [child, pregnant_woman, adult]}") + CASE_TEAM,
        "rule rotherham.P6.case-team: rotherham.P6.bar forbids case_team whenever this rule holds; narrow one",
    ),
    "never, and the baseline must": (
        CASE_TEAM,
        BAR.format("{status: [missing], subject: [child, pregnant_woman], police_report: false}").replace(
            "case_team", "police_force"
        )
        + CASE_TEAM,
        "rule rotherham.P6.bar: baseline.police must tell police_force on the same condition; write `replaces: base",
    ),
    "a decision that nobody asks for": (
        P6,
        "when: {status: [missing], not: {any: [{decided: no.such-rule}, {looked_after: true}]}}",
        "P6.case-team > when: `decided: no.such-rule` names no rule that anybody decides on; name a `consider`",
    ),
    "a decision on a must": (
        P6,
        "when: {status: [missing], decided: rotherham.P7.safeguarding-unit}",
        "P6.case-team > when: `decided: rotherham.P7.safeguarding-unit` names no rule that anybody decides on",
    ),
    "replaces what is not there": (
        P6,
        f"{P6}\n  replaces: baseline.polise",
        "P6.case-team > replaces: no rule is called `baseline.polise`; name one of the baseline, such as baseline.",
    ),
}
