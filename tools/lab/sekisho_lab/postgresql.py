"""A PostgreSQL server for the consoles of a lab, gone with it."""

import csv
import io
import os
import pathlib
import shutil
import time

from . import process
from .lab import LabError

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")  # of Debian 12
USER = "sekisho"
NOBODY = 65534  # it does not run as root


def is_installed():
    return (PROGRAMS / "initdb").exists()


class PostgreSQL:
    """Its data and its one socket, which no network namespace hides, are in a folder of the lab."""

    def __init__(self, lab, database="console"):
        self.lab = lab
        self.folder = lab.directory / "postgresql"
        self.log = lab.directory / "postgresql.log"
        self.database = database

    @property
    def url(self):
        return self.url_of(self.database)

    def url_of(self, database):
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def start(self, timeout=60.0):
        self.folder.mkdir(mode=0o755)
        os.chown(self.folder, NOBODY, NOBODY)
        data = self.folder / "data"
        process.run(as_nobody(PROGRAMS / "initdb", "--pgdata", data, "--auth=trust", "--no-sync", "--encoding=UTF8",
                              "--locale=C", "--username", USER))
        child = process.start(as_nobody(PROGRAMS / "postgres", "-D", data, "-k", self.folder,
                                        "-c", "listen_addresses="), self.log)
        self.lab.children.append(child)
        self.lab.remember(child.pid)
        limit = time.monotonic() + timeout
        while self.psql("postgres", "SELECT 1", check=False).returncode != 0:
            if child.poll() is not None or time.monotonic() > limit:
                raise LabError(f"PostgreSQL does not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        self.psql("postgres", f"CREATE DATABASE {self.database}")
        return self

    def query(self, statement):
        """Rows of texts."""
        return [tuple(row) for row in csv.reader(io.StringIO(self.psql(self.database, statement).stdout))]

    def psql(self, database, statement, check=True):
        return process.run([PROGRAMS / "psql", "--no-psqlrc", "--csv", "--tuples-only", "--command", statement,
                            self.url_of(database)], check=check)


def as_nobody(program, *arguments):
    """Ends with its parent, as end_with_parent says, which a change of user undoes."""
    setpriv = shutil.which("setpriv") or "setpriv"
    return [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig=SIGINT",
            *map(str, (program, *arguments))]
