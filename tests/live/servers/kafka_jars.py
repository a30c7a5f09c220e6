"""Apache Kafka's jars: fetched once with Maven into the project's cache folder, which git ignores."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.live.servers.process import Unavailable

_POM = Path(__file__).with_name("kafka-jars.xml")
_CACHE = Path(__file__).resolve().parents[3] / ".cache" / "kafka"


def jars() -> Path:
    """Give the folder of jars, fetching them the first time; Unavailable when Java or Maven is missing or fails."""
    if shutil.which("java") is None:
        raise Unavailable("no java: install default-jre-headless (17 or newer), or set KAFKA_BOOTSTRAP_SERVERS")
    folder = _CACHE / _version()
    if not folder.exists():
        _fetch(folder)
    return folder


def _version() -> str:
    found = re.search(r"<kafka\.version>([\d.]+)<", _POM.read_text())
    assert found, f"{_POM.name} names no kafka.version"
    return found[1]


def _fetch(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise Unavailable("no mvn to fetch Apache Kafka with: install maven, or set KAFKA_BOOTSTRAP_SERVERS")
    sys.stderr.write(f"Fetching Apache Kafka {folder.name} (55 MB, once) ...\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix="part-"))
    copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part}"]
    done = subprocess.run(["mvn", "-q", "-B", "-f", str(_POM), *copy], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(part)
        raise Unavailable(f"Maven could not fetch Apache Kafka: {(done.stdout or done.stderr).strip()[:300]}")
    if folder.exists():  # another run was quicker
        shutil.rmtree(part)
    else:
        part.rename(folder)
