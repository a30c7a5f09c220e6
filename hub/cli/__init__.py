"""The `hub` command. Every command imports what it needs when it runs, so that `hub` itself starts at once."""

import typer

from hub.cli import (
    authorities,
    check,
    demo,
    docs,
    episodes,
    health,
    identity,
    partners,
    procedures,
    replay,
    report,
    restored,
    serve,
    simulate,
    topics,
)

app = typer.Typer(
    name="hub",
    help="Missing Children Hub: tells every agency what it must be told, proves it, and stands everyone down.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print what a message says about a child.
    pretty_exceptions_show_locals=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("simulate", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(simulate.simulate)
app.add_typer(partners.app, name="partner")
app.command("topics")(topics.topics)
app.command("explain")(episodes.explain)
app.command("trace")(episodes.trace)
app.add_typer(identity.app, name="identity")
app.command("replay")(replay.replay)
app.command("restored")(restored.restored)
app.command("check")(check.check)
app.add_typer(procedures.app, name="procedures")
app.add_typer(authorities.app, name="authorities")
app.command("report")(report.report)
app.command("docs")(docs.docs)
app.command("health")(health.health)
